/**
 * A schedule as somebody writes it into one field: `15-7 9:00:00`, `2027-07-15 09:00`, a moment in ISO 8601, or five or six fields of cron.
 * @returns what `readTrigger` and `readMessage` take for a schedule; anything but text as it is
 */
export function scheduleOf(given: unknown): unknown {
    if (typeof given !== 'string') return given
    const [date, time, ...more] = given.trim().split(/\s+/)
    if (more.length > 0) return { cron: given }
    return time === undefined ? { date } : { date, time }
}
