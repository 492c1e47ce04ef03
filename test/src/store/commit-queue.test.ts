import assert from 'node:assert/strict'
import { turn } from '../../../src/lib/index.ts'
import { CommitQueue } from '../../../src/store/commit-queue.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('the queue of what is to be committed', () => {
    let clock: FakeClock
    let sizes: number[]

    /** @param took milliseconds of a commit */
    const queueOf = (took: number) =>
        new CommitQueue<number>(
            (writes) => {
                sizes.push(writes.length)
                clock.advance(took)
                return Promise.resolve([])
            },
            () => new Error('full'),
            clock,
        )
    /** Two more in each turn of the event loop, which takes so many milliseconds. */
    async function trickle(queue: CommitQueue<number>, turns: number, takes = 0): Promise<void> {
        const written: Promise<void>[] = []
        for (let i = 0; i < turns; i++) {
            written.push(queue.push(i), queue.push(i))
            await turn()
            clock.advance(takes)
        }
        await Promise.all(written)
    }

    beforeEach(() => {
        clock = new FakeClock()
        sizes = []
    })

    it('commits at once what nothing follows', async () => {
        const queue = queueOf(5)
        await queue.push(1)
        clock.advance(1000)
        const written = queue.push(2)
        await turn()
        await turn()
        assert.deepEqual(sizes, [1, 1])
        await written
    })

    it('gathers for as long as the last commit took, while each turn brings more', async () => {
        const queue = queueOf(5)
        await queue.push(0)
        // The clock stands still: there is always time left for one more.
        await trickle(queue, 30)
        assert.deepEqual(sizes, [1, 60])
    })

    it('gathers for a few turns where a commit costs nothing', async () => {
        const queue = queueOf(0)
        await queue.push(0)
        await trickle(queue, 30)
        assert.ok(sizes.length > 5, `${sizes}`)
    })

    it('does not wait for more than it commits at once', async () => {
        const queue = queueOf(5)
        await queue.push(0)
        await Promise.all(Array.from({ length: 600 }, (_, i) => queue.push(i)))
        assert.deepEqual(sizes, [1, 250, 250, 100])
    })

    it('puts nothing off for longer than 10 ms, however slow the disk', async () => {
        const queue = queueOf(500)
        await queue.push(0)
        await trickle(queue, 40, 1)
        // Ten turns of a millisecond, and the one that was under way.
        assert.ok(sizes[1]! >= 18 && sizes[1]! <= 24, `${sizes}`)
    })

    describe('on a slow disk', () => {
        let queue: CommitQueue<number>

        beforeEach(async () => {
            queue = queueOf(8)
            await Promise.all([queue.push(1), queue.push(2), queue.push(3)])
        })

        it('waits for as many as came last', async () => {
            const written = [queue.push(4)]
            for (let i = 0; i < 2; i++) {
                await turn()
                clock.advance(1)
                written.push(queue.push(5))
            }
            await Promise.all(written)
            assert.deepEqual(sizes, [3, 3])
        })

        it('waits for half the time that a commit takes, and not again for those who did not come', async () => {
            const began = clock.monotonic()
            const written = queue.push(4)
            while (sizes.length === 1) {
                await turn()
                if (clock.pending > 0) clock.advance(1)
            }
            await written
            assert.deepEqual(sizes, [3, 1])
            assert.ok(clock.monotonic() - began - 8 <= 5)
            await queue.push(5)
            assert.deepEqual(sizes, [3, 1, 1])
        })
    })

    it('commits at the end of the turn what is urgent, with all that waits', async () => {
        const queue = queueOf(5)
        const written = [queue.push(1), queue.push(2), queue.push(3, 'now'), queue.push(4, 'along')]
        await Promise.all(written)
        assert.deepEqual(sizes, [4])
        await turn()
        assert.deepEqual(sizes, [4])
    })

    it('commits what nobody waits for along with what comes next, or after a tenth of a second', async () => {
        const queue = queueOf(1)
        const first = queue.push(1, 'along')
        await turn()
        assert.deepEqual(sizes, [])
        await Promise.all([first, queue.push(2)])
        const second = queue.push(3, 'along')
        clock.advance(99)
        await turn()
        assert.deepEqual(sizes, [2])
        clock.advance(1)
        await second
        assert.deepEqual(sizes, [2, 1])
    })

    it('commits what nobody waits for when somebody waits for the queue to be empty', async () => {
        const queue = queueOf(1)
        const written = queue.push(1, 'along')
        await queue.idle()
        await written
        // One that comes while others are committed.
        const others = [queue.push(2, 'now'), Promise.resolve().then(() => queue.push(3, 'along'))]
        await queue.idle()
        await Promise.all(others)
        assert.deepEqual(sizes, [1, 1, 1])
    })

    it('waits for nobody where a commit takes less than looking would', async () => {
        const queue = queueOf(0.5)
        await Promise.all([queue.push(1), queue.push(2)])
        await queue.push(3)
        assert.deepEqual(sizes, [2, 1])
        assert.equal(clock.pending, 0)
    })
})
