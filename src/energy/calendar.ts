/** How long the parts of a report are, from the shortest: those up to 15 minutes by the clock, the others as people count them. */
export const BUCKETS = ['5s', '15s', '1m', '5m', '15m', 'h', 'd', 'w', 'month'] as const
export type Bucket = (typeof BUCKETS)[number]

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000]

/** Milliseconds that each is long, mostly. */
export const LENGTHS: Readonly<Record<Bucket, number>> = {
    '5s': 5 * SECOND,
    '15s': 15 * SECOND,
    '1m': MINUTE,
    '5m': 5 * MINUTE,
    '15m': 15 * MINUTE,
    h: HOUR,
    d: DAY,
    w: 7 * DAY,
    month: 30.4375 * DAY,
}

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

    /** The first moment at which clocks show a time or, where they leave it out, one after it. @param local as {@link local} gives it */
    moment(local: number): number {
        const [before, after] = [local - this.#offset(local - DAY), local - this.#offset(local + DAY)]
        const [first, last] = [Math.min(before, after), Math.max(before, after)]
        return this.local(first) === local ? first : last
    }

    /** The last full hour by the clock. */
    hour(at: number): number {
        const local = at + this.#offset(at)
        return at - (((local % HOUR) + HOUR) % HOUR)
    }
}

/** When the next bucket begins. @param at when one begins, or any moment in it */
function next(bucket: Bucket, at: number, zone: Zone): number {
    const length = LENGTHS[bucket]
    if (length < HOUR) return (Math.floor(at / length) + 1) * length
    if (bucket === 'h') {
        const hour = zone.hour(zone.hour(at) + HOUR)
        // Clocks were set by less than an hour.
        return hour > at ? hour : zone.hour(at + HOUR) + HOUR
    }
    const date = new Date(zone.local(at))
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
    if (bucket === 'd') return zone.moment(Date.UTC(year, month, day + 1))
    if (bucket === 'w') return zone.moment(Date.UTC(year, month, day + 7 - ((date.getUTCDay() + 6) % 7)))
    return zone.moment(Date.UTC(year, month + 1, 1))
}

/**
 * The borders of the buckets of a time, its own ends included; undefined if there are more than `most` buckets.
 * @param from and @param to in milliseconds since 1970
 */
export function bordersOf(bucket: Bucket, from: number, to: number, zone: Zone, most: number): number[] | undefined {
    // Days may have 23 hours.
    if ((to - from) / LENGTHS[bucket] > most + 2) return undefined
    const borders = [from]
    for (let at = next(bucket, from, zone); at < to; at = next(bucket, at, zone)) {
        borders.push(at)
        if (borders.length > most) return undefined
    }
    borders.push(to)
    return borders
}
