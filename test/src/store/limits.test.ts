import assert from 'node:assert/strict'
import type { PowerEvent } from '../../../src/power/repository.ts'
import { shortage } from '../../../src/store/disk-space.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { random } from '../../support/random.ts'
import { bad, instance, itOnFiles, reading, refusal, samplesOf, soon, workbench } from './open.ts'

const DAY = 86_400_000

describe('what is kept of a socket', () => {
    let bench: ReturnType<typeof workbench>
    beforeEach(() => {
        bench = workbench()
    })
    afterEach(() => bench.clear())
    const until = async (holds: () => Promise<boolean>) => {
        for (const end = soon(); !(await holds()); await new Promise(setImmediate)) end.throwIfAborted()
    }
    const toggles = (count: number, from: number, every: number, owner = '<manual>') =>
        Array.from({ length: count }, (_, i): PowerEvent => ({ at: from + i * every, kind: i % 2 === 0 ? 'on' : 'off', owner }))

    it('is little of one that flaps, but the last state always', async () => {
        const store = bench.open(bench.file())
        await store.power.commit('s1', {
            events: [
                { at: 1, kind: 'on', owner: 'run' },
                { at: 2, kind: 'off', owner: 'run' },
            ],
        })
        for (const count of [1000, 1001]) {
            const flaps = toggles(count, 1_000_000, 2)
            await Promise.all(flaps.map((event) => store.power.commit('s1', { events: [event] })))
            const kept = await store.power.events('s1', 100_000)
            assert.ok(kept.length < 60, String(kept.length))
            assert.deepEqual(
                kept.slice(0, 2).map(({ owner }) => owner),
                ['run', 'run'],
            )
            assert.equal(kept.at(-1)!.kind, flaps.at(-1)!.kind)
            await store.power.commit('s1', { events: [{ at: 2_000_000, kind: 'off', owner: 'run' }] })
        }
    })

    it('goes on and off in turn, whatever is left out, and nobody is left out who was told to', async () => {
        const store = bench.open(bench.file())
        const next = random(7)
        let at = 0
        let kind: 'on' | 'off' = 'off'
        const events = Array.from({ length: 3000 }, (_, i): PowerEvent => {
            at += Math.floor(next() * 4000)
            kind = kind === 'on' ? 'off' : 'on'
            return { at, kind, owner: next() < 0.1 ? `run${i}` : '<manual>' }
        })
        for (let i = 0; i < events.length; i += 50) await store.power.commit('s1', { events: events.slice(i, i + 50) })
        const kept = await store.power.events('s1', 100_000)
        assert.ok(kept.every((event, i) => i === 0 || event.kind !== kept[i - 1]!.kind))
        assert.equal(kept.at(-1)!.kind, events.at(-1)!.kind)
        const told = (list: PowerEvent[]) => list.map(({ owner }) => owner).filter((owner) => owner.startsWith('run'))
        assert.deepEqual(told(kept), told(events))
    })

    it('is the latest ten thousand times of power on and off', async () => {
        const store = bench.open(bench.file())
        for (let i = 0; i < 13; i++) await store.power.commit('s1', { events: toggles(1000, i * 1000, 1, `run${i}`) })
        const kept = await store.power.events('s1', 100_000)
        assert.ok(kept.length >= 10_000 && kept.length <= 11_000, String(kept.length))
        assert.equal(kept.at(-1)!.at, 12_999)
    })

    it('is the latest stopped instances, and those of the latest days; and all that run', async () => {
        const clock = new FakeClock()
        const now = clock.now()
        const store = bench.open(bench.file(), { clock, limits: { instanceDays: 10, mostInstances: 1200 } })
        await store.power.commit('s1', { started: instance('runs', { startedAt: now - 100 * DAY }) })
        await store.power.commit('s1', { events: [...toggles(2, now - 90 * DAY, 1), { at: now - 50 * DAY, kind: 'on', owner: 'runs' }] })
        const stopped = (id: string, at: number, socket = 's1') => ({ started: instance(id, { socket, startedAt: at - 1, stoppedAt: at }) })
        await Promise.all(Array.from({ length: 2000 }, (_, i) => store.power.commit('s1', stopped(`new${i}`, now - i))))
        await Promise.all(Array.from({ length: 700 }, (_, i) => store.power.commit('s2', stopped(`old${i}`, now - 11 * DAY - i, 's2'))))
        await store.power.commit('s2', stopped('young', now - 9 * DAY, 's2'))
        const count = async (socket: string) => (await store.power.instances({ socket, limit: 10_000 })).length
        clock.advance(3_600_000)
        await until(async () => (await count('s1')) === 1201 && (await count('s2')) === 1)
        await until(async () => (await store.power.events('s1', 10)).length === 1)
        const left = await store.power.instances({ socket: 's1', limit: 10_000 })
        assert.ok(left.some(({ id }) => id === 'new0') && left.some(({ id }) => id === 'runs'))
        assert.equal((await store.power.instances({ socket: 's2', limit: 10 }))[0]!.id, 'young')
    })

    it('is looked through also before an hour is over, when many have started', async () => {
        const store = bench.open(bench.file(), { limits: { instanceDays: 0, mostInstances: 100 } })
        const row = (i: number) => instance(`r${i}`, { startedAt: i, stoppedAt: i })
        for (let i = 0; i < 10_000; i += 1000)
            await Promise.all(Array.from({ length: 1000 }, (_, n) => store.power.commit('s1', { started: row(i + n) })))
        await until(async () => (await store.power.instances({ socket: 's1', limit: 10_000 })).length <= 1100)
    }).timeout(40_000)
})

