import assert from 'node:assert/strict'
import { TaskBench } from './bench.ts'

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
        const hour = 3_600_000
        await bench.worker().add(bench.task('old', 600_000, { owner: 'old' }))
        bench.clock.jump(-hour)
        await bench.restart()
        const worker = bench.worker()
        await bench.until(() => worker.left !== undefined)
        await worker.add(bench.task('new', 900_000, { expiresAt: bench.clock.now() + hour }))
        bench.clock.jump(hour)
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
})
