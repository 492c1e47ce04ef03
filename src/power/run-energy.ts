import type { Clock } from '../lib/index.ts'
import type { Reading } from './repository.ts'

/** How a run's energy is known: by the plug's own counter, by its power over time, or so but with a time without readings left out. */
export type EnergyQuality = 'counter' | 'integrated' | 'gap'

/** What counts the energy of an appliance's run. */
export interface RunEnergyPort {
    /** What is remembered over a restart. */
    readonly state: RunEnergyState
    take(reading: Pick<Reading, 'power' | 'total'>): void
    /** A run has begun with the last reading; what was used since the reading before it is part of the run. */
    begin(): void
    /** The run may have ended with the last reading. */
    mark(): void
}

export interface RunEnergyState {
    /** kWh since the run began. */
    kWh: number
    /** kWh from there to when it may have ended. */
    marked: number
    /** What both cost when they were used; null for a run that began without a price. */
    cost: number | null
    markedCost: number | null
    /** kWh on the plug's counter when it was last read; null if it has none. */
    total: number | null
    quality: EnergyQuality
}

const worst: readonly EnergyQuality[] = ['counter', 'integrated', 'gap']

/** Beyond so many milliseconds between two readings nobody knows what was drawn between them, however long the meter may be silent. */
const LONGEST_GAP = 300_000

/** Counts by the plug's counter or else, where it has none, by its power over time. Neither a reset nor a counter set back takes anything away. */
export class RunEnergy implements RunEnergyPort {
    readonly #clock: Clock
    readonly #longestGap: number
    readonly #price: () => number | null
    state: RunEnergyState
    /** The last power in W, and when it was read in monotonic time; none of this process yet after a restart. */
    #last: { power: number; at: number } | undefined
    /** What the last reading added. */
    #added: { kWh: number; quality: EnergyQuality } = { kWh: 0, quality: 'counter' }

    /**
     * @param silence milliseconds without a reading after which the meter is silent
     * @param state what was remembered
     * @param price tells what a kWh costs now; null without a price
     */
    constructor(clock: Clock, silence: number, state: RunEnergyState, price: () => number | null) {
        this.#clock = clock
        this.#longestGap = Math.min(silence, LONGEST_GAP)
        this.#price = price
        this.state = state
    }

    take({ power, total }: Pick<Reading, 'power' | 'total'>): void {
        const { state } = this
        this.#added = this.#counted(total) ?? this.#integrated(power)
        const quality = worst[Math.max(worst.indexOf(state.quality), worst.indexOf(this.#added.quality))]!
        const cost = state.cost === null ? null : state.cost + this.#added.kWh * (this.#price() ?? 0)
        this.state = { ...state, kWh: state.kWh + this.#added.kWh, cost, total: total ?? state.total, quality }
        if (power !== null) this.#last = { power, at: this.#clock.monotonic() }
    }

    begin(): void {
        const { kWh, quality } = this.#added
        const price = this.#price()
        const cost = price === null ? null : kWh * price
        // What was not read before the run is no gap in it.
        this.state = { ...this.state, kWh, marked: 0, cost, markedCost: cost && 0, quality: quality === 'gap' ? 'integrated' : quality }
    }

    mark(): void {
        this.state = { ...this.state, marked: this.state.kWh, markedCost: this.state.cost }
    }

    /** By the counter; one that says nothing for once will have counted all the same. */
    #counted(total: number | null) {
        const before = this.state.total ?? total
        if (before === null) return undefined
        return { kWh: Math.max((total ?? before) - before, 0), quality: 'counter' as const }
    }

    #integrated(power: number | null) {
        // The next reading that tells a power counts from the last one that did.
        if (power === null) return { kWh: 0, quality: this.state.quality }
        const last = this.#last
        const passed = last ? this.#clock.monotonic() - last.at : Number.POSITIVE_INFINITY
        if (!last || passed > this.#longestGap) return { kWh: 0, quality: 'gap' as const }
        return { kWh: (((last.power + power) / 2) * passed) / MS_PER_KWH, quality: 'integrated' as const }
    }
}

/** W times milliseconds in a kWh. */
const MS_PER_KWH = 3_600_000_000
