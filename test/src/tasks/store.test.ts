import assert from 'node:assert/strict'
import { systemClock } from '../../../src/lib/index.ts'
import type { Store } from '../../../src/stores.ts'
import { PARKED, type TaskEntry, Tasks } from '../../../src/tasks/index.ts'
import { soon, workbench } from '../store/open.ts'

const queue = { kind: 'k', queue: 'q' }
const start = { dueAt: -PARKED, seq: 0 }
const claim = (now = 0, holder = 'me') => ({ holder, now, until: now + 1000 })
const task = (id: string, dueAt = 0, more: object = {}) => ({
    ...{ id, ...queue, owner: 'n1', key: null, dueAt, expiresAt: null, parent: null, payload: `p${id}` },
    ...more,
})
const ids = (list: { id: string }[]) => list.map(({ id }) => id).join(' ')

describe('what a store has of tasks', () => {
    let bench: ReturnType<typeof workbench>
    let store: Store
    beforeEach(async () => {
        bench = workbench()
        store = bench.open(bench.file())
        await store.ready(soon())
    })
    afterEach(() => bench.clear())
    const addAll = (...list: ReturnType<typeof task>[]) => Promise.all(list.map((one) => store.tasks.add(one)))

    it('is found soonest first, from a place on, and without what is parked', async () => {
        await addAll(task('b', 20), task('a', 10.4), task('c', 20), task('d', PARKED), task('e', 5, { queue: 'other' }))
        const all = await store.tasks.due(queue, start, claim(), 9)
        assert.equal(ids(all), 'a b c')
        const { seq } = all[1]!
        const { payload, ...entry } = task('a', 10)
        assert.deepEqual(all[0], { ...entry, seq: all[0]!.seq, attempts: 0, bytes: payload.length })
        assert.equal(ids(await store.tasks.due(queue, { dueAt: 20, seq }, claim(), 9)), 'c')
        assert.equal(ids(await store.tasks.due(queue, start, claim(), 2)), 'a b')
    })

    it('is found by key and by when it expires', async () => {
        await addAll(
            task('a', PARKED, { key: 'x', expiresAt: 9 }),
            task('b', PARKED, { key: 'y' }),
            task('c', 5, { key: 'x', expiresAt: 3 }),
        )
        assert.equal(ids(await store.tasks.ofKey(queue, 'x', PARKED, PARKED, claim(), 9)), 'a')
        assert.equal(ids(await store.tasks.ofKey(queue, 'x', -PARKED, 5, claim(), 9)), 'c')
        assert.equal(ids(await store.tasks.expiring(queue, claim(), 9)), 'c a')
    })

    it('belongs to whoever claims it first, for as long as the lease', async () => {
        await addAll(task('a', 2), task('b', 1))
        const claimed = await store.tasks.claim(['a', 'b', 'none'], claim(0, 'me'))
        assert.deepEqual(
            claimed.map(({ payload }) => payload),
            ['pb', 'pa'],
        )
        assert.equal(ids(await store.tasks.claim(['a'], claim(999, 'other'))), '')
        assert.equal(ids(await store.tasks.due(queue, start, claim(999, 'other'), 9)), '')
        assert.equal(ids(await store.tasks.due(queue, start, claim(999, 'me'), 9)), 'b a')
        await store.tasks.renew(['a', 'b'], claim(500, 'other'))
        await store.tasks.renew(['a'], claim(500, 'me'))
        assert.equal(ids(await store.tasks.claim(['a', 'b'], claim(1000, 'other'))), 'b')
        await store.tasks.release(['a'])
        assert.equal(ids(await store.tasks.claim(['a', 'b'], claim(1001, 'other'))), 'b a')
    })

    it('is free again when the database is opened by another: nobody else is left who could hold it', async () => {
        await addAll(task('a'))
        await store.tasks.claim(['a'], claim(0, 'me'))
        await store.tasks.begin('me')
        assert.equal(ids(await store.tasks.claim(['a'], claim(0, 'other'))), '')
        await store.close()
        store = bench.open(bench.file())
        await store.tasks.begin('other')
        assert.equal(ids(await store.tasks.claim(['a'], claim(0, 'other'))), 'a')
    })

    it('is counted along, over restarts', async () => {
        await store.tasks.begin('me')
        await addAll(task('a'), task('b', 0, { owner: 'n2' }), task('c', 0, { kind: 'else' }))
        await store.tasks.change('a', { payload: 'longer', owner: 'n2', dueAt: 7, attempts: 3 })
        assert.deepEqual(await store.tasks.get('a'), { ...task('a', 7, { owner: 'n2' }), payload: 'longer', bytes: 6, attempts: 3, seq: 1 })
        assert.equal(await store.tasks.change('none', { dueAt: 1 }), false)
        const look = () => [store.tasks.total('k'), store.tasks.total('k', 'n1'), store.tasks.total('k', 'n2'), store.tasks.owners()]
        const expected = [
            { count: 2, bytes: 8 },
            { count: 0, bytes: 0 },
            { count: 2, bytes: 8 },
            [
                { kind: 'k', owner: 'n2' },
                { kind: 'else', owner: 'n1' },
            ],
        ]
        assert.deepEqual(look(), expected)
        await store.close()
        store = bench.open(bench.file())
        await store.tasks.begin('me')
        assert.deepEqual(look().slice(0, 3), expected.slice(0, 3))
        await store.tasks.remove(['a', 'b', 'none'])
        await store.tasks.remove(['a'])
        assert.deepEqual(store.tasks.total('k'), { count: 0, bytes: 0 })
    })

    it('knows what is parked that nothing is done for', async () => {
        await addAll(task('open', PARKED), task('held', PARKED), task('due', 1), task('w', 1, { kind: 'wait', parent: 'held' }))
        assert.deepEqual(await store.tasks.childless(queue), ['open'])
        await store.tasks.remove(['w'])
        assert.deepEqual(await store.tasks.childless(queue), ['open', 'held'])
    })

    it('is moved along when the clock is set, what is parked apart', async () => {
        await addAll(task('a', 10, { expiresAt: 20 }), task('b', PARKED), task('c', 10, { kind: 'else' }))
        await store.tasks.shift([queue, { kind: 'none', queue: '' }], -5)
        const found = await Promise.all(['a', 'b', 'c'].map((id) => store.tasks.get(id)))
        assert.deepEqual(
            found.map((one) => [one!.dueAt, one!.expiresAt]),
            [
                [5, 15],
                [PARKED, null],
                [10, null],
            ],
        )
    })

    it('is swept when its node was deleted, page by page, once those who listen were told', async () => {
        await addAll(...Array.from({ length: 1200 }, (_, i) => task(`${i}`, i, { owner: i % 2 ? 'gone' : 'there', parent: `c${i}` })))
        const tasks = new Tasks({
            repository: store.tasks,
            ready: (signal) => store.ready(signal),
            clock: systemClock,
            newId: () => 'me',
            log: assert.fail,
        })
        const told: TaskEntry[] = []
        const sweep = () => tasks.sweep(() => (node) => node === 'there', soon())
        const listening = new AbortController()
        tasks.onSwept(() => Promise.reject(new Error('not now')), listening.signal)
        await assert.rejects(sweep(), /not now/)
        assert.equal(store.tasks.total('k', 'gone').count, 600)
        listening.abort()
        tasks.onSwept((swept) => void told.push(...swept), soon())
        await sweep()
        assert.equal(new Set(told.map(({ parent }) => parent)).size, 600)
        assert.deepEqual(store.tasks.owners(), [{ kind: 'k', owner: 'there' }])
    })
})
