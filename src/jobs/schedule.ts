import { Faults, isMissing, objectOf, Zone } from '../lib/index.ts'
import { nextByCron } from './cron.ts'
import { momentOf, readDay, readMoment, readTimeOfDay } from './dates.ts'

/** Which of two moments is meant that clocks show as the same time, when they are set back. */
export type Overlap = 'earlier' | 'later'

/** When a job is due, as it was given: once, or again and again. */
export type Schedule = { date: string; time?: string; timeZone: string; overlap: Overlap } | { cron: string; timeZone: string }

/** What counts where a schedule does not say it itself. */
export interface ScheduleDefaults {
    /** A name of IANA's; the process's zone by default. */
    timeZone?: string | undefined
    /** `earlier` by default. */
    overlap?: Overlap | undefined
}

/** A schedule that was read, and when it is due for the first time, in milliseconds since 1970. */
export interface Planned {
    schedule: Schedule
    dueAt: number
}

const LONGEST_TEXT = 200
const MOST_RUNS = 100

/**
 * Reads a schedule: `{date, time?, timeZone?, overlap?}` or `{cron, timeZone?}`.
 * @param path what faults are named after: `Schedule`
 * @returns undefined if anything is wrong with it, which `faults` has then
 */
export function readSchedule(path: string, given: unknown, defaults: ScheduleDefaults, now: number, faults: Faults): Planned | undefined {
    const fields = objectOf(path, given, faults)
    if (!fields) return undefined
    const zone = readZone(`${path}.timeZone`, isMissing(fields.timeZone) ? defaults.timeZone : fields.timeZone, faults)
    const isRepeating = !isMissing(fields.cron)
    if (isRepeating && !isMissing(fields.date)) return faults.add(path, 'must have either a date or a cron pattern')
    return isRepeating ? readCron(path, fields.cron, zone, now, faults) : readOnce(path, fields, zone, defaults, now, faults)
}

function readZone(path: string, given: unknown, faults: Faults): Zone | undefined {
    try {
        if (isMissing(given) || typeof given === 'string') return new Zone(given || undefined)
    } catch {
        // It is no zone then.
    }
    return faults.add(path, 'must be a time zone like Europe/Berlin')
}

function readCron(path: string, given: unknown, zone: Zone | undefined, now: number, faults: Faults): Planned | undefined {
    const cron = readText(`${path}.cron`, given, faults)
    if (cron === undefined || !zone) return undefined
    // croner takes a date for a pattern, too.
    if (/^\d{4}-/.test(cron)) return faults.add(`${path}.cron`, 'must be a cron pattern like 0 9 * * 1-5')
    try {
        const dueAt = nextByCron(cron, zone.name, now)
        if (dueAt !== undefined) return { schedule: { cron, timeZone: zone.name }, dueAt }
        return faults.add(`${path}.cron`, 'is never due')
    } catch (error) {
        return faults.add(`${path}.cron`, `must be a cron pattern like 0 9 * * 1-5: ${(error as Error).message}`)
    }
}

function readOnce(
    path: string,
    fields: Record<string, unknown>,
    zone: Zone | undefined,
    defaults: ScheduleDefaults,
    now: number,
    faults: Faults,
): Planned | undefined {
    const overlap = fields.overlap ?? defaults.overlap ?? 'earlier'
    if (overlap !== 'earlier' && overlap !== 'later') faults.add(`${path}.overlap`, 'must be earlier or later')
    const which = overlap === 'later' ? 'later' : 'earlier'
    const date = readText(`${path}.date`, fields.date, faults)
    const moment = date === undefined ? undefined : readMoment(date, zone ?? new Zone('UTC'), which)
    const time = moment !== undefined && isMissing(fields.time) ? undefined : readTime(`${path}.time`, fields.time, faults)
    if (date === undefined) return undefined
    if (moment !== undefined && time !== undefined) return faults.add(`${path}.time`, 'must be left out, as the date has a time')
    const day = moment === undefined ? readDay(date) : undefined
    if (typeof day === 'string') return faults.add(`${path}.date`, day)
    if (!zone || (day && time === undefined)) return undefined
    const dueAt = moment ?? momentOf(day!, time!, zone, which, now)
    if (dueAt <= now) return faults.add(`${path}.date`, 'is over')
    const text = isMissing(fields.time) ? {} : { time: String(fields.time).trim() }
    return { schedule: { date, ...text, timeZone: zone.name, overlap: which }, dueAt }
}

function readTime(path: string, given: unknown, faults: Faults): number | undefined {
    const text = readText(path, given, faults)
    const time = text === undefined ? undefined : readTimeOfDay(text)
    return typeof time === 'string' ? faults.add(path, time) : time
}

function readText(path: string, given: unknown, faults: Faults): string | undefined {
    if (isMissing(given)) return faults.add(path, 'is required')
    if (typeof given !== 'string') return faults.add(path, 'must be text')
    if (given.length > LONGEST_TEXT) return faults.add(path, `must have at most ${LONGEST_TEXT} characters`)
    return given.trim()
}

/** When a schedule is due again. @param after milliseconds since 1970 @returns undefined if it is not */
export const nextRun = (schedule: Schedule, after: number): number | undefined =>
    'cron' in schedule ? nextByCron(schedule.cron, schedule.timeZone, after) : undefined

/**
 * The next times at which a schedule is due, in milliseconds since 1970: one for a date.
 * @param count 100 at the most
 * @throws {@link Refusal} 422 `BAD_INPUT` with all that is wrong with the schedule, as `errors`
 */
export function previewRuns(given: unknown, count: number, defaults: ScheduleDefaults, now: number): number[] {
    const faults = new Faults()
    const planned = readSchedule('Schedule', given, defaults, now, faults)
    faults.check()
    const runs: number[] = []
    for (let at: number | undefined = planned!.dueAt; at !== undefined && runs.length < Math.min(count, MOST_RUNS); )
        at = nextRun(planned!.schedule, runs[runs.push(at) - 1]!)
    return runs
}
