import assert from 'node:assert/strict'
import { PacedQueue } from '../../../src/fleet/paced-queue.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { refused } from '../../support/refused.ts'

describe('a queue', () => {
    it('does one thing after the other, and rests as long as each took', async () => {
        const clock = new FakeClock()
        const queue = new PacedQueue(clock, 10, new AbortController().signal)
        const done: string[] = []
        const work = (name: string, ms: number) => async () => {
            done.push(`${name} begins`)
            clock.advance(ms)
            await new Promise(setImmediate)
            done.push(`${name} ends`)
            return name
        }
        const first = queue.take(work('a', 300))
        const second = queue.take(work('b', 0))
        const third = queue.take(work('c', 0))
        assert.equal(await first, 'a')
        await new Promise(setImmediate)
        assert.deepEqual([done, clock.pending], [['a begins', 'a ends'], 1])
        clock.advance(299)
        await new Promise(setImmediate)
        assert.equal(done.length, 2)
        clock.advance(1)
        assert.deepEqual(await Promise.all([second, third]), ['b', 'c'])
        assert.deepEqual(done.slice(2), ['b begins', 'b ends', 'c begins', 'c ends'])
    })

    it('goes on after a failure, and refuses when too many wait', async () => {
        const queue = new PacedQueue(new FakeClock(), 2, new AbortController().signal)
        const failing = assert.rejects(
            queue.take(async () => assert.fail('oops')),
            /oops/,
        )
        const next = queue.take(async () => 'next')
        await assert.rejects(
            queue.take(async () => 'too much'),
            refused(429, 'TOO_MANY_REQUESTS'),
        )
        await failing
        assert.equal(await next, 'next')
        assert.equal(await queue.take(async () => 'again'), 'again')
    })

    it('rests ten seconds at most, should the machine sleep meanwhile, and not for a clock that was set', async () => {
        const clock = new FakeClock()
        const queue = new PacedQueue(clock, 2, new AbortController().signal)
        await queue.take(async () => clock.jump(86_400_000))
        await queue.take(async () => clock.sleep(86_400_000))
        const next = queue.take(async () => 'next')
        await new Promise(setImmediate)
        clock.advance(10_000)
        assert.equal(await next, 'next')
    })

    it('waits no longer between two once it is over', async () => {
        const clock = new FakeClock()
        const ending = new AbortController()
        const queue = new PacedQueue(clock, 2, ending.signal)
        await queue.take(async () => clock.sleep(86_400_000))
        const next = queue.take(async () => 'next')
        await new Promise(setImmediate)
        assert.equal(clock.pending, 1)
        clock.advance(9999)
        assert.equal(clock.pending, 1)
        ending.abort()
        assert.equal(await next, 'next')
        assert.equal(clock.pending, 0)
    })
})
