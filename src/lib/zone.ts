const [SECOND, HOUR, DAY] = [1000, 3_600_000, 86_400_000]

/** A time zone, as `Intl` knows it. */
export class Zone {
    readonly name: string
    readonly #format: Intl.DateTimeFormat
    /** A day that has one offset from UTC, in milliseconds. */
    #known = { from: Number.NaN, offset: 0 }

    /** @param name by default that of the process @throws RangeError if there is none of that name */
    constructor(name?: string) {
        this.#format = new Intl.DateTimeFormat('en-US', {
            timeZone: name,
            hourCycle: 'h23',
            year: 'numeric',
            month: 'numeric',
            day: 'numeric',
            hour: 'numeric',
            minute: 'numeric',
            second: 'numeric',
        })
        this.name = this.#format.resolvedOptions().timeZone
    }

    /** What clocks show at a moment, as if it were UTC; both in milliseconds since 1970. */
    local(at: number): number {
        const parts = this.#format.formatToParts(Math.floor(at / SECOND) * SECOND)
        const [month, day, year, hour, minute, second] = parts.flatMap(({ type, value }) => (type === 'literal' ? [] : Number(value)))
        return Date.UTC(year!, month! - 1, day, hour, minute, second)
    }

    /** Asking `Intl` takes long, and hardly any day has two offsets. */
    #offset(at: number): number {
        const { from, offset } = this.#known
        if (at >= from && at < from + DAY) return offset
        const own = this.local(at) - Math.floor(at / SECOND) * SECOND
        if (own === this.local(at + DAY) - Math.floor((at + DAY) / SECOND) * SECOND) this.#known = { from: at, offset: own }
        return own
    }

    /**
     * The moment at which clocks show a time. Where clocks leave it out as they are set forward, it is later by as much as they are set.
     * @param local as {@link local} gives it
     * @param which of two moments, where clocks are set back and show it twice
     */
    moment(local: number, which: 'earlier' | 'later' = 'earlier'): number {
        const [before, after] = [local - this.#offset(local - DAY), local - this.#offset(local + DAY)]
        const [first, last] = [Math.min(before, after), Math.max(before, after)]
        const right = [first, last].filter((at) => this.local(at) === local)
        return right.at(which === 'earlier' ? 0 : -1) ?? last
    }

    /** The last full hour by the clock. */
    hour(at: number): number {
        const local = at + this.#offset(at)
        return at - (((local % HOUR) + HOUR) % HOUR)
    }
}
