import assert from 'node:assert/strict'
import { Fleet } from '../../../src/devices/fleet.ts'
import type { Store } from '../../../src/store/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { workbench } from '../store/open.ts'

describe('the history of devices', () => {
    let bench: ReturnType<typeof workbench>
    let store: Store
    let clock: FakeClock
    const fleetOf = () => new Fleet({ name: 'devices', repository: store.devices, clock, log: assert.fail })

    beforeEach(() => {
        bench = workbench()
        store = bench.open(bench.file())
        clock = new FakeClock(1_700_000_000_000)
    })
    afterEach(() => bench.clear())

    const history = { register: true, history: true }

    it('has the numbers that changed, and them only', async () => {
        const fleet = fleetOf()
        for (const x of [1, 1, 2, '3', 4]) {
            await fleet.update('a', { x, flag: true }, history)
            clock.advance(10)
        }
        const start = 1_700_000_000_000
        assert.deepEqual(await store.devices.history('devices', 'a', 'x', 0, start + 100, 10), [
            { at: start, value: 1 },
            { at: start + 20, value: 2 },
            { at: start + 40, value: 4 },
        ])
        assert.deepEqual(await store.devices.history('devices', 'a', 'x', start + 20, start + 40, 10), [
            { at: start + 20, value: 2 },
            { at: start + 40, value: 4 },
        ])
        assert.deepEqual(await store.devices.history('devices', 'a', 'flag', 0, start + 100, 10), [])
    })

    it('is thinned out to what was asked for, with its peaks', async () => {
        const fleet = fleetOf()
        for (let i = 0; i < 5000; i++) {
            void fleet.update('a', { x: i === 1234 ? 1e6 : i === 4321 ? -1e6 : Math.sin(i) }, history)
            clock.advance(7)
            if (i % 500 === 0) await fleet.update('b', { x: i }, history)
        }
        await fleet.update('b', {}, history)
        const points = await store.devices.history('devices', 'a', 'x', 0, 2e12, 100)
        assert.ok(points.length > 80 && points.length <= 100, `${points.length}`)
        assert.deepEqual(
            points.map(({ at }) => at),
            points.map(({ at }) => at).sort((a, b) => a - b),
        )
        assert.ok(points.some(({ value }) => value === 1e6) && points.some(({ value }) => value === -1e6))
    })

    it('is deleted once it is too old, for as long as the longest wish', async () => {
        const fleet = fleetOf()
        const DAY = 86_400_000
        for (let day = 0; day < 10; day++) {
            await fleet.update('a', { x: day }, history)
            await fleet.update('b', { x: day, y: day }, history)
            clock.advance(DAY)
        }
        const left = async (id: string) => (await store.devices.history('devices', id, 'x', 0, 1e15, 100)).map(({ value }) => value)
        const [short, long] = [new AbortController(), new AbortController()]
        fleet.retention.want(3, short.signal)
        fleet.retention.want(5, long.signal)
        await clock.advanceAsync(0)
        while ((await left('b')).length > 5) await clock.advanceAsync(0)
        assert.deepEqual(
            [await left('a'), await left('b')],
            [
                [5, 6, 7, 8, 9],
                [5, 6, 7, 8, 9],
            ],
        )
        long.abort()
        // The round before may not be over, and then leaves it to the next one.
        for (let hours = 0; (await left('b')).length > 2 && hours < 20; hours++) await clock.advanceAsync(3_600_000)
        assert.deepEqual(await left('a'), [8, 9])
        short.abort()
        assert.equal(clock.pending, 0)
    })
})
