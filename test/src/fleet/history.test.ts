import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { Fleet } from '../../../src/fleet/fleet.ts'
import type { Store } from '../../../src/stores.ts'
import { makeBus } from '../../support/bus.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { random } from '../../support/random.ts'
import { healthy, itOnFiles, soon, workbench } from '../store/open.ts'

describe('the history of devices', () => {
    let bench: ReturnType<typeof workbench>
    let store: Store
    let clock: FakeClock
    const fleetOf = () => new Fleet({ bus: makeBus(), name: 'devices', repository: store.devices, clock, log: assert.fail })

    beforeEach(() => {
        bench = workbench()
        store = bench.open(bench.file())
        clock = new FakeClock(1_700_000_000_000)
    })
    afterEach(() => bench.clear())

    const count = async (table: string) => Number((await bench.ask(`select count(*) as rows from ${table}`))[0]?.rows)
    const history = { register: true, history: true }
    const much = { device: 1e9, fleet: 1e9, changed: () => {} }

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

    it('is whole while much of it comes, before and after it is sorted', async () => {
        const fleet = fleetOf()
        const devices = Array.from({ length: 40 }, (_, i) => `d${i}`)
        const of = (id: string) => store.devices.history('devices', id, 'x', 0, 1e15, 100_000)
        const start = clock.now()
        // Half of them come within a millisecond: the second is what counts then.
        for (let n = 0; n < 700; n++) {
            await Promise.all(devices.map((id, i) => fleet.update(id, { x: n * 100 + i }, history)))
            if (n % 2 === 1) clock.advance(1)
            if (n % 100 !== 99) continue
            const points = await of('d7')
            assert.deepEqual(
                points,
                Array.from({ length: (n + 1) / 2 }, (_, i) => ({ at: start + i, value: (2 * i + 1) * 100 + 7 })),
            )
        }
        for (const [i, id] of devices.entries()) assert.deepEqual((await of(id)).at(-1), { at: start + 349, value: 69_900 + i })
        await store.close()
        const [sorted, fresh] = [await count('device_points'), await count('device_new_points')]
        assert.ok(sorted > 0 && fresh < 20_000, `${sorted} sorted, ${fresh} new`)
    })

    it('is sorted also where no process ever takes ten thousand points', async () => {
        const sorts = /insert into "device_points"/
        let isSorted = false
        for (let process = 0; process < 2; process++) {
            await store.close()
            assert.equal(isSorted, false)
            store = bench.open(bench.file(), { trace: (sql) => (isSorted ||= sorts.test(sql)) })
            const fleet = fleetOf()
            for (let n = 0; n < 60; n++) {
                const updates = Array.from({ length: 100 }, (_, i) => fleet.update(`d${i}`, { x: n + process / 2 }, history))
                await Promise.all(updates)
            }
        }
        for (const end = soon(); !isSorted; await new Promise(setImmediate)) end.throwIfAborted()
    })

    itOnFiles('is that of a device alone: not of one before it, nor of what was in another file', async () => {
        const fleet = fleetOf()
        const values = async (id: string) => (await store.devices.history('devices', id, 'x', 0, 1e15, 10)).map(({ value }) => value)
        for (const [id, x] of Object.entries({ a: 1, b: 2, c: 3 })) await fleet.update(id, { x }, history)
        await fleet.remove('b')
        await fleet.update('b', { x: 4 }, history)
        assert.deepEqual([await values('a'), await values('b'), await values('c')], [[1], [4], [3]])
        for (const end of ['', '-wal', '-shm']) rmSync(bench.file() + end, { force: true })
        // The first write after that is refused; the next ones go into a new file.
        for (let n = 0; (await Promise.allSettled([fleet.update('c', { x: 5 + n }, history)]))[0].status === 'rejected'; n++)
            await healthy(store, ({ ok }) => ok)
        await fleet.update('a', { x: 10 }, history)
        assert.deepEqual([(await values('c')).length, await values('a'), await values('b')], [1, [10], []])
    })

    it('of a device that was deleted leaves nothing behind, a little at a time, also over a restart', async () => {
        const seen: string[] = []
        const traced = () => bench.open(bench.file(), { trace: (sql) => seen.push(sql) })
        await store.close()
        store = traced()
        const fleet = fleetOf()
        for (let n = 0; n < 130; n++) {
            await Promise.all(Array.from({ length: 100 }, (_, i) => fleet.update(i % 2 ? 'a' : 'b', { [`x${i}`]: n }, history)))
            clock.advance(1)
        }
        const until = async (holds: () => boolean) => {
            for (const end = soon(); !holds(); await new Promise(setImmediate)) end.throwIfAborted()
        }
        await until(() => seen.some((sql) => /insert into "device_points"/.test(sql)))
        // The process ends before all of it is deleted.
        await fleet.remove('a')
        await store.close()
        assert.ok((await count('device_leftovers')) > 0)
        assert.equal(await count('device_series'), 50)
        store = traced()
        seen.length = 0
        const again = fleetOf()
        await again.load()
        await again.update('a', { x1: 7 }, history)
        const past = (id: string, property: string) => store.devices.history('devices', id, property, 0, 1e15, 1000)
        assert.deepEqual([(await past('a', 'x1')).length, (await past('b', 'x2')).length], [1, 130])
        await until(() => seen.filter((sql) => /delete from "device_leftovers"/.test(sql)).length === 50)
        await again.update('a', { x1: 8 }, history)
        await store.close()
        const all = (await count('device_points')) + (await count('device_new_points'))
        assert.deepEqual([await count('device_leftovers'), await count('device_series'), all], [0, 51, 50 * 130 + 2])
    })

    it('has no point without its series, whatever comes at once with a deletion', async () => {
        const fleet = fleetOf()
        const next = random(11)
        const jobs: Promise<unknown>[] = []
        for (let n = 0; n < 3000; n++) {
            const id = `d${Math.floor(next() * 4)}`
            const chance = next()
            if (chance < 0.05) jobs.push(fleet.remove(id))
            else if (chance < 0.07) jobs.push(store.devices.forget('devices', clock.now() - 20))
            else jobs.push(fleet.update(id, { [`x${Math.floor(next() * 5)}`]: n }, history))
            if (chance > 0.9) await jobs.at(-1)
            if (chance > 0.98) await Promise.all(jobs.splice(0))
            clock.advance(1)
        }
        await Promise.all(jobs)
        for (const id of ['d0', 'd1', 'd2', 'd3']) {
            await fleet.update(id, { x0: -1 }, history)
            const last = (await store.devices.history('devices', id, 'x0', 0, 1e15, 10_000)).at(-1)
            assert.equal(last?.value, -1, id)
        }
        await store.close()
        const known = 'select id from device_series union select series from device_leftovers'
        for (const table of ['device_points', 'device_new_points'])
            assert.equal(await count(`${table} where series not in (${known})`), 0, table)
    })

    it('of a property that is sent no more leaves no series behind once it is too old', async () => {
        const fleet = fleetOf()
        const DAY = 86_400_000
        await Promise.all(Array.from({ length: 20 }, (_, i) => fleet.update('a', { [`old${i}`]: 1, still: 1 }, history)))
        clock.advance(2 * DAY)
        await fleet.update('a', { still: 2 }, history)
        await store.devices.forget('devices', clock.now() - DAY)
        // Looked up before, but none of what is gone: it is written where it is found.
        await fleet.update('a', { old3: 3 }, history)
        const values = async (property: string) =>
            (await store.devices.history('devices', 'a', property, 0, 1e15, 10)).map(({ value }) => value)
        assert.deepEqual([await values('old3'), await values('still'), await values('old4')], [[3], [2], []])
        await store.close()
        const left = await bench.ask('select property from device_series order by property')
        assert.deepEqual(
            left.map(({ property }) => property),
            ['old3', 'still'],
        )
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
        fleet.retention.add({ days: 3, ...much }, short.signal)
        fleet.retention.add({ days: 5, ...much }, long.signal)
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

    /** A fleet whose device `a` says much and `b` little, and what it says of its history. */
    const flooded = async ({ device, fleet: all }: { device: number; fleet: number }, signal: AbortSignal) => {
        const log: string[] = []
        const fleet = new Fleet({ bus: makeBus(), name: 'devices', repository: store.devices, clock, log: (text) => log.push(text) })
        const full: boolean[] = []
        fleet.retention.add({ days: 0, device, fleet: all, changed: () => full.push(fleet.retention.isFull) }, signal)
        const names = Array.from({ length: 100 }, (_, i) => `p${i}`)
        const from = clock.now()
        for (let n = 0; n < 450; n++) {
            const set = Object.fromEntries(names.map((name, i) => [name, n * 1000 + i]))
            await Promise.all([fleet.update('a', set, history), n % 10 === 0 && fleet.update('b', { x: n }, history)])
            clock.advance(1000)
        }
        return { fleet, log, full, from }
    }
    const points = (id: string, property: string) => store.devices.history('devices', id, property, 0, 1e15, 100_000)

    it('is held to a number of points for each device: the oldest go, others keep all of theirs', async () => {
        const closing = new AbortController()
        const { fleet, log, full, from } = await flooded({ device: 5000, fleet: 1e9 }, closing.signal)
        const total = async () => {
            let count = 0
            for (let i = 0; i < 100; i++) count += (await points('a', `p${i}`)).length
            return count
        }
        // Those that have not been sorted in are there besides.
        for (let tries = 0; (await total()) > 15_000 && tries < 1000; tries++) await clock.advanceAsync(0)
        assert.ok((await total()) <= 15_000, `${await total()} points`)
        assert.equal((await points('a', 'p0')).at(-1)!.at, from + 449_000)
        assert.equal((await points('b', 'x')).length, 45)
        assert.deepEqual([full, log.length], [[true], 1])
        assert.match(log[0]!, /the oldest are deleted, now those of a$/)
        clock.advance(3_600_000)
        clock.advance(3_600_000)
        assert.deepEqual([full, fleet.retention.isFull], [[true, false], false])
        closing.abort()
    })

    it('keeps the latest of every property, however much is too much at once', async () => {
        const closing = new AbortController()
        const { fleet } = await flooded({ device: 1e9, fleet: 1e9 }, closing.signal)
        const counts = async () => Promise.all(Array.from({ length: 100 }, async (_, i) => (await points('a', `p${i}`)).length))
        fleet.retention.add({ days: 0, device: 5000, fleet: 1e9, changed: () => {} }, closing.signal)
        // The new ones are moved to their series when ten thousand have come, and only then the limit is looked at.
        for (let n = 0; n < 100; n++) {
            await fleet.update('a', Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`p${i}`, n])), history)
            clock.advance(1000)
        }
        const most = async () =>
            Math.max(...(await Promise.all(['p0', 'p50', 'p99'].map(async (name) => (await points('a', name)).length))))
        for (let tries = 0; (await most()) > 150 && tries < 1000; tries++) await clock.advanceAsync(0)
        const left = await counts()
        assert.ok(Math.max(...left) <= 150 && Math.min(...left) >= 50, `${left}`)
        closing.abort()
    })

    it('is held to a number of points for all of them: who has the most gives', async () => {
        const closing = new AbortController()
        const { full } = await flooded({ device: 1e9, fleet: 5000 }, closing.signal)
        for (let tries = 0; (await points('a', 'p0')).length > 200 && tries < 1000; tries++) await clock.advanceAsync(0)
        assert.ok((await points('a', 'p0')).length <= 200)
        assert.deepEqual([(await points('b', 'x')).length, full[0]], [45, true])
        closing.abort()
    })
})
