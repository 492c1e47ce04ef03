import assert from 'node:assert/strict'
import { Tasmota } from '../../../src/power/families/tasmota/tasmota.ts'
import { computing } from '../../support/stopwatch.ts'

/** A plug that has said how many relays it has, if it is to be known. */
function plug(relay: number, relays?: number, how: 'digits' | 'names' | 'state' = 'digits') {
    const tasmota = new Tasmota({ topic: 'plug', fullTopic: '%prefix%/%topic%/', relay })
    const hear = (topic: string, text: string) => tasmota.read(topic, Buffer.from(text), false)
    const powers = Object.fromEntries(Array.from({ length: relays ?? 0 }, (_, n) => [relays === 1 ? 'POWER' : `POWER${n + 1}`, 'ON']))
    const FriendlyName = Array.from({ length: relays ?? 0 }, (_, n) => `Plug${n}`)
    if (relays && how === 'state') hear('tele/plug/STATE', JSON.stringify(powers))
    else if (relays) {
        const Power = how === 'names' ? 3 : '1'.repeat(relays)
        hear('stat/plug/STATUS', JSON.stringify({ Status: { Power, FriendlyName: how === 'names' || relays === 1 ? FriendlyName : [] } }))
    }
    return (energy: object | string) => {
        const text = typeof energy === 'string' ? energy : JSON.stringify({ ENERGY: energy })
        const [report, ...more] = hear('tele/plug/SENSOR', text)
        assert.deepEqual(more, [])
        return report?.kind === 'reading' ? report.reading : undefined
    }
}

const nothing = {
    today: null,
    total: null,
    power: null,
    apparentPower: null,
    reactivePower: null,
    factor: null,
    voltage: null,
    current: null,
}

