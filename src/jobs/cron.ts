import { Cron } from 'croner'

/** Patterns whose next times are asked for again and again. */
const MOST_KNOWN = 1000
const known = new Map<string, Cron>()

/**
 * When a cron pattern of five fields, or six with seconds, is due next. A time that clocks leave out as they are set forward comes at the
 * first moment after that; of times that clocks show twice, those that name their hour come once, and those of every hour or minute twice.
 * @param after milliseconds since 1970
 * @returns milliseconds since 1970; undefined if it never is again
 * @throws what is wrong with the pattern or the zone
 */
export function nextByCron(pattern: string, timeZone: string, after: number): number | undefined {
    const key = `${timeZone} ${pattern}`
    let cron = known.get(key)
    if (!cron) {
        if (known.size >= MOST_KNOWN) known.clear()
        cron = new Cron(pattern, { timezone: timeZone, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard', paused: true })
        known.set(key, cron)
    }
    return cron.nextRun(new Date(after))?.getTime()
}
