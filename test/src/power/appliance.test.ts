import assert from 'node:assert/strict'
import { Appliance, type ApplianceOptions } from '../../../src/power/appliance.ts'
import type { ApplianceEvent, ApplianceState } from '../../../src/power/appliance-event.ts'
import { RunEnergy, type RunEnergyState } from '../../../src/power/run-energy.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const SECOND = 1000

/** An event of whichever kind. */
type Told = { kind: ApplianceEvent['kind']; at: number; energy?: number | null; duration?: number | null; quality?: string }

describe('Appliance', () => {
    const thresholds = { startPower: 10, startHold: 10 * SECOND, finishPower: 5, finishHold: 60 * SECOND }
    const none = { longestPause: 0, shortestRun: 0, silence: Number.POSITIVE_INFINITY, learnFor: 120 * SECOND }
    const open = (state?: Partial<ApplianceState>, clock = new FakeClock(0), options: Partial<ApplianceOptions> = {}) => {
        const events: Told[] = []
        const closing = new AbortController()
        const openEnergy = (remembered: RunEnergyState) => new RunEnergy(clock, none.silence, remembered, () => null)
        let kept: Partial<ApplianceState> | undefined = state
        const appliance = new Appliance(
            { clock, ...thresholds, ...none, openEnergy, ...options, signal: closing.signal },
            state,
            (remembered, event) => {
                kept = remembered
                if (event) events.push(event)
            },
        )
        let total = 0
        /** Draws so much for so many seconds, with a reading every so often. */
        const draw = (power: number, seconds: number, every = 5) => {
            for (let passed = 0; passed < seconds; passed += every) {
                appliance.take({ at: clock.now(), power, total })
                clock.advance(every * SECOND)
                total += power / 1000
            }
        }
        return { appliance, clock, closing, events, draw, kept: () => kept }
    }

    it('has started and finished when it really did, which was the hold time before it is told', () => {
        const { clock, events, draw } = open()
        draw(1, 100)
        draw(2000, 300)
        assert.deepEqual(events, [{ kind: 'appliance-started', at: 100 * SECOND, energy: null, duration: null }])
        draw(1, 55)
        assert.equal(events.length, 1)
        draw(1, 10)
        const [, finished] = events
        assert.equal(finished?.kind, 'appliance-finished')
        assert.deepEqual([finished.at, finished.duration], [400 * SECOND, 300 * SECOND])
        clock.advance(1_000_000)
        assert.equal(events.length, 2)
    })

    it('counts the energy of the run', () => {
        const { events, draw } = open()
        draw(1, 20)
        draw(2000, 100)
        draw(0, 70)
        // Twenty readings at 2 kW add 2 each to this meter.
        assert.ok(Math.abs(events.at(-1)!.energy! - 40) < 0.01, `${events.at(-1)!.energy}`)
    })

    for (const every of [1, 30])
        it(`goes by time: a reading every ${every} s makes no difference`, () => {
            const { clock, events, draw } = open()
            draw(0, 60, every)
            draw(100, 120, every)
            draw(0, 120, every)
            clock.advance(60 * SECOND)
            assert.deepEqual(
                events.map(({ kind, at }) => [kind, at]),
                [
                    ['appliance-started', 60 * SECOND],
                    ['appliance-finished', 180 * SECOND],
                ],
            )
        })

    it('is not taken in by what is shorter than the hold times', () => {
        const { events, draw } = open()
        draw(1, 20)
        draw(2000, 5)
        draw(1, 20)
        assert.deepEqual(events, [])
        draw(2000, 20)
        for (let dip = 0; dip < 5; dip++) {
            draw(0, 50)
            draw(2000, 10)
        }
        assert.deepEqual(
            events.map(({ kind }) => kind),
            ['appliance-started'],
        )
    })

    it('keeps its state between the thresholds', () => {
        const { events, draw } = open()
        draw(7, 100)
        assert.deepEqual(events, [])
        draw(20, 20)
        draw(7, 1000)
        assert.equal(events.length, 1)
    })

    it('neither starts nor finishes while the meter is silent', () => {
        const { appliance, clock, events, draw } = open()
        const take = (power: number, total: number | null = 0) => appliance.take({ at: clock.now(), power, total })
        take(60)
        clock.advance(3600 * SECOND)
        assert.deepEqual([events.length, clock.pending], [0, 0])
        take(1)
        draw(100, 30)
        take(0, 1)
        clock.advance(3600 * SECOND)
        assert.equal(events.length, 1)
        take(0, 1)
        assert.deepEqual([events.at(-1)?.kind, events.at(-1)?.energy], ['appliance-finished', 1])
    })

    it('neither starts nor finishes while the plug cannot be heard, and what began before begins anew', () => {
        const { appliance, clock, events, draw } = open()
        const take = (power: number) => appliance.take({ at: clock.now(), power, total: 0 })
        take(60)
        appliance.see(false, false)
        clock.advance(20 * SECOND)
        appliance.see(false, true)
        take(60)
        assert.equal(events.length, 0)
        clock.advance(10 * SECOND)
        take(60)
        assert.equal(events.length, 1)
        draw(60, 10)
        appliance.see(true, true)
        clock.advance(30 * SECOND)
        appliance.see(true, false)
        clock.advance(600 * SECOND)
        assert.equal(events.length, 1)
        appliance.see(true, true)
        const at = clock.now()
        clock.advance(60 * SECOND)
        assert.deepEqual([events.at(-1)?.kind, events.at(-1)?.at], ['appliance-finished', at])
    })

    it('has finished some time after the socket went off, without a reading, unless it goes on again', () => {
        const { appliance, clock, events, draw } = open()
        draw(100, 30)
        appliance.see(true, true)
        clock.advance(59 * SECOND)
        appliance.see(false, true)
        draw(100, 600)
        assert.equal(events.length, 1)
        appliance.see(true, true)
        const at = clock.now()
        clock.advance(60 * SECOND)
        assert.deepEqual([events.at(-1)?.kind, events.at(-1)?.at], ['appliance-finished', at])
    })

    it('knows what the meter said before, though it said nothing for once', () => {
        const { appliance, clock, events } = open()
        const take = (power: number | null, total: number | null) => appliance.take({ at: clock.now(), power, total })
        take(1, 5)
        take(1, null)
        take(null, 6)
        take(100, null)
        clock.advance(10 * SECOND)
        take(100, 7)
        take(0, null)
        clock.advance(60 * SECOND)
        take(0, null)
        assert.equal(events.at(-1)?.energy, 1)
    })

    it('remembers over a restart that it runs, and since when', () => {
        const first = open()
        first.draw(100, 60)
        first.closing.abort()
        assert.equal(first.clock.pending, 0)
        const second = open(first.kept(), first.clock)
        assert.equal(second.appliance.running, true)
        second.draw(0, 70)
        assert.deepEqual(
            second.events.map(({ kind, duration }) => [kind, duration]),
            [['appliance-finished', 60 * SECOND]],
        )
    })

    it('adds up the power of a meter that tells no energy, and ignores one that tells no power', () => {
        const { appliance, clock, events } = open()
        const take = (power: number | null) => appliance.take({ at: clock.now(), power, total: null })
        take(100)
        clock.advance(5 * SECOND)
        take(null)
        clock.advance(5 * SECOND)
        take(100)
        take(0)
        clock.advance(60 * SECOND)
        take(0)
        const [started, finished] = events
        assert.deepEqual([started?.energy, finished?.quality], [null, 'integrated'])
        // 100 W for ten seconds.
        assert.ok(Math.abs(finished!.energy! - 1 / 3600) < 1e-9, `${finished!.energy}`)
    })

    it('holds and measures as long as ever, however the wall clock is set meanwhile', () => {
        for (const jump of [-3_600_000, 3_600_000]) {
            const { clock, events, draw } = open()
            draw(2000, 5)
            clock.jump(jump)
            draw(2000, 10)
            assert.equal(events.length, 1)
            clock.jump(jump)
            draw(2000, 85)
            clock.jump(-jump)
            draw(1, 65)
            assert.deepEqual([events.length, events[1]?.duration], [2, 100 * SECOND])
        }
    })

    it('never counts less than nothing when the meter was reset', () => {
        const { appliance, clock, events } = open()
        appliance.take({ at: clock.now(), power: 100, total: 500 })
        clock.advance(20 * SECOND)
        appliance.take({ at: clock.now(), power: 100, total: 500 })
        appliance.take({ at: clock.now(), power: 0, total: 1 })
        clock.advance(60 * SECOND)
        appliance.take({ at: clock.now(), power: 0, total: 1 })
        assert.equal(events.at(-1)?.energy, 0)
    })
})
