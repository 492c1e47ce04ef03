import assert from 'node:assert/strict'
import type { Store } from '../../../src/stores.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { instance, reading, refusal, samplesOf, soon, workbench } from './open.ts'

const task = { id: 'w1', kind: 'wait', queue: 'n1', owner: 'n1', key: null, dueAt: 20, expiresAt: null, parent: null, payload: '' }

for (const kind of ['memory', 'file']) {
    describe(`what a store keeps (${kind})`, () => {
        let store: Store
        let bench: ReturnType<typeof workbench>

        beforeEach(async () => {
            bench = workbench()
            store = bench.open(kind === 'memory' ? ':memory:' : bench.file('deeper/test.sqlite'))
            await store.ready(soon())
        })
        afterEach(() => bench.clear())

        it('gives sockets and instances back as they were', async () => {
            const socket = { id: 's1', name: 'Heater "1" ✓', offDue: true, isOnUnproven: true, haltedAt: null }
            const whole = instance('i1', {
                stoppedAt: 2,
                timeout: 3,
                powerOnAt: 4,
                powerOffAt: 5,
                isEmergencyStopped: true,
                isManuallyStopped: true,
            })
            await store.power.commit('s1', { socket, started: whole })
            assert.deepEqual(await store.power.socket('s1'), socket)
            assert.deepEqual(await store.power.instance('i1'), whole)
            const { isOnUnproven, ...halted } = { ...socket, offDue: false, haltedAt: 1_700_000_000_000 }
            await store.power.commit('s1', { socket: halted })
            assert.deepEqual(await store.power.socket('s1'), halted)
            assert.equal(await store.power.socket('other'), undefined)
            assert.equal(await store.power.instance('other'), undefined)
        })

        it('stops the named instances, or all that run, and leaves those alone that had stopped', async () => {
            for (const id of ['a', 'b', 'c']) await store.power.commit('s1', { started: instance(id, { startedAt: id.charCodeAt(0) }) })
            await store.power.commit('s2', { started: instance('x', { socket: 's2' }) })
            const how = { powerOffAt: null, isEmergencyStopped: false, isManuallyStopped: false }
            await store.power.commit('s1', { stopped: { ids: ['b'], at: 150, ...how } })
            assert.deepEqual(
                (await store.power.running('s1')).map(({ id }) => id),
                ['a', 'c'],
            )
            await store.power.commit('s1', { stopped: { at: 160, ...how, powerOffAt: 160, isManuallyStopped: true } })
            assert.deepEqual(await store.power.running('s1'), [])
            assert.equal((await store.power.running('s2')).length, 1)
            const b = await store.power.instance('b')
            assert.deepEqual([b?.stoppedAt, b?.powerOffAt, b?.isManuallyStopped], [150, null, false])
            const c = await store.power.instance('c')
            assert.deepEqual([c?.stoppedAt, c?.powerOffAt, c?.isManuallyStopped], [160, 160, true])
            await store.power.commit('s1', { poweredOff: { ids: ['b'], at: 170 }, deleted: 'c' })
            assert.equal((await store.power.instance('b'))?.powerOffAt, 170)
            assert.equal(await store.power.instance('c'), undefined)
        })

        it('has nothing end before it began, should the clock have been set back meanwhile', async () => {
            for (const id of ['a', 'b']) await store.power.commit('s1', { started: instance(id, { startedAt: 1000 }) })
            const how = { isEmergencyStopped: false, isManuallyStopped: false }
            await store.power.commit('s1', { stopped: { ids: ['a'], at: 500, powerOffAt: 500, ...how } })
            await store.power.commit('s1', { stopped: { ids: ['b'], at: 2000, powerOffAt: null, ...how } })
            await store.power.commit('s1', { poweredOff: { ids: ['b'], at: 1500 } })
            const times = async (id: string) => {
                const found = await store.power.instance(id)
                return [found?.stoppedAt, found?.powerOffAt]
            }
            assert.deepEqual(
                [await times('a'), await times('b')],
                [
                    [1000, 1000],
                    [2000, 2000],
                ],
            )
        })

        it('takes thousands of ids at once', async () => {
            const ids = Array.from({ length: 3000 }, (_, i) => `i${i}`)
            await Promise.all(ids.map((id) => store.power.commit('s1', { started: instance(id) })))
            await store.power.commit('s1', { stopped: { ids, at: 9, powerOffAt: 9, isEmergencyStopped: true, isManuallyStopped: false } })
            assert.equal((await store.power.running('s1')).length, 0)
        })

        it('lists instances newest first, by state and by the time they ran in', async () => {
            await store.power.commit('s1', { started: instance('old', { startedAt: 10, stoppedAt: 20 }) })
            await store.power.commit('s1', { started: instance('mid', { startedAt: 30, stoppedAt: 40 }) })
            await store.power.commit('s1', { started: instance('now', { startedAt: 50 }) })
            const list = async (query: object) =>
                (await store.power.instances({ socket: 's1', limit: 10, ...query })).map(({ id }) => id).join(' ')
            assert.equal(await list({}), 'now mid old')
            assert.equal(await list({ limit: 2 }), 'now mid')
            assert.equal(await list({ state: 'running' }), 'now')
            assert.equal(await list({ state: 'stopped' }), 'mid old')
            assert.equal(await list({ from: 40 }), 'now mid')
            assert.equal(await list({ from: 41 }), 'now')
            assert.equal(await list({ to: 30 }), 'mid old')
            assert.equal(await list({ from: 15, to: 29 }), 'old')
        })

        it('keeps samples in order, both ends included, the later of two in the same millisecond', async () => {
            for (const at of [30, 10, 20, 40]) await store.power.addSample('s1', reading(at))
            await store.power.addSample('s1', reading(20, null))
            await store.power.addSample('s2', reading(20))
            assert.deepEqual(await samplesOf(store, 's1', 10, 30), [reading(10), reading(20, null), reading(30)])
        })

        it('takes times that are no whole numbers, or beyond all there are', async () => {
            await store.power.commit('s1', { started: instance('i', { timeout: 1500.5, startedAt: 10 }) })
            await store.power.addSample('s1', reading(10))
            await store.tasks.add({ ...task, dueAt: 7.25, expiresAt: 1e300 })
            assert.equal((await store.power.instance('i'))?.timeout, 1501)
            const { dueAt, expiresAt } = (await store.tasks.get('w1'))!
            assert.deepEqual([dueAt, expiresAt], [7, Number.MAX_SAFE_INTEGER])
            for (const [from, to] of [
                [9.5, 10.5],
                [-Infinity, Infinity],
                [-1e300, 1e300],
            ] as const) {
                assert.equal((await samplesOf(store, 's1', from, to)).length, 1)
                assert.equal((await store.power.instances({ socket: 's1', from, to, limit: 9 })).length, 1)
                assert.deepEqual(await store.devices.history('f', 'd', 'x', from, to, 9), [])
            }
        })

        it('reads more samples than fit in one page', async () => {
            await Promise.all(Array.from({ length: 5000 }, (_, i) => store.power.addSample('s1', reading(i))))
            const times = (await samplesOf(store, 's1', 0, 4999)).map(({ at }) => at)
            assert.deepEqual(
                times,
                Array.from({ length: 5000 }, (_, i) => i),
            )
        })

        it('gives the latest events, in the order they happened in even within a millisecond', async () => {
            await store.power.commit('s1', {
                events: [
                    { at: 5, kind: 'on', owner: 'a' },
                    { at: 5, kind: 'off', owner: '<manual>' },
                ],
            })
            await store.power.commit('s1', { events: [{ at: 4, kind: 'on', owner: 'b' }] })
            assert.deepEqual(await store.power.events('s1', 2), [
                { at: 5, kind: 'off', owner: '<manual>' },
                { at: 4, kind: 'on', owner: 'b' },
            ])
        })

        it('keeps the states of nodes', async () => {
            assert.equal(await store.states.get('n1'), undefined)
            await store.states.put('n1', { a: [1, null] })
            await store.states.put('n1', { a: [2, null] })
            assert.deepEqual(await store.states.get('n1'), { a: [2, null] })
            await store.states.put('n1', undefined)
            assert.equal(await store.states.get('n1'), undefined)
        })

        it('undoes the whole of a change that fails, and only that', async () => {
            await store.power.commit('s1', { started: instance('taken') })
            const socket = { id: 's1', name: 'half', offDue: true, haltedAt: null }
            const results = await Promise.allSettled([
                store.power.commit('s1', { started: instance('before') }),
                store.power.commit('s1', { socket, started: instance('taken') }),
                store.power.commit('s1', { started: instance('after') }),
            ])
            assert.deepEqual(
                results.map(({ status }) => status),
                ['fulfilled', 'rejected', 'fulfilled'],
            )
            assert.equal(await store.power.socket('s1'), undefined)
            assert.deepEqual(
                (await store.power.running('s1')).map(({ id }) => id),
                ['after', 'before', 'taken'],
            )
            assert.deepEqual(store.health, { ok: true })
        })

        it('finishes what was asked for before it closes, and refuses what comes after', async () => {
            // However long it takes: by this clock it is no time.
            store = bench.open(kind === 'memory' ? ':memory:' : bench.file('closing.sqlite'), { clock: new FakeClock() })
            await store.ready(soon())
            const pending = Array.from({ length: 1000 }, (_, i) => store.power.addSample('s1', reading(i)))
            await store.close()
            assert.equal((await Promise.all(pending)).length, 1000)
            await assert.rejects(store.power.addSample('s1', reading(1)), refusal(/closed/))
            await assert.rejects(store.states.get('n1'), refusal(/closed/))
            await assert.rejects(store.ready(soon()), refusal(/closed/))
            assert.equal(store.health.ok, false)
        })

        it('makes a thing once', () => {
            let made = 0
            const thing = store.once('agenda', () => ({ number: ++made }))
            assert.equal(
                store.once('agenda', () => ({ number: ++made })),
                thing,
            )
            assert.notEqual(
                store.once('other', () => ({ number: ++made })),
                thing,
            )
        })
    })
}
