import assert from 'node:assert/strict'
import { Work } from '../../../src/fleet/work.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { refused } from '../../support/refused.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('the work on views and queries', () => {
    let clock: FakeClock
    let work: Work
    let log: string[]
    beforeEach(() => {
        clock = new FakeClock()
        work = new Work(clock)
        log = []
    })
    function* job(name: string, steps: number, ms: number): Generator<void, string, undefined> {
        for (let step = 1; step <= steps; step++) {
            clock.advance(ms)
            log.push(`${name}${step}`)
            yield
        }
        return name
    }
    function* silent(steps: Generator): Generator<void, void, undefined> {
        for (const _ of steps) yield
    }

    it('is done at once where there is time', () => {
        work.add(silent(job('a', 3, 1)), () => log.push('over'))
        assert.deepEqual(log, ['a1', 'a2', 'a3', 'over'])
    })

    it('lets the event loop go on after ten milliseconds, and all jobs have their turns', async () => {
        const answers = [work.answer(job('a', 20, 2)), work.answer(job('b', 2, 2))]
        assert.equal(log.length, 5)
        const from = clock.monotonic()
        await turn()
        assert.ok(clock.monotonic() - from <= 12, 'a turn is too long')
        assert.equal(await answers[1], 'b')
        assert.ok(!log.includes('a20'))
        assert.equal(await answers[0], 'a')
        assert.equal(log.length, 22)
    })

    it('goes on when a job fails or is given up', async () => {
        function* failing(): Generator<void, void, undefined> {
            yield
            throw new Error('no')
        }
        const cancel = work.add(silent(job('a', 100, 6)), () => log.push('a over'))
        const failed = assert.rejects(work.answer(failing()), /no/)
        const other = work.answer(job('b', 3, 6))
        cancel()
        await failed
        assert.equal(await other, 'b')
        assert.ok(!log.includes('a over') && !log.includes('a100'))
    })

    it('refuses more answers than may wait', async () => {
        const answers = Array.from({ length: 104 }, (_, n) => work.answer(job(`${n} `, 2, 8)))
        await assert.rejects(work.answer(job('more', 1, 1)), refused(429, 'TOO_MANY_REQUESTS'))
        assert.equal(new Set(await Promise.all(answers)).size, 104)
        assert.equal(await work.answer(job('again', 1, 1)), 'again')
    })
})
