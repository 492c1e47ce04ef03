import assert from 'node:assert/strict'
import { Refusal } from '../../../src/lib/index.ts'
import { TaskBench } from './bench.ts'

const HOUR = 3_600_000

describe('a worker, when the wall clock is set,', () => {
    let bench: TaskBench
    beforeEach(() => {
        bench = new TaskBench()
    })
    afterEach(() => bench.clear())

    it('goes by the monotonic clock, however the wall clock is set, and leaves times in the store that a restart can go by', async () => {
        const worker = bench.worker()
        await worker.add(bench.task('a', 60_000))
        await worker.add(bench.task('late', 600_000))
        bench.clock.jump(-3_600_000)
        await worker.add(bench.task('b', 60_000))
        bench.clock.jump(7_200_000)
        await bench.advance(59_999, () => true)
        assert.deepEqual(bench.did, [])
        await bench.advance(1, () => bench.did.length === 2)
        assert.deepEqual(bench.did.toSorted(), ['a', 'b'])
        await bench.restart()
        const again = bench.worker()
        await bench.until(() => again.left !== undefined)
        assert.equal(again.left, 540_000)
    })

    it('goes by the wall clock again after the next start, where that was wrong at the start before', async () => {
        await bench.worker().add(bench.task('old', 600_000, { owner: 'old' }))
        bench.clock.jump(-HOUR)
        await bench.restart()
        const worker = bench.worker()
        await bench.until(() => worker.left !== undefined)
        await worker.add(bench.task('new', 900_000, { expiresAt: bench.clock.now() + HOUR }))
        bench.clock.jump(HOUR)
        await bench.advance(30_000, () => true)
        assert.equal(worker.left, 870_000)
        await bench.restart()
        const again = bench.worker()
        await bench.until(() => again.left !== undefined)
        assert.equal(again.left, 570_000)
        await bench.advance(570_000, () => bench.did.length === 1)
        assert.equal(again.left, 300_000)
        assert.deepEqual(bench.did, ['old'])
    })

    it('goes by the wall clock where it is told to', async () => {
        const worker = bench.worker({ follows: 'wall' })
        await worker.add(bench.task('a', 3_600_000))
        await bench.idle()
        bench.clock.jump(3_600_000)
        await bench.advance(30_000, () => bench.did.length === 1)
    })

    it('begins nothing early while times are being moved, also at the next worker', async () => {
        const { promise, resolve } = Promise.withResolvers<void>()
        const { tasks } = bench.db
        bench.open({ shift: (queues, ms) => promise.then(() => tasks.shift(queues, ms)) })
        const [one, other] = [bench.worker(), bench.worker({ kind: 'other' })]
        await Promise.all([one.add(bench.task('a', 3_600_000)), other.add(bench.task('b', 3_600_000))])
        await bench.idle()
        bench.clock.jump(7_200_000)
        await Promise.all([one.add(bench.task('c')), other.add(bench.task('d'))])
        await bench.clock.advanceAsync(30_000)
        await bench.idle()
        assert.deepEqual(bench.did, [])
        resolve()
        await bench.until(() => bench.did.length === 2)
        await bench.idle()
        assert.deepEqual(bench.did.toSorted(), ['c', 'd'])
        await bench.advance(3_570_000, () => bench.did.length === 4)
    })

    it('or ticks between whole milliseconds, misses nothing', async () => {
        bench.clock.advance(0.6)
        const worker = bench.worker()
        for (let i = 0; i < 20; i++) {
            await worker.add(bench.task(`${i}`, i % 3))
            await bench.clock.advanceAsync(0.3)
        }
        await bench.advance(3, () => bench.count() === 0)
        assert.equal(bench.did.length, 20)
    })

    /** Puts tasks into the store that a process before has added, due in an hour and some milliseconds. @returns when that was */
    async function keepMany(count: number): Promise<number> {
        await bench.idle()
        await bench.db.close()
        const now = bench.clock.now()
        await bench.store.ask(`
            insert into tasks (id, kind, queue, owner, due_at, expires_at, attempts, bytes, payload)
            with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
            select 't' || i, 'test', '', 'n1', ${now + HOUR} + i, ${now + 2 * HOUR} + i, 0, 0, '' from n`)
        await bench.store.ask(`insert into task_totals values ('test', 'n1', ${count}, 0)`)
        await bench.restart()
        return now
    }

    it('moves the times of many page by page, so that others are served in between, and none twice or never', async () => {
        await keepMany(5000)
        const begun = bench.clock.monotonic()
        const { tasks } = bench.db
        let pages = 0
        const meanwhile = async () => {
            if (++pages === 1) throw new Refusal(503, 'STORE_UNAVAILABLE', 'away')
            if (pages === 2)
                for (const id of ['t1', 't5000'])
                    await worker.change(id, { dueAt: bench.clock.now() + HOUR / 2, expiresAt: bench.clock.now() + HOUR })
            return tasks.shiftMore()
        }
        bench.open({ shiftMore: meanwhile })
        const worker = bench.worker()
        await bench.until(() => worker.left !== undefined)
        bench.clock.jump(-5 * HOUR)
        while (pages < 3) await bench.advance(30_000, () => true)
        await bench.idle()
        const now = worker.now
        const left = async (id: string) => {
            const { dueAt, expiresAt } = (await tasks.get(id))!
            return [dueAt - now, expiresAt! - now]
        }
        const [changed] = await left('t1')
        assert.deepEqual([await left('t5000'), changed! <= HOUR / 2], [await left('t1'), true])
        const rest = HOUR - (bench.clock.monotonic() - begun)
        for (const i of [2, 2000, 2001, 4001, 4999]) assert.deepEqual(await left(`t${i}`), [rest + i, rest + HOUR + i], `${i}`)
    })

    it('has all times as they were when the process ends while they are being moved', async () => {
        const before = await keepMany(5000)
        bench.open({ shiftMore: () => new Promise(() => {}) })
        const worker = bench.worker()
        await bench.until(() => worker.left !== undefined)
        bench.clock.jump(-5 * HOUR)
        await bench.advance(30_000, () => true)
        const { tasks } = bench.db
        await bench.until(async () => (await tasks.get('t1'))!.dueAt !== before + HOUR + 1)
        await bench.restart()
        await bench.tasks.begin(bench.closing.signal)
        for (const i of [1, 2000, 2001, 5000]) assert.equal((await bench.db.tasks.get(`t${i}`))!.dueAt, before + HOUR + i)
    })
})
