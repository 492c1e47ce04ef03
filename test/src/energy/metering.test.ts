import assert from 'node:assert/strict'
import { advance, estimate, firstState, type MeterReading, type MeterState, withPower } from '../../../src/energy/metering.ts'
import { random } from '../../support/random.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const reading = (total: number | null, power: number | null = null, today: number | null = null): MeterReading => ({ total, today, power })
/** Tasmota shows three digits of a kWh. */
const shown = (wh: number) => Math.floor(wh) / 1000

/** A meter that takes readings one after the other, each so many milliseconds after the one before. */
function taken(...steps: [ms: number, reading: MeterReading, isResumed?: boolean][]) {
    let state: MeterState = firstState(steps[0]![1])
    const qualities: (string | undefined)[] = []
    for (const [ms, next, isResumed] of steps.slice(1)) {
        const stretch = advance(state, next, ms, isResumed)
        assert.ok(stretch.energy >= 0)
        state = stretch.state
        qualities.push(stretch.quality)
    }
    return { state, qualities, energy: state.energy }
}

describe('metering', () => {
    it('goes by Total, however long the plug was silent', () => {
        const { energy, qualities } = taken([0, reading(12)], [24 * HOUR, reading(14.5)])
        assert.deepEqual([energy, qualities], [2500, ['counter']])
    })

    it('is finer than the counter shows, by power, and never further from it than that', () => {
        const first = taken([0, reading(12, 60)], [30_000, reading(12, 60)])
        assert.ok(Math.abs(first.energy - 0.5) < 1e-9)
        const long = taken([0, reading(12, 900)], ...Array.from({ length: 50 }, () => [5000, reading(12, 900)] as [number, MeterReading]))
        assert.ok(Math.abs(long.energy - 1) < 1e-9, 'a power that the counter denies counts for one Wh at the most')
    })

    it('goes by Today without Total, and over midnight by power', () => {
        const day = taken([0, reading(null, 1200, 3)], [MINUTE, reading(null, 1200, 3.02)])
        assert.deepEqual([Math.round(day.energy), day.qualities], [20, ['counter']])
        const midnight = taken([0, reading(null, 1200, 9.99)], [MINUTE, reading(null, 1200, 0.01)])
        assert.deepEqual([Math.round(midnight.energy), midnight.qualities], [20, ['integrated']])
    })

    it('counts what a counter shows that began anew while nobody heard of it, and says that there is a gap', () => {
        const { energy, qualities } = taken([0, reading(null, 1200, 9)], [5 * HOUR, reading(null, 1200, 2)])
        assert.deepEqual([energy, qualities], [2000, ['gap']])
    })

    it('goes on over a reset', () => {
        const { energy, qualities } = taken(
            [0, reading(500, 600)],
            [MINUTE, reading(500.01, 600)],
            [MINUTE, reading(0, 600)],
            [MINUTE, reading(0.01, 600)],
        )
        assert.ok(Math.abs(energy - 30) < 1.001)
        assert.deepEqual(qualities, ['counter', 'integrated', 'counter'])
    })

    it('takes no counter for true that jumps, up and down again', () => {
        const { energy, qualities } = taken(
            [0, reading(5, 600)],
            [MINUTE, reading(9000, 600)],
            [MINUTE, reading(5.02, 600)],
            [MINUTE, reading(5.03, 600)],
        )
        assert.ok(Math.abs(energy - 30) < 1.001)
        assert.deepEqual(qualities, ['integrated', 'integrated', 'counter'])
    })

    it('integrates power where there is no counter, but not over a silence', () => {
        const { energy, qualities } = taken([0, reading(null, 1000)], [MINUTE, reading(null, 2000)], [HOUR, reading(null, 2000)])
        assert.deepEqual([energy, qualities], [25, ['integrated', 'gap']])
    })

    it('goes on with a counter that was missing for once, and counts nothing twice', () => {
        const { energy } = taken([0, reading(1, 600)], [MINUTE, reading(null, 600)], [MINUTE, reading(1.02, 600)])
        assert.ok(Math.abs(energy - 20) < 1.001)
    })

    it('counts nothing for power that is fed in', () => {
        assert.equal(taken([0, reading(null, -500)], [MINUTE, reading(null, -700)]).energy, 0)
    })

    it('believes a counter after a restart, whatever the wall clock says has passed', () => {
        for (const ms of [-HOUR, 0, 5 * 365 * 24 * HOUR]) assert.equal(taken([0, reading(7)], [ms, reading(7.5), true]).energy, 500)
        assert.equal(taken([0, reading(7)], [0, reading(7500), true]).energy, 0, 'it is another plug')
    })

    it('makes good at the next reading what was estimated', () => {
        const at = firstState(reading(3, 1000))
        const guess = estimate(at, 36_000)
        assert.equal(guess.energy, 10)
        const { state, energy } = advance(guess.state, reading(3.004, 0), 1000)
        assert.ok(energy < 1e-9)
        assert.ok(state.energy === 10 && advance(state, reading(3.02, 0), MINUTE).state.energy <= 21)
        assert.equal(estimate(at, 2 * HOUR).energy, 0, 'nobody knows after so long')
        assert.equal(estimate(withPower(at, 0), 36_000).energy, 0)
    })

    it('never goes back nor beyond what was used, whatever the plug says', () => {
        for (let seed = 1; seed <= 200; seed++) {
            const next = random(seed)
            let state = firstState(reading(1000, 0))
            let [used, base, power, allowance] = [0, 1_000_000, 0, 1]
            for (let i = 0; i < 200; i++) {
                const ms = Math.ceil(next() * 20_000)
                const drawn = next() * 3000
                used += ((power + drawn) / 2) * (ms / HOUR)
                power = drawn
                // What may be wrong of each of those is what one stretch is worth, and what the counter does not show.
                const trouble = next()
                if (trouble < 0.05) base = -used
                const lie = trouble > 0.95 ? 1e6 * (next() - 0.3) : 0
                if (trouble < 0.05 || trouble > 0.95) allowance += 2 * ((3000 * 20_000) / HOUR + 1)
                const total = trouble > 0.9 && trouble < 0.95 ? null : shown(base + used + lie)
                const stretch = advance(state, reading(total, power), ms)
                assert.ok(stretch.energy >= 0 && stretch.state.steps > state.steps)
                state = stretch.state
                assert.ok(Math.abs(state.energy - used) <= allowance + 1, `seed ${seed}: ${state.energy} is not ${used}`)
            }
        }
    })
})
