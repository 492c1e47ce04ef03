import { BUCKETS, type Bucket, bordersOf, LENGTHS } from '../energy/index.ts'
import { badInput, identifier, moment, optional, Refusal, wholeNumber, word, Zone } from '../lib/index.ts'

const YEAR = 31_557_600_000
const DAY = 86_400_000
/** The longest time that a report may be of, and the most buckets. */
const [LONGEST, MOST] = [10 * YEAR, 10_000]
/** The end of the year 9999: calendars and databases know nothing of later. */
const LATEST = 253_402_300_800_000
/** Buckets of less than a minute are made of readings, which are soon deleted: `auto` takes them only for a time that began so long ago. */
const FRESH = DAY
const USUAL_POINTS = 500

const groupings = ['socket', 'instance', 'owner'] as const
export type Grouping = (typeof groupings)[number]

/** What a report is asked for, as it came: from a message or from a query. */
export interface ReportInput {
    from?: unknown
    to?: unknown
    bucket?: unknown
    points?: unknown
    timeZone?: unknown
    instanceId?: unknown
    by?: unknown
    format?: unknown
}

export interface ReportQuery {
    /** In milliseconds since 1970; undefined where nothing was said. */
    from: number | undefined
    to: number | undefined
    bucket: Bucket | 'auto' | undefined
    points: number
    zone: Zone
    instanceId: string | undefined
    by: Grouping | undefined
    format: 'json' | 'csv'
}

/** A part of a report's time. */
export interface Parts {
    bucket?: Bucket
    /** In milliseconds since 1970. */
    borders: number[]
}

/**
 * Reads what a report is asked for.
 * @param name what whoever asks calls an input
 * @throws {@link Refusal} 422 `BAD_INPUT` that names all that is wrong
 */
export function reportQuery(given: ReportInput, name: (key: keyof ReportInput) => string): ReportQuery {
    const wrong: Refusal[] = []
    const read = <T>(key: keyof ReportInput, as: (field: string, value: unknown) => T): T | undefined => {
        try {
            return optional(given[key], (value) => as(name(key), value))
        } catch (error) {
            if (!(error instanceof Refusal)) throw error
            wrong.push(error)
            return undefined
        }
    }
    const query = {
        from: read('from', timeIn),
        to: read('to', timeIn),
        bucket: read('bucket', (field, value) => word(field, value, [...BUCKETS, 'auto'])),
        points: read('points', (field, value) => wholeNumber(field, value, 1, MOST)) ?? USUAL_POINTS,
        zone: read('timeZone', zoneOf) ?? new Zone(),
        instanceId: read('instanceId', identifier),
        by: read('by', (field, value) => word(field, value, groupings)),
        format: read('format', (field, value) => word(field, value, ['json', 'csv'])) ?? 'json',
    }
    if (query.from !== undefined && query.to !== undefined) read('from', (field) => checkTime(field, query.from!, query.to!))
    if (wrong.length > 0) throw allOf(wrong)
    return query
}

function timeIn(field: string, value: unknown): number {
    const at = moment(field, value)
    if (at < 0 || at >= LATEST) throw badInput(field, 'must be from 1970 to 9999')
    return at
}

/** One refusal for all that is wrong. */
function allOf(wrong: readonly Refusal[]): Refusal {
    const [first] = wrong
    if (wrong.length === 1) return first!
    return new Refusal(422, 'BAD_INPUT', wrong.map(({ message }) => message).join(', '), {
        errors: wrong.flatMap(({ details }) => details.errors),
    })
}

function zoneOf(field: string, value: unknown): Zone {
    try {
        return new Zone(identifier(field, value))
    } catch (error) {
        throw error instanceof Refusal ? error : badInput(field, 'must be a time zone such as Europe/Berlin')
    }
}

/** @throws {@link Refusal} 422 `BAD_INPUT` */
export function checkTime(field: string, from: number, to: number): void {
    if (from >= to) throw badInput(field, 'must be before the end')
    if (to - from > LONGEST) throw badInput(field, 'must be at most ten years before the end')
}

/**
 * The buckets of a report.
 * @param now in milliseconds since 1970 @param field what whoever asks calls the bucket
 * @throws {@link Refusal} 422 `BAD_INPUT` if there are too many
 */
export function partsOf({ bucket, points, zone }: ReportQuery, [from, to]: readonly [number, number], now: number, field: string): Parts {
    if (bucket === undefined) return { borders: [from, to] }
    const fit = bucket === 'auto' ? BUCKETS.filter((one) => LENGTHS[one] >= 60_000 || from >= now - FRESH) : [bucket]
    for (const one of fit) {
        const borders = bordersOf(one, from, to, zone, bucket === 'auto' ? points : MOST)
        if (borders) return { bucket: one, borders }
    }
    if (bucket === 'auto') return { bucket: 'month', borders: [from, to] }
    throw badInput(field, `is too short: there would be more than ${MOST} steps`)
}

/** The time that is meant, in milliseconds since 1970. @param run of the instance that is asked for */
export function timeOf({ from, to }: ReportQuery, now: number, run: { startedAt: number; stoppedAt: number | null } | undefined) {
    // The clock may have been set back since it started.
    const end = to ?? run?.stoppedAt ?? Math.max(now, run?.startedAt ?? now)
    const start = from ?? run?.startedAt ?? Math.max(0, end - DAY)
    return [start, run && start === end ? end + 1 : end] as const
}
