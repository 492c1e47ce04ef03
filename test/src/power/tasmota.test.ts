import assert from 'node:assert/strict'
import { Tasmota, type TasmotaOptions } from '../../../src/power/families/tasmota/tasmota.ts'

const plug = (options: Partial<TasmotaOptions> = {}) => new Tasmota({ topic: 'plug', fullTopic: '%prefix%/%topic%/', relay: 1, ...options })
const heard = (topic: string, payload: unknown, options: Partial<TasmotaOptions> = {}, retained = false) =>
    plug(options).read(topic, Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)), retained)
const relay = (on: boolean, how: 'echo' | 'answer' | 'periodic') => [{ kind: 'relay', on, how }]

describe('Tasmota', () => {
    describe('topics', () => {
        for (const [fullTopic, power, state] of [
            ['%prefix%/%topic%/', 'cmnd/plug/POWER', 'stat/plug/POWER'],
            ['%prefix%/%topic%', 'cmnd/plug/POWER', 'stat/plug/POWER'],
            ['%topic%/%prefix%/', 'plug/cmnd/POWER', 'plug/stat/POWER'],
            ['tasmota/%topic%/%prefix%/', 'tasmota/plug/cmnd/POWER', 'tasmota/plug/stat/POWER'],
            ['%prefix%/home/cellar/%topic%/', 'cmnd/home/cellar/plug/POWER', 'stat/home/cellar/plug/POWER'],
            ['%prefix%//%topic%/', 'cmnd/plug/POWER', 'stat/plug/POWER'],
            ['home/%id%/%prefix%/', 'home/A0B1C2/cmnd/POWER', 'home/A0B1C2/stat/POWER'],
            ['%hostname%/%topic%/%prefix%/', 'plug-1/plug/cmnd/POWER', 'plug-1/plug/stat/POWER'],
        ] as const)
            it(`of ${fullTopic}`, () => {
                const o = { fullTopic, id: 'A0B1C2', hostname: 'plug-1' }
                assert.equal(plug(o).switch(true).topic, power)
                assert.deepEqual(heard(state, 'ON', o), relay(true, 'echo'))
            })

        it('of prefixes with other names, also of one name for what it answers and tells', () => {
            const o: Partial<TasmotaOptions> = { prefixes: ['do', 'is', 'is'] }
            assert.equal(plug(o).switch(true).topic, 'do/plug/POWER')
            assert.deepEqual(plug(o).topics.reports, ['is/plug/+'])
            assert.deepEqual(heard('is/plug/POWER', 'ON', o), relay(true, 'echo'))
            assert.deepEqual(heard('is/plug/STATE', { POWER: 'ON' }, o), relay(true, 'periodic'))
            assert.deepEqual(heard('is/plug/LWT', 'Online', o), [{ kind: 'reachable', reachable: true }])
            assert.deepEqual(heard('stat/plug/POWER', 'ON', o), [])
        })

        it('are those of the plug alone', () => {
            assert.deepEqual(plug().topics.reports, ['stat/plug/+', 'tele/plug/+'])
            assert.deepEqual(plug().topics.optional, ['plug/connected'])
            assert.deepEqual(plug().topics.commands, ['cmnd/plug/+'])
            for (const topic of ['stat/plug2/POWER', 'stat/plug', 'stat/plug/POWER/x', 'cmnd/plug/POWER', 'POWER', ''])
                assert.deepEqual(heard(topic, 'ON'), [])
        })

        it('of groups are looked at for commands, whichever way the plug takes them', () => {
            const commands = ['cmnd/plug/+', 'cmnd/tasmotas/+', 'cmnd/cellar/+']
            assert.deepEqual(plug({ groups: ['tasmotas', 'cellar'] }).topics.commands, commands)
            const fullTopic = 'home/%topic%/%prefix%/'
            assert.deepEqual(plug({ groups: ['all'], fullTopic }).topics.commands, ['home/plug/cmnd/+', 'home/all/cmnd/+', 'cmnd/all/+'])
            assert.deepEqual(plug({ groups: ['all'], fullTopic: '%prefix%/%id%/', id: 'A0' }).topics.commands, ['cmnd/A0/+'])
        })

        it('take a name with what means something else elsewhere', () =>
            assert.equal(plug({ topic: "$&$'%prefix%" }).switch(true).topic, "cmnd/$&$'%prefix%/POWER"))
    })

    describe('commands', () => {
        it('name the relay, but for the first', () => {
            assert.deepEqual(plug().switch(false), { topic: 'cmnd/plug/POWER', payload: 'OFF' })
            assert.deepEqual(plug({ relay: 3 }).switch(true), { topic: 'cmnd/plug/POWER3', payload: 'ON' })
        })

        it('ask without an empty POWER', () => {
            assert.deepEqual(plug().query(), { topic: 'cmnd/plug/STATUS', payload: '' })
            assert.deepEqual(plug().measure, { topic: 'cmnd/plug/STATUS', payload: '10' })
        })

        for (const [asked, payload, seconds] of [
            [0, '0', 0],
            [0.2, '10', 1],
            [11, '110', 11],
            [11.01, '112', 12],
            [12, '112', 12],
            [64_800, '64900', 64_800],
            [64_801, '64900', 64_800],
            [Number.POSITIVE_INFINITY, '64900', 64_800],
            [-5, '0', 0],
        ] as const)
            it(`guard for ${asked} s`, () =>
                assert.deepEqual(plug({ relay: 2 }).offAfter(asked), { command: { topic: 'cmnd/plug/PulseTime2', payload }, seconds }))
    })

    describe('reports of the relay', () => {
        for (const [what, topic, payload, expected] of [
            ['plain', 'stat/plug/POWER', 'OFF', relay(false, 'echo')],
            ['as JSON', 'stat/plug/RESULT', { POWER: 'ON' }, relay(true, 'echo')],
            ['with SetOption4, JSON on the topic of the command', 'stat/plug/POWER', { POWER: 'OFF' }, relay(false, 'echo')],
            ['with SetOption26, numbered', 'stat/plug/POWER1', 'ON', relay(true, 'echo')],
            ['with SetOption26, numbered JSON', 'stat/plug/RESULT', { POWER1: 'OFF' }, relay(false, 'echo')],
            ['now and then', 'tele/plug/STATE', { Time: 'x', POWER: 'ON', Wifi: {} }, relay(true, 'periodic')],
            ['of STATUS 11', 'stat/plug/STATUS11', { StatusSTS: { POWER: 'ON' } }, relay(true, 'answer')],
            ['of STATUS', 'stat/plug/STATUS', { Status: { Power: 1 } }, relay(true, 'answer')],
            ['of STATUS as text', 'stat/plug/STATUS', { Status: { Power: '0' } }, relay(false, 'answer')],
        ] as const)
            it(what, () => assert.deepEqual(heard(topic, payload), expected))

        it('of several, by their numbers', () => {
            assert.deepEqual(heard('stat/plug/POWER2', 'ON', { relay: 2 }), relay(true, 'echo'))
            assert.deepEqual(heard('stat/plug/POWER2', 'ON', { relay: 1 }), [])
            assert.deepEqual(heard('stat/plug/POWER', 'ON', { relay: 2 }), [])
            assert.deepEqual(heard('stat/plug/POWER12', 'ON', { relay: 1 }), [])
            assert.deepEqual(heard('tele/plug/STATE', { POWER1: 'ON', POWER2: 'OFF' }, { relay: 2 }), relay(false, 'periodic'))
        })

        it('of several, by their bits', () => {
            const at = (number: number, Power: number) => heard('stat/plug/STATUS', { Status: { Power } }, { relay: number })
            assert.deepEqual(at(1, 2), relay(false, 'answer'))
            assert.deepEqual(at(2, 2), relay(true, 'answer'))
            assert.deepEqual(at(2, 3), relay(true, 'answer'))
            assert.deepEqual(at(32, 2 ** 31), relay(true, 'answer'))
        })

        it('of several, by a digit for each since Tasmota 13.4, the last one for the first', () => {
            const at = (number: number, Power: string) =>
                heard('stat/plug/STATUS', { Status: { Power, PowerLock: '0000' } }, { relay: number })
            const said = (Power: string) => [1, 2, 3, 4].map((number) => at(number, Power)[0])
            const answers = (...states: boolean[]) => states.flatMap((on) => relay(on, 'answer'))
            assert.deepEqual(said('0011'), answers(true, true, false, false))
            assert.deepEqual(said('1000'), answers(false, false, false, true))
            assert.deepEqual(said('0000'), answers(false, false, false, false))
            // Numbers as text: a single digit, and what cannot be digits of relays.
            assert.deepEqual(said('3'), answers(true, true, false, false))
            assert.deepEqual(said('12'), answers(false, false, true, true))
            // A plug with two relays says nothing of a fourth.
            assert.deepEqual(at(4, '11'), [])
        })

        it('are not believed when the broker has kept them', () => {
            for (const [topic, payload] of [
                ['stat/plug/POWER', 'ON'],
                ['stat/plug/RESULT', '{"POWER":"ON"}'],
                ['tele/plug/STATE', '{"POWER":"ON"}'],
                ['stat/plug/STATUS', '{"Status":{"Power":1}}'],
                ['tele/plug/SENSOR', '{"ENERGY":{"Power":5}}'],
            ] as const)
                assert.deepEqual(heard(topic, payload, {}, true), [])
        })

        it('are nothing when they are garbage', () => {
            const garbage = [
                '',
                '{',
                '{"POWER":',
                '[]',
                '"ON"',
                '\0',
                '{"POWER":null}',
                '{"POWER":["ON"]}',
                '{"POWER":{"a":1}}',
                '{"Status":{"Power":null}}',
                '{"Status":{"Power":[]}}',
                '{"Status":{"Power":""}}',
                '{"Status":{"Power":-1}}',
                '{"Status":{"Power":1.5}}',
                '{"Status":{"Power":1e300}}',
                '{"Status":null}',
                '{"__proto__":{"POWER":"ON"}}',
                '{"StatusSTS":{"__proto__":{"POWER":"ON"}}}',
                '{"constructor":{"POWER":"ON"}}',
                `{"POWER":"${'x'.repeat(1000)}"}`,
            ]
            for (const leaf of ['stat/plug/RESULT', 'stat/plug/POWER', 'stat/plug/STATUS', 'stat/plug/STATUS11', 'tele/plug/STATE'])
                for (const payload of garbage) assert.deepEqual(heard(leaf, payload), [], `${leaf} ${payload}`)
            assert.equal(Object.hasOwn(Object.prototype, 'POWER'), false)
        })

        it('are nothing when they are larger than any plug sends', () =>
            assert.deepEqual(heard('stat/plug/RESULT', `{"POWER":"ON","x":"${'x'.repeat(1_000_000)}"}`), []))
    })

    describe('readings', () => {
        const ENERGY = {
            Total: 12.5,
            Today: 0.75,
            Power: 60,
            ApparentPower: 61,
            ReactivePower: 3,
            Factor: 0.98,
            Voltage: 230,
            Current: 0.265,
        }
        const reading = {
            today: 0.75,
            total: 12.5,
            power: 60,
            apparentPower: 61,
            reactivePower: 3,
            factor: 0.98,
            voltage: 230,
            current: 0.265,
        }
        for (const [topic, message] of [
            ['tele/plug/SENSOR', { ENERGY }],
            ['stat/plug/STATUS10', { StatusSNS: { ENERGY } }],
            ['stat/plug/STATUS8', { StatusSNS: { ENERGY } }],
        ] as const)
            it(`on ${topic}`, () => assert.deepEqual(heard(topic, message), [{ kind: 'reading', reading }]))

        it('without power are none', () => {
            for (const Power of [undefined, null, 'NaN', {}, []])
                assert.deepEqual(heard('tele/plug/SENSOR', { ENERGY: { ...ENERGY, Power } }), [])
            for (const message of ['', '{}', '{"ENERGY":null}', '{"ENERGY":[]}', '{"ENERGY":{"Power":1e999}}'])
                assert.deepEqual(heard('tele/plug/SENSOR', message), [])
        })
    })

    it('tells its last will, kept by the broker or not', () => {
        for (const retained of [true, false]) {
            assert.deepEqual(heard('tele/plug/LWT', 'Online', {}, retained), [{ kind: 'reachable', reachable: true }])
            assert.deepEqual(heard('tele/plug/LWT', 'Offline', {}, retained), [{ kind: 'reachable', reachable: false }])
        }
        assert.deepEqual(heard('plug/connected', 'online', {}, true), [{ kind: 'reachable', reachable: true }])
        assert.deepEqual(heard('plug/connected', 'offline'), [{ kind: 'reachable', reachable: false }])
        assert.deepEqual(heard('tele/plug/LWT', 'online?'), [])
    })

    it('tells its name with its state', () =>
        assert.deepEqual(heard('stat/plug/STATUS', { Status: { DeviceName: 'Kettle', Power: 0 } }), [
            { kind: 'name', name: 'Kettle' },
            ...relay(false, 'answer'),
        ]))

    it('warns of a command the broker keeps, however long, and of nothing else that it keeps', () => {
        for (const leaf of ['POWER', 'POWER1', 'power2', 'POWER0']) {
            const [hazard, ...more] = heard(`cmnd/plug/${leaf}`, 'ON', {}, true)
            assert.equal(hazard?.kind, 'hazard')
            assert.deepEqual(more, [])
        }
        for (const topic of ['cmnd/tasmotas/POWER', 'cmnd/tasmotas/Backlog'])
            assert.match(
                JSON.stringify(heard(topic, 'Power1 ON; Delay 5', { groups: ['tasmotas'] }, true)),
                /hazard.*retained cmnd.tasmotas/,
            )
        assert.deepEqual(heard('cmnd/plug/Backlog', 'TelePeriod 10', {}, true), [])
        const [long] = heard('cmnd/plug/POWER', 'x'.repeat(10_000), {}, true)
        assert.ok(long?.kind === 'hazard' && long.text.length < 300)
        assert.deepEqual(heard('cmnd/plug/STATUS', '10', {}, true), [])
        assert.deepEqual(heard('cmnd/plug/POWER', 'ON', {}, false), [])
    })
})
