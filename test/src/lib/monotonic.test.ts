import assert from 'node:assert/strict'
import { retentionClock, systemClock } from '../../../src/lib/index.ts'
import { awakeAndAsleep } from '../../../src/lib/sleep.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('the monotonic reading', () => {
    const open = (resolution = 10) => {
        let awake = 1000
        let asleep = 0
        let broken = false
        const up = () => {
            if (broken) throw new Error('not permitted')
            return (Math.floor((77_000 + awake + asleep) / resolution) * resolution) / 1000
        }
        const read = awakeAndAsleep(() => awake, up)
        return {
            read,
            pass(ms: number) {
                awake += ms
            },
            sleep(ms: number) {
                asleep += ms
            },
            breaks(now: boolean) {
                broken = now
            },
        }
    }

    it('counts what the machine slept', () => {
        const { read, pass, sleep } = open()
        const start = read()
        pass(30_000)
        assert.equal(read() - start, 30_000)
        sleep(8 * HOUR)
        pass(1000)
        assert.ok(Math.abs(read() - start - 8 * HOUR - 31_000) <= 10)
        pass(1000)
        assert.ok(Math.abs(read() - start - 8 * HOUR - 32_000) <= 10)
    })

    it('never goes back, and is not led astray by an uptime in whole seconds', () => {
        const { read, pass } = open(1000)
        const start = read()
        let last = start
        for (let i = 0; i < 10_000; i++) {
            pass(333)
            const now = read()
            assert.ok(now >= last)
            last = now
        }
        assert.equal(last - start, 3_330_000)
    })

    it('goes on where nobody tells how long the machine has been up', () => {
        const { read, pass, sleep, breaks } = open()
        const start = read()
        breaks(true)
        pass(5000)
        assert.equal(read() - start, 5000)
        breaks(false)
        sleep(HOUR)
        pass(5000)
        assert.equal(read() - start, 10_000)
        sleep(HOUR)
        pass(5000)
        assert.ok(read() - start >= HOUR)
    })

    it('keeps pace with the machine', async () => {
        // Read before and after, for the machine may do something else in between.
        const read = () => [performance.now(), systemClock.monotonic(), performance.now()] as const
        const begin = read()
        await new Promise((resolve) => systemClock.after(50, () => resolve(undefined)))
        const end = read()
        const passed = end[1] - begin[1]
        assert.ok(passed > end[0] - begin[2] - 5 && passed < end[2] - begin[0] + 5, `${[...begin, ...end]}`)
    })
})

describe('retentionClock', () => {
    it('has whole milliseconds, as databases take no others', () => assert.ok(Number.isInteger(retentionClock(systemClock)())))

    it('is the wall clock while nobody sets it, also where it is slewed, and over a sleep', () => {
        const clock = new FakeClock()
        const today = retentionClock(clock)
        for (let i = 0; i < 100; i++) {
            clock.advance(HOUR)
            clock.jump(i % 2 ? 20_000 : -10_000)
            assert.equal(today(), clock.now())
        }
        clock.sleep(DAY)
        assert.equal(today(), clock.now())
    })

    it('follows at once what is set back, and a leap forward only once it has stood for a day', () => {
        const clock = new FakeClock()
        const today = retentionClock(clock)
        clock.jump(-HOUR)
        assert.equal(today(), clock.now())
        clock.jump(1000 * DAY)
        for (let i = 0; i < 24; i++) {
            assert.equal(today(), clock.now() - 1000 * DAY)
            clock.advance(HOUR)
        }
        assert.equal(today(), clock.now())
    })

    it('does not count together two different leaps', () => {
        const clock = new FakeClock()
        const today = retentionClock(clock)
        clock.jump(1000 * DAY)
        assert.equal(today(), clock.now() - 1000 * DAY)
        clock.advance(23 * HOUR)
        clock.jump(DAY)
        assert.equal(today(), clock.now() - 1001 * DAY)
        clock.advance(2 * HOUR)
        assert.equal(today(), clock.now() - 1001 * DAY)
        clock.jump(-1001 * DAY)
        assert.equal(today(), clock.now())
    })
})
