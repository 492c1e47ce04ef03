import assert from 'node:assert/strict'
import { Meter } from '../../../src/power/meter.ts'
import type { Reading } from '../../../src/power/repository.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('Meter', () => {
    const open = (intervals = { interval: 5000, idleInterval: 60_000 }) => {
        const clock = new FakeClock()
        const closing = new AbortController()
        const asked: number[] = []
        const start = clock.now()
        const plug = {
            connected: true,
            relay: 'on' as const,
            measuring: false,
            measure() {
                asked.push(clock.now() - start)
                const reading = { at: clock.now() } as Reading
                meter.take(reading)
                return Promise.resolve(reading)
            },
        }
        const meter: Meter = new Meter(plug, { clock, ...intervals, signal: closing.signal })
        return { clock, closing, asked, plug, meter }
    }

    it('has a bounded number of readings kept, however many come', () => {
        const { clock, meter } = open()
        const from = clock.now()
        const kept = Array.from({ length: 8000 }, (_, i) => from + i).filter((at) => meter.isKept(at))
        assert.ok(kept.length >= 170 && kept.length <= 190, String(kept.length))
        assert.equal(kept[0], from)
        // All of those that come at a pace a person would set, also when the clock was set back.
        for (const start of [from + 60_000, from - 60_000]) for (let i = 0; i < 1000; i++) assert.equal(meter.isKept(start + 100 * i), true)
    })

    it('reads as often as somebody wants while the plug is on, and only as it is set to while it is off', () => {
        const { clock, asked, plug, meter } = open({ interval: 5000, idleInterval: 0 })
        const done = new AbortController()
        Object.assign(plug, { relay: 'off' })
        meter.adjust(false)
        meter.readEvery(2000, done.signal)
        clock.advance(10_000)
        assert.deepEqual(asked, [])
        Object.assign(plug, { relay: 'on' })
        clock.advance(4000)
        meter.adjust(true)
        clock.advance(2000)
        done.abort()
        clock.advance(10_000)
        assert.deepEqual(asked, [12_000, 14_000, 16_000, 21_000, 26_000])
        meter.adjust(false)
        assert.equal(clock.pending, 0)
    })

    it('reads at the pace of what goes on', () => {
        const { clock, asked, meter } = open()
        meter.adjust(false)
        clock.advance(120_000)
        meter.adjust(true)
        clock.advance(10_000)
        meter.adjust(true)
        clock.advance(4000)
        meter.adjust(true)
        clock.advance(1000)
        meter.adjust(false)
        clock.advance(60_000)
        assert.deepEqual(asked, [60_000, 120_000, 125_000, 130_000, 135_000, 195_000])
    })

    it('reads not at all when it need not, cannot or is closed', () => {
        const { clock, closing, asked, plug, meter } = open({ interval: 5000, idleInterval: 0 })
        meter.adjust(false)
        clock.advance(100_000)
        plug.connected = false
        meter.adjust(true)
        clock.advance(20_000)
        assert.deepEqual(asked, [])
        closing.abort()
        assert.equal(clock.pending, 0)
        meter.adjust(false)
        meter.adjust(true)
        assert.equal(clock.pending, 0)
    })

    it('gives the last reading while it is fresh and not from before what is asked for', async () => {
        const { clock, asked, meter } = open({ interval: 3_600_000, idleInterval: 0 })
        const last = { at: clock.now() } as Reading
        meter.take(last)
        assert.equal(await meter.current(0), last)
        clock.advance(1000)
        assert.equal(await meter.current(0), last)
        assert.notEqual(await meter.current(clock.monotonic()), last)
        clock.advance(5001)
        assert.notEqual(await meter.current(0), last)
        assert.equal(asked.length, 2)
    })

    it('knows how old a reading is however the wall clock is set', async () => {
        for (const jump of [-3_600_000, 3_600_000]) {
            const { clock, asked, meter } = open({ interval: 5000, idleInterval: 0 })
            meter.take({ at: clock.now() } as Reading)
            clock.jump(jump)
            await meter.current(0)
            assert.equal(asked.length, 0)
            clock.advance(5001)
            await meter.current(0)
            assert.equal(asked.length, 1)
        }
    })

    it('remembers the first and the latest', () => {
        const { meter } = open()
        for (const power of [1, 2, 3]) meter.take({ power } as Reading)
        assert.deepEqual([meter.first?.power, meter.latest?.power], [1, 3])
    })
})