describe('readings of a Tasmota plug', () => {
    describe('with an array', () => {
        for (const how of ['digits', 'names', 'state'] as const)
            it(`have a value for each relay if there are as many, known by ${how}`, () => {
                const energy = { Power: [10, 20], Current: [0.1], Factor: [0.5, 0.6], Voltage: 230, Today: 1.5, Total: [1, 'x'] }
                const second = { ...nothing, power: 20, factor: 0.6, voltage: 230, today: 1.5 }
                assert.deepEqual(plug(2, 2, how)(energy), second)
                assert.equal(plug(1, 2, how)(energy)?.power, 10)
            })

        it('are the sum of the phases behind the only relay', () => {
            for (const how of ['digits', 'names', 'state'] as const) {
                const reading = plug(1, 1, how)({ Power: [210, 1450, 35], Current: [1, 6.5, 0.26], Total: 1234.567 })
                assert.deepEqual(reading, { ...nothing, power: 1695, current: 7.76, total: 1234.567 })
            }
        })

        it('are the sum of the phases where the counts do not match, or no count is known', () => {
            assert.equal(plug(1, 2)({ Power: [10, 20, 30] })?.power, 60)
            assert.equal(plug(2, 4)({ Power: [10, 20, 30] })?.power, 60)
            assert.equal(plug(1)({ Power: [10, 20] })?.power, 30)
        })

        it('are those of a relay that is not the first, until it is known how many there are', () => {
            assert.equal(plug(2)({ Power: [10, 20] })?.power, 20)
            assert.equal(plug(3)({ Power: [10, 20] })?.power, 30)
        })

        it('of phases add power, apparent, reactive, current and energy, with the mean voltage and the factor of it all', () => {
            const energy = {
                ...{ Power: [100, 0, 200], ApparentPower: [120, 10, 270], ReactivePower: [10, 20, 30], Factor: [0.83, 0, 0.74] },
                ...{ Voltage: [229, 231, 233], Current: [0.1, 0.2, 0.3], Today: [0.1, 0.2, 0.3], Total: 7 },
            }
            const sums = { power: 300, apparentPower: 400, reactivePower: 60, factor: 0.75, voltage: 231, current: 0.6 }
            assert.deepEqual(plug(1, 1)(energy), { ...sums, today: 0.6, total: 7 })
            const idle = { ...energy, Power: [0, 0, 0], ApparentPower: [0, 0, 0] }
            assert.equal(plug(1, 1)(idle)?.factor, 0)
        })

        it('of phases lack what one of them lacks', () => {
            const energy = '{"ENERGY":{"Power":[1,2,3],"Current":[1,nan,2],"Voltage":[230,nan,232]}}'
            assert.deepEqual(plug(1, 1)(energy), { ...nothing, power: 6, voltage: 231 })
            assert.equal(plug(1, 1)('{"ENERGY":{"Power":[1,nan,3]}}'), undefined)
        })
    })

    it('may be negative: the sun shines', () => {
        assert.equal(plug(1)({ Power: -312 })?.power, -312)
        const { power, factor } = plug(1, 1)({ Power: [-500, 100, -100], ApparentPower: [510, 110, 130], Factor: [-1, 1, -1] })!
        assert.deepEqual([power, factor], [-500, -0.67])
    })

    it('of OpenBeken have the total in Wh', () => {
        const energy = { Power: 60, ConsumptionTotal: 1234.5, Yesterday: 3, ConsumptionLastHour: 60 }
        assert.deepEqual(plug(1)(energy), { ...nothing, power: 60, total: 1.2345 })
        assert.equal(plug(1)({ Power: 60, Total: 5, ConsumptionTotal: 1234.5 })?.total, 5)
    })

    describe('with what is none in JSON lose that value alone', () => {
        for (const value of [
            'nan',
            '-nan',
            'NaN',
            'inf',
            '-inf',
            'Infinity',
            '+inf',
            'nan(ind)',
            '-nan(0x8000)',
            '1.#QNAN',
            'ovf',
            '007',
            '.5',
        ])
            it(value, () => {
                const read = plug(1)
                const sensor = `"DHT11":{"Temperature":${value},"Humidity": ${value} }`
                assert.equal(read(`{"Time":"x",${sensor},"ENERGY":{"Power":60}}`)?.power, 60)
                assert.deepEqual(read(`{"ENERGY":{"Power":60,"Factor":${value},"Voltage":230},${sensor}}`), {
                    ...nothing,
                    power: 60,
                    voltage: 230,
                })
                assert.equal(read(`{"ENERGY":{"Power":${value}}}`), undefined)
                assert.equal(read(`{"list":[${value},${value}],"ENERGY":{"Power":60}}`)?.power, 60)
            })

        it('and leave alone what is in a string', () => {
            const name = String.raw`a\" nan, -inf: {nan} \\`
            const tasmota = new Tasmota({ topic: 'plug', fullTopic: '%prefix%/%topic%/', relay: 1 })
            const text = `{"Status":{"DeviceName":"${name}","Power":1,"Temperature":nan}}`
            const reports = tasmota.read('stat/plug/STATUS', Buffer.from(text), false)
            assert.deepEqual(reports[0], { kind: 'name', name: 'a" nan, -inf: {nan} \\' })
            assert.equal(reports.length, 2)
        })

        it('and are still nothing when they are garbage, however long it is', () => {
            const read = plug(1)
            for (const text of [
                '{"ENERGY":{"Power":60},nan}',
                '{nan:{"Power":60}}',
                '{"ENERGY":{"Power":60}',
                '{"a":"\\',
                '{"a":"\\"',
                '{nan',
            ])
                assert.equal(read(text), undefined, text)
            for (const piece of ['"', '\\"', 'nan', 'nan,', '{', '[nan', '"\\']) {
                const took = computing(() => assert.equal(read(`{"a":${piece.repeat(65_000 / piece.length)}`), undefined))
                assert.ok(took < 500, `${piece} took ${took} ms`)
            }
        })
    })
})
