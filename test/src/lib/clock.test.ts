import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { backoff, systemClock } from '../../../src/lib/index.ts'

describe('backoff', () => {
    it('doubles up to its limit, however often it is tried', () => {
        assert.deepEqual(
            [1, 2, 3, 5, 6, 7, 2000].map((tries) => backoff(tries)),
            [1000, 2000, 4000, 16_000, 30_000, 30_000, 30_000],
        )
        assert.equal(backoff(3, 10, 25), 25)
    })
})

describe('the system clock', () => {
    const DAY = 86_400_000
    beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
    afterEach(() => mock.timers.reset())

    it('calls after what setTimeout cannot wait for, not before', () => {
        let calls = 0
        systemClock.after(60 * DAY, () => calls++)
        const stage = 2 ** 31 - 1
        for (const ms of [stage, stage, 60 * DAY - 2 * stage - 1]) mock.timers.tick(ms)
        assert.equal(calls, 0)
        mock.timers.tick(1)
        assert.equal(calls, 1)
        mock.timers.tick(100 * DAY)
        assert.equal(calls, 1)
    })

    it('takes a call back also after its first stage', () => {
        const cancel = systemClock.after(60 * DAY, () => assert.fail('it was taken back'))
        for (let day = 1; day < 40; day++) mock.timers.tick(DAY)
        cancel()
        for (let day = 1; day < 40; day++) mock.timers.tick(DAY)
    })

    it('calls at once for what is past, but not before it returns', () => {
        let calls = 0
        const cancel = systemClock.after(-5, () => calls++)
        assert.equal(calls, 0)
        mock.timers.tick(1)
        assert.equal(calls, 1)
        cancel()
    })

    it('tells the time of the day', () => assert.ok(Math.abs(systemClock.now() - Date.now()) < 1000))
})
