import { noise } from '../plug/curves.ts'

/** Temperatures are in °C, times in seconds. */
export interface ModelOptions {
    /** What it has in the beginning. */
    start: number
    /** What it comes to without power. */
    ambient: number
    /** By so much it is warmer in the end for each watt. */
    perWatt: number
    /** How long it takes to come within a third of where it goes to. */
    lag: number
    /** How long power takes to have an effect. */
    deadTime: number
    /** How far a value of its sensor may be off, in both directions. */
    noise: number
    seed: number
}

export const usualVessel: ModelOptions = { start: 20, ambient: 18, perWatt: 0.2, lag: 7200, deadTime: 120, noise: 0.05, seed: 1 }

/** A vessel with a heater: a first-order lag with dead time. */
export class VesselModel {
    readonly #o: ModelOptions
    #temperature: number
    #at = 0
    /** What the heater has drawn since when, oldest first: from the one that has its effect now on. */
    #powers: { at: number; watts: number }[] = [{ at: Number.NEGATIVE_INFINITY, watts: 0 }]
    #readings = 0

    constructor(options: Partial<ModelOptions> = {}) {
        this.#o = { ...usualVessel, ...options }
        this.#temperature = this.#o.start
    }

    /** What it really is. */
    get temperature(): number {
        return this.#temperature
    }

    /** What the heater draws from now on. */
    heat(watts: number): void {
        if (this.#powers.at(-1)!.watts !== watts) this.#powers.push({ at: this.#at, watts })
    }

    advance(seconds: number): void {
        const { deadTime } = this.#o
        const end = this.#at + seconds
        for (let from = this.#at; from < end; ) {
            while (this.#powers[1] && this.#powers[1].at + deadTime <= from) this.#powers.shift()
            const until = Math.min(end, (this.#powers[1]?.at ?? Infinity) + deadTime)
            this.#drift(until - from)
            from = until
        }
        this.#at = end
    }

    #drift(seconds: number): void {
        const { ambient, perWatt, lag } = this.#o
        const goal = ambient + perWatt * this.#powers[0]!.watts
        this.#temperature = goal + (this.#temperature - goal) * Math.exp(-seconds / lag)
    }

    /** A value as the sensor gives it. */
    read(): number {
        const { noise: most, seed } = this.#o
        return Math.round((this.#temperature + most * (2 * noise(seed, this.#readings++) - 1)) * 100) / 100
    }
}
