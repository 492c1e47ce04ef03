import assert from 'node:assert/strict'
import { HostQueue } from '../../../src/jobs/host-queue.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('the turns of packages', () => {
    const never = new AbortController().signal
    const settle = () => new Promise((resolve) => setImmediate(resolve))

    /** Something that has begun, and ends when it is told to. */
    const work = (begun: string[], name: string) => {
        const { promise, resolve } = Promise.withResolvers<void>()
        const run = () => {
            begun.push(name)
            return promise
        }
        return { end: resolve, run }
    }

    it('come in order, few for each host and not many in all', async () => {
        const clock = new FakeClock()
        const queue = new HostQueue(clock, { host: 2, all: 3 })
        const begun: string[] = []
        const all = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((name) => {
            const { end, run } = work(begun, name)
            return { end, done: queue.run(name[0]!, never, run) }
        })
        await settle()
        assert.deepEqual(begun, ['a1', 'a2', 'b1'])
        const steps: [number, string[]][] = [
            [3, ['a1', 'a2', 'b1', 'b2']],
            [0, ['a1', 'a2', 'b1', 'b2', 'a3']],
            [1, ['a1', 'a2', 'b1', 'b2', 'a3', 'c1']],
        ]
        for (const [ended, expected] of steps) {
            all[ended]!.end()
            await settle()
            assert.deepEqual(begun, expected)
        }
        for (const { end } of all) end()
        await Promise.all(all.map(({ done }) => done))
        assert.equal(clock.pending, 0)
    })

    it('go to nobody who leaves in the same moment', async () => {
        const clock = new FakeClock()
        const queue = new HostQueue(clock, { host: 1 })
        const ending = new AbortController()
        const { promise, resolve } = Promise.withResolvers<void>()
        ending.signal.addEventListener('abort', () => resolve())
        const first = queue.run('a', ending.signal, () => promise)
        const left = queue.run('a', ending.signal, async () => {})
        ending.abort(new Error('closing'))
        await assert.rejects(left, /closing/)
        await first
        assert.equal(await queue.run('a', never, async () => 'done'), 'done')
        assert.equal(clock.pending, 0)
    })

    it('are given up by those who wait too long, are too many or are no longer wanted, and go on after a failure', async () => {
        const clock = new FakeClock()
        const queue = new HostQueue(clock, { host: 1, waiting: 2, patience: 5000 })
        const begun: string[] = []
        const first = work(begun, 'first')
        const ending = new AbortController()
        const done = queue.run('a', never, async () => {
            await first.run()
            throw new Error('no answer')
        })
        const run = (signal = never) => queue.run('a', signal, async () => 'done')
        const [left, late] = [run(ending.signal), run()]
        await assert.rejects(run(), /2 others wait/)
        ending.abort(new Error('closing'))
        await assert.rejects(left, /closing/)
        await assert.rejects(run(ending.signal), /closing/)
        clock.advance(5000)
        await assert.rejects(late, /not its turn within 5 s/)
        const next = run()
        first.end()
        await assert.rejects(done, /no answer/)
        assert.equal(await next, 'done')
        assert.equal(await run(), 'done')
        assert.equal(clock.pending, 0)
    })
})
