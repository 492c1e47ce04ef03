import { isoTime, type Zone } from '../lib/index.ts'

/** A day as it was given. Without a year it is the next one that comes. */
export interface Day {
    year?: number
    /** From 1. */
    month: number
    day: number
}

const DAY = 86_400_000
/** Days without a year come again within so many years: 29 February was left out in 1900, and will be in 2100. */
const LONGEST_GAP = 8
const MONTHS_OF_31 = [1, 3, 5, 7, 8, 10, 12]

/** Reads `15-7`, `15-7-2027` or `2027-07-15`. @returns what is wrong with it, if it is no day that exists */
export function readDay(text: string): Day | string {
    const [, d, m, y] = /^(\d{1,2})-(\d{1,2})(?:-(\d{4}))?$/.exec(text) ?? []
    const [, isoYear, isoMonth, isoDay] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []
    const [year, month, day] = [y ?? isoYear, m ?? isoMonth, d ?? isoDay]
    if (month === undefined || day === undefined)
        return 'must be a day and a month like 15-7, a date like 15-7-2027 or 2027-07-15, or a moment like 2027-07-15T09:00'
    const found = { month: Number(month), day: Number(day), ...(year !== undefined && { year: Number(year) }) }
    if (found.month < 1 || found.month > 12) return 'has a month that does not exist'
    if (found.day < 1 || found.day > daysIn(found.month, found.year)) return 'is a day that does not exist'
    return found
}

/** Reads `9:00:00` or `09:00`. @returns milliseconds since midnight by the clock, or what is wrong with it */
export function readTimeOfDay(text: string): number | string {
    const [, hour, minute, second = '0'] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text) ?? []
    if (hour === undefined) return 'must be a time of the day like 9:00:00 or 09:00'
    const [h, m, s] = [Number(hour), Number(minute), Number(second)]
    return h > 23 || m > 59 || s > 59 ? 'is a time that does not exist' : ((h * 60 + m) * 60 + s) * 1000
}

/** Reads `2027-07-15T09:00`, which is in the given zone if it names none. @returns milliseconds since 1970; undefined if it is none */
export function readMoment(text: string, zone: Zone, which: 'earlier' | 'later'): number | undefined {
    const at = /[T ]/.test(text.trim()) ? isoTime(text) : Number.NaN
    if (Number.isNaN(at)) return undefined
    return /(Z|[+-]\d{2}(:?\d{2})?)$/.test(text.trim().slice(10)) ? at : zone.moment(at, which)
}

/** When a day comes, at a time of the day; without a year for the next time after `now`. */
export function momentOf(day: Day, timeOfDay: number, zone: Zone, which: 'earlier' | 'later', now: number): number {
    if (day.year !== undefined) return zone.moment(utc(day.year, day) + timeOfDay, which)
    // The year of yesterday, as the time may have been moved over midnight.
    const first = new Date(zone.local(now) - DAY).getUTCFullYear()
    for (let year = first; ; year++) {
        if (day.day > daysIn(day.month, year) && year <= first + LONGEST_GAP) continue
        const at = zone.moment(utc(year, day) + timeOfDay, which)
        if (at > now) return at
    }
}

const utc = (year: number, { month, day }: Day): number => new Date(0).setUTCFullYear(year, month - 1, day)

/** Without a year as many as there ever are. */
function daysIn(month: number, year?: number): number {
    if (month === 2) return year === undefined || new Date(utc(year, { month: 2, day: 29 })).getUTCDate() === 29 ? 29 : 28
    return MONTHS_OF_31.includes(month) ? 31 : 30
}