describe('the room of a database', () => {
    const MB = 1_048_576
    const room = { used: 10 * MB, limit: 0, free: 10_000 * MB, size: 100_000 * MB }

    it('is told about before it is used up', () => {
        assert.equal(shortage(room), undefined)
        assert.match(shortage({ ...room, free: 499 * MB })!, /only 499 MB are free/)
        assert.equal(shortage({ ...room, size: 1000 * MB, free: 60 * MB }), undefined)
        assert.match(shortage({ ...room, size: 1000 * MB, free: 49 * MB })!, /only 49 MB/)
        assert.match(shortage({ ...room, limit: 11 * MB })!, /takes 10 MB of the 11 MB/)
        assert.equal(shortage({ ...room, limit: 20 * MB }), undefined)
    })

    itOnFiles('is made by deleting the oldest readings, and said in red', async () => {
        const bench = workbench()
        try {
            const clock = new FakeClock()
            const store = bench.open(bench.file(), { clock, mostBytes: 3 * MB })
            await store.ready(soon())
            assert.deepEqual(store.health, { ok: true })
            // Half of them are older than a week.
            const week = clock.now() - 7 * DAY
            let count = 0
            for (; store.health.ok && store.health.warning === undefined; clock.advance(10_000)) {
                const socket = count % 1000 === 0 ? 'a' : 'b'
                const side = socket === 'a' ? -DAY : DAY
                await Promise.all(Array.from({ length: 500 }, () => store.power.addSample(socket, reading(week + side + count++))))
            }
            assert.match((store.health as { warning: string }).warning, /takes 2 MB of the 3 MB/)
            const young = (await samplesOf(store, 'b', 0, 1e15)).length
            for (const end = soon(); ; await new Promise(setImmediate)) {
                end.throwIfAborted()
                clock.advance(10_000)
                if (store.health.ok && store.health.warning === undefined) break
            }
            const old = await samplesOf(store, 'a', 0, 1e15)
            assert.ok(old.length < young && old.length > 0)
            assert.equal(old.at(-1)!.at, week - DAY + 1000 * Math.floor((count - 1) / 1000) + 499)
            assert.equal((await samplesOf(store, 'b', 0, 1e15)).length, young)
        } finally {
            await bench.clear()
        }
    })

    itOnFiles('is limited: what would go beyond it is refused, and said', async () => {
        const bench = workbench()
        try {
            const store = bench.open(bench.file(), { mostBytes: MB })
            await store.states.put('small', 1)
            const big = async () => {
                for (let i = 0; i < 20; i++) await store.states.put(`n${i}`, 'x'.repeat(100_000))
            }
            await assert.rejects(big(), refusal(/has reached its limit of 1 MB/))
            assert.ok(bad(/limit of 1 MB/)(store.health))
            assert.equal(await store.states.get('small'), 1)
        } finally {
            await bench.clear()
        }
    })
})
