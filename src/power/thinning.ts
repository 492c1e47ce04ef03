import type { Reading } from './repository.ts'

/** What is kept of one part of the time: the first reading, the last, and those of the least and the most power. */
interface Part {
    first: Reading
    last: Reading
    low: Reading
    high: Reading
}

/** The fewest readings that thinning leaves: those of one part. */
export const LEAST = 4

/**
 * Takes any number of readings and keeps a bounded number of them: all while there are few, and of many the first, the last, the lowest
 * and the highest power of each of a number of equal parts of the time.
 */
export class Thinning {
    /** How many it was given. */
    total = 0
    readonly #from: number
    readonly #width: number
    readonly #most: number
    readonly #parts: (Part | undefined)[]
    /** Undefined once there are too many. */
    #all: Reading[] | undefined = []

    /** @param from and @param to in milliseconds since 1970, both included; @param most the most readings that are kept, at least 4 */
    constructor(from: number, to: number, most: number) {
        const parts = Math.max(1, Math.floor(most / LEAST))
        this.#from = from
        this.#most = Math.max(most, LEAST)
        this.#width = Math.max(1, (to - from + 1) / parts)
        this.#parts = new Array(parts)
    }

    /** Takes readings, oldest first. */
    add(readings: readonly Reading[]): void {
        this.total += readings.length
        if (this.#all && this.total <= this.#most) {
            this.#all.push(...readings)
            return
        }
        for (const reading of this.#all ?? []) this.#sort(reading)
        this.#all = undefined
        for (const reading of readings) this.#sort(reading)
    }

    get isThinned(): boolean {
        return this.#all === undefined
    }

    /** What is kept, oldest first. */
    get readings(): Reading[] {
        if (this.#all) return this.#all
        const kept = new Set<Reading>()
        for (const part of this.#parts) {
            if (!part) continue
            const [one, other] = part.low.at <= part.high.at ? [part.low, part.high] : [part.high, part.low]
            for (const reading of [part.first, one, other, part.last]) kept.add(reading)
        }
        return [...kept]
    }

    #sort(reading: Reading): void {
        const at = Math.min(Math.max(0, Math.floor((reading.at - this.#from) / this.#width)), this.#parts.length - 1)
        const part = this.#parts[at]
        if (!part) {
            this.#parts[at] = { first: reading, last: reading, low: reading, high: reading }
            return
        }
        part.last = reading
        if ((reading.power ?? Number.POSITIVE_INFINITY) < (part.low.power ?? Number.POSITIVE_INFINITY)) part.low = reading
        if ((reading.power ?? Number.NEGATIVE_INFINITY) > (part.high.power ?? Number.NEGATIVE_INFINITY)) part.high = reading
    }
}
