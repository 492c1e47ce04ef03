import type { Zone } from '../lib/index.ts'

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
