import assert from 'node:assert/strict'
import { thinnedList } from '../../../src/power/instance-data.ts'
import type { PowerRepository } from '../../../src/power/repository.ts'
import { Thinning } from '../../../src/power/thinning.ts'
import { Bench, type Process } from '../../support/bench.ts'
import { refused } from '../../support/refused.ts'
import { instance, reading } from '../store/open.ts'

describe('thinning', () => {
    it('keeps all readings while they are few', () => {
        const thinning = new Thinning(0, 99, 10)
        thinning.add(Array.from({ length: 10 }, (_, i) => reading(10 * i)))
        assert.deepEqual([thinning.isThinned, thinning.total, thinning.readings.length], [false, 10, 10])
    })

    it('keeps the first, the last and the extremes of many, in order, and never more than it may', () => {
        const powers = Array.from({ length: 50_000 }, (_, i) => (i === 12_345 ? 3000 : i === 23_456 ? 0 : 60 + (i % 7)))
        for (const most of [4, 5, 100, 1000]) {
            const thinning = new Thinning(0, 49_999, most)
            for (let i = 0; i < powers.length; i += 999) thinning.add(powers.slice(i, i + 999).map((power, n) => reading(i + n, power)))
            const { readings } = thinning
            const times = readings.map(({ at }) => at)
            assert.ok(readings.length <= most, `${readings.length} of ${most}`)
            assert.deepEqual([times[0], times.at(-1)], [0, 49_999])
            assert.ok(times.includes(12_345) && times.includes(23_456))
            assert.deepEqual(
                times,
                times.toSorted((a, b) => a - b),
            )
            assert.deepEqual([thinning.isThinned, thinning.total], [true, 50_000])
        }
    })

    it('takes readings without power, and a time that is over before it begins', () => {
        const thinning = new Thinning(10, 5, 4)
        thinning.add(Array.from({ length: 20 }, (_, i) => reading(i, null)))
        assert.deepEqual(
            thinning.readings.map(({ at }) => at),
            [0, 19],
        )
    })
})

describe('the readings of a list', () => {
    it('are read once, however many ran when they were taken, and not at all of when nobody ran', async () => {
        const read: number[] = []
        const power = {
            async *samples(_socket: string, from: number, to: number) {
                for (let at = from; at <= to; at += 10) {
                    const page = Array.from({ length: Math.min(10, to - at + 1) }, (_, i) => reading(at + i, at + i))
                    read.push(...page.map(({ at }) => at))
                    yield await Promise.resolve(page)
                }
            },
        } as unknown as PowerRepository
        const spans: [from: number, to: number | null][] = [
            [500, null],
            [0, 99],
            [50, 60],
            [95, 104],
            [300, 304],
            [0, 99],
            [9, 5],
        ]
        const rows = spans.map(([from, to], i) => instance(`i${i}`, { startedAt: from, sampledFrom: from, stoppedAt: to }))
        const list = await thinnedList(power, rows, { now: 520, meter: undefined }, 8)
        assert.deepEqual(
            read,
            [
                [0, 104],
                [300, 304],
                [500, 520],
            ].flatMap(([from, to]) => Array.from({ length: to! - from! + 1 }, (_, i) => from! + i)),
        )
        assert.deepEqual(
            list.map(({ id, readings, energy }) => [id, readings?.total ?? energy.power.length, energy.power[0], energy.power.at(-1)]),
            [
                ['i0', 21, 500, 520],
                ['i1', 100, 0, 99],
                ['i2', 11, 50, 60],
                ['i3', 10, 95, 104],
                ['i4', 5, 300, 304],
                ['i5', 100, 0, 99],
                ['i6', 0, undefined, undefined],
            ],
        )
        assert.ok(list.every(({ energy }) => energy.power.length <= 8))
    })
})

describe('the records of a socket', () => {
    let bench: Bench
    let run: Process
    /** As many readings as pages are long, and more. */
    const COUNT = 5000
    before(async () => {
        bench = await Bench.open()
        run = await bench.start()
        const { power } = run.store
        await Promise.all(Array.from({ length: COUNT }, (_, i) => power.addSample('s1', reading(1000 + i, i % 3 === 0 ? null : i))))
        for (let i = 0; i < 250; i++) {
            // Many begin in the same millisecond.
            const row = instance(`i${i}`, {
                startedAt: 1000 + Math.floor(i / 100),
                sampledFrom: 1000,
                stoppedAt: 1000 + (i === 7 ? COUNT : 2),
            })
            await power.commit('s1', { started: row })
        }
    })
    after(() => bench.close())
    const whole = async () => {
        let text = ''
        for await (const piece of run.socket.records.file()) text += piece
        return JSON.parse(text)
    }

    it('gives one instance with a bounded number of readings, and says so', async () => {
        const { records } = run.socket
        const many = await records.get('i7')
        assert.ok(many.energy.power.length <= 1000)
        assert.deepEqual(many.readings, { total: COUNT, given: many.energy.timestamp.length })
        assert.equal((await records.get('i7', 10_000)).energy.power.length, COUNT)
        assert.equal('readings' in (await records.get('i7', 10_000)), false)
        assert.equal((await records.get('i8')).energy.power.length, 3)
    })

    it('lists without readings unless they are asked for, and then shares them among all', async () => {
        const { records } = run.socket
        const list = await records.list({ limit: 1000 })
        assert.equal(list.length, 250)
        assert.ok(list.every((one) => !('energy' in one)))
        const full = await records.list({ limit: 1000 }, 10_000)
        const seven = full.find(({ id }) => id === 'i7')!
        assert.ok(seven.energy!.power.length <= 80)
        assert.equal(seven.readings?.total, COUNT)
    })

    it('makes four lists with readings at a time', async () => {
        const { records } = run.socket
        const lists = Array.from({ length: 6 }, () => records.list({ limit: 10 }, 10))
        const kinds = (await Promise.allSettled(lists)).map(({ status }) => status)
        assert.deepEqual(kinds, [...Array(4).fill('fulfilled'), ...Array(2).fill('rejected')])
        await assert.rejects(lists[5]!, refused(429, 'TOO_MANY_READS'))
        await records.list({ limit: 10 }, 10)
    })

    it('gives everything whole as a file in pieces', async () => {
        const { server, instances } = await whole()
        assert.deepEqual(Object.keys(instances).length, 250)
        assert.deepEqual(instances.i7, await run.socket.records.get('i7', 10_000))
        assert.deepEqual(instances.i8, await run.socket.records.get('i8'))
        assert.deepEqual(server, JSON.parse(JSON.stringify((await run.socket.records.download()).server)))
    })

    it('gives one file at a time, also after one was given up half way', async () => {
        const { records } = run.socket
        const first = records.file()
        await first.next()
        await assert.rejects(records.file().next(), refused(429, 'TOO_MANY_READS'))
        await first.return(undefined)
        await whole()
    })

    it('gives a bounded message with everything', async () => {
        const { instances, isIncomplete } = await run.socket.records.download()
        assert.deepEqual([Object.keys(instances).length, isIncomplete], [250, undefined])
        assert.ok(instances.i7!.energy!.power.length <= 80)
    })
})
