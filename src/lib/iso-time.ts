/** A date, perhaps with a time of day and a zone: ISO 8601, or with a blank instead of the `T`, as Python and SQL write it. */
const form = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/
/** Longer than any time, which spares looking at long texts. */
const LONGEST = 40
const MINUTE = 60_000
/** The calendar repeats itself after 400 years. */
const CYCLE = { years: 400, milliseconds: 146_097 * 86_400_000 }

/**
 * The moment that a text means, in milliseconds since 1970 with their fraction: `2026-07-01`, `2026-07-01T10:00`, `2026-07-01T10:00:30Z`,
 * `2026-07-01 12:00:30.047108+02:00`. This is the one rule for times that come from outside: what names no zone is UTC, wherever the
 * server is, and a date alone is the beginning of its day.
 * @returns NaN if it is no such text, or of a day or a time of day that does not exist, such as `2026-02-31` or `24:59`
 */
export function isoTime(text: string): number {
    const parts = text.length <= LONGEST ? form.exec(text.trim()) : null
    if (!parts) return Number.NaN
    const number = (part: number) => Number(parts[part] ?? 0)
    const [year, month, day, hour, minute, second] = [number(1), number(2), number(3), number(4), number(5), number(6)]
    const fraction = Number(`0.${parts[7] ?? 0}`)
    const zone = zoneOf(parts[8] ?? 'Z')
    if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return Number.NaN
    if (!isTimeOfDay(hour, minute, second + fraction)) return Number.NaN
    // ECMAScript takes the first hundred years for those from 1900 on.
    const at = Date.UTC(year + CYCLE.years, month - 1, day, hour, minute, second) - CYCLE.milliseconds
    return at + fraction * 1000 - zone * MINUTE
}

function daysIn(year: number, month: number): number {
    if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
    return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Midnight may be the end of a day, and an hour may end with a leap second. */
function isTimeOfDay(hour: number, minute: number, second: number): boolean {
    if (hour === 24) return minute === 0 && second === 0
    return hour < 24 && minute < 60 && (second < 60 || (second < 61 && minute % 30 === 29))
}

/** Minutes that a zone is ahead of UTC; NaN if there is none such. */
function zoneOf(zone: string): number {
    if (zone === 'Z') return 0
    const [hours, minutes] = [Number(zone.slice(1, 3)), zone.length > 3 ? Number(zone.slice(-2)) : 0]
    if (hours > 23 || minutes > 59) return Number.NaN
    return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}
