import assert from 'node:assert/strict'
import { turn } from '../../../src/lib/index.ts'
import type { Task, TaskRepository } from '../../../src/tasks/index.ts'
import { away, TaskBench } from './bench.ts'

const PARKED = Number.POSITIVE_INFINITY
/** A key may have one at a time. */
const share = () => ({ group: '', limit: 1, each: 1 })

describe('a worker', () => {
    let bench: TaskBench
    beforeEach(() => {
        bench = new TaskBench()
    })
    afterEach(() => bench.clear())
    const payloads = (tasks: { payload: string }[]) => tasks.map(({ payload }) => payload)

    it('gives no small task before a large one of the same key that has to wait for room', async () => {
        const worker = bench.worker({ bytes: 10 })
        for (const payload of ['first', 'rather large', 'small']) await worker.add(bench.task(payload, PARKED, { key: 'peer' }))
        const [first] = await worker.take('peer', 1)
        assert.deepEqual(payloads(await worker.take('peer', 9)), [])
        await worker.complete([first!.id])
        assert.deepEqual(payloads(await worker.take('peer', 9)), ['rather large'])
    })

    it('lets no small tasks of other keys, or of none, keep a large one from having its turn', async () => {
        const isLarge = (payload: string) => payload.startsWith('large')
        const running: (() => void)[] = []
        const run = ({ payload }: Task) => {
            bench.did.push(payload)
            return new Promise<undefined>((resolve) => running.push(() => resolve(undefined)))
        }
        const worker = bench.worker({ bytes: 16, share: () => ({ group: '', limit: 9, each: 1 }), run })
        const small = (i: number) => worker.add(bench.task('small', 0, { key: i % 2 === 0 ? null : `${i % 3}` }))
        await worker.add(bench.task('first', 0, { key: 'host' }))
        await worker.add(bench.task('large '.repeat(9), 0, { key: 'host' }))
        // There are always some that are running, and some that wait.
        for (let i = 0; i < 12 && !bench.did.some(isLarge); i++) {
            await small(i)
            await bench.idle()
            if (i > 2) running.shift()?.()
            await bench.idle()
        }
        assert.ok(bench.did.some(isLarge), `${bench.did}`)
        while (bench.count() > 0) {
            for (const end of running.splice(0)) end()
            await bench.idle()
        }
    })

    it('gives a key all it may have after a task was taken back that was just being claimed', async () => {
        const claiming = Promise.withResolvers<void>()
        const completed = Promise.withResolvers<void>()
        const claim: TaskRepository['claim'] = async (ids, by) => {
            const claimed = await bench.db.tasks.claim(ids, by)
            claiming.resolve()
            await completed.promise
            return claimed
        }
        bench.open({ claim })
        const worker = bench.worker({ share })
        const id = await worker.add(bench.task('taken back', 0, { key: 'host' }))
        await worker.add(bench.task('other', 0, { key: 'host' }))
        await claiming.promise
        await worker.complete([id])
        completed.resolve()
        await bench.until(() => bench.count() === 0)
        assert.deepEqual(bench.did, ['other'])
    })

    it('gives a key all it may have after the store went away while it was looking for what is due', async () => {
        let isAway = false
        let tries = 0
        const ofKey: TaskRepository['ofKey'] = (...given) => {
            if (!isAway) return bench.db.tasks.ofKey(...given)
            tries++
            return away()
        }
        bench.open({ ofKey })
        const held = Promise.withResolvers<undefined>()
        const worker = bench.worker({
            share: () => ({ group: '', limit: 9, each: 1 }),
            run({ payload }) {
                bench.did.push(payload)
                return payload === 'b1' ? held.promise : undefined
            },
        })
        for (const payload of ['b1', 'b2']) await worker.add(bench.task(payload, 0, { key: 'b' }))
        await bench.until(() => bench.did.length === 1)
        await bench.idle()
        isAway = true
        held.resolve(undefined)
        await worker.add(bench.task('a', 0, { key: 'a' }))
        while (tries < 4) await bench.advance(5000, () => true)
        isAway = false
        await bench.advance(30_000, () => bench.count() === 0)
        assert.deepEqual(bench.did.toSorted(), ['a', 'b1', 'b2'])
    })

    it('misses nothing that comes in the very moment in which it stops to look', async () => {
        const list: Task[] = []
        const due: TaskRepository['due'] = (_, { seq }) => Promise.resolve(list.filter((task) => task.seq > seq))
        const claim: TaskRepository['claim'] = (ids) => Promise.resolve(list.filter(({ id }) => ids.includes(id)))
        bench.open({ due, claim, begin: () => Promise.resolve(1), remove: () => Promise.resolve() })
        const worker = bench.worker()
        const rest = { kind: 'test', queue: '', owner: '', key: null, expiresAt: null, parent: null, attempts: 0, bytes: 1 }
        const come = () => {
            const seq = list.length + 1
            list.push({ ...rest, id: `${seq}`, seq, dueAt: bench.clock.now(), payload: `${seq}` })
            worker.shareChanged('')
        }
        await bench.idle()
        for (let microtasks = 0; microtasks < 50; microtasks++) {
            come()
            for (let i = 0; i < microtasks; i++) await undefined
            come()
            await turn()
            assert.equal(bench.did.length, list.length, `after ${microtasks}`)
        }
    })
})
