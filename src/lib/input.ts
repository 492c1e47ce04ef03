import { isoTime } from './iso-time.ts'
import { badInput } from './refusal.ts'

/** Digits, perhaps with a fraction or an exponent: no `0x10`, no `1_000`, no `Infinity`. */
const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i
/** Longer than any number that anybody means. */
const LONGEST = 64

/** What counts as "not given" for an input that may be left out. A query parameter without a value arrives as `''`. */
export const isMissing = (value: unknown): value is undefined | null | '' => value === undefined || value === null || value === ''

/**
 * A finite number that is not negative, given as a number or as decimal text.
 * @param field what the refusal names
 * @param max the largest that is taken
 * @throws {@link Refusal} 422 `BAD_INPUT` for everything else, a missing value included
 */
export function nonNegative(field: string, value: unknown, max = Number.MAX_SAFE_INTEGER): number {
    if (isMissing(value)) throw badInput(field, 'is required')
    const number = read(value)
    if (!Number.isFinite(number) || number < 0) throw badInput(field, 'must be a finite number >= 0')
    if (number > max) throw badInput(field, `must be at most ${max}`)
    // -0 is a zero like any other.
    return number + 0
}

/** A finite number, given as a number or as decimal text. @throws {@link Refusal} 422 `BAD_INPUT` for everything else */
export function finite(field: string, value: unknown): number {
    const number = isMissing(value) ? Number.NaN : read(value)
    if (!Number.isFinite(number)) throw badInput(field, 'must be a finite number')
    return number + 0
}

const YEAR = 31_557_600

/** A duration in seconds of at most 100 years, as {@link nonNegative} reads it. */
export const seconds = (field: string, value: unknown): number => nonNegative(field, value, 100 * YEAR)

/** A duration in any unit. @param unit in milliseconds, as are `most` and what is returned */
export const milliseconds = (field: string, value: unknown, unit: number, most = 100 * YEAR * 1000): number =>
    nonNegative(field, value, most / unit) * unit

function read(value: unknown): number {
    if (typeof value === 'number') return value
    if (typeof value !== 'string' || value.length > LONGEST) return Number.NaN
    const text = value.trim()
    return decimal.test(text) ? Number(text) : Number.NaN
}

/** Longer than any id we make or take. */
const LONGEST_ID = 256

/** Reads a value unless it is missing. */
export const optional = <T>(value: unknown, read: (given: unknown) => T): T | undefined => (isMissing(value) ? undefined : read(value))

/** The id of something: text, not blank. @throws {@link Refusal} 422 `BAD_INPUT` */
export function identifier(field: string, value: unknown): string {
    if (isMissing(value)) throw badInput(field, 'is required')
    if (typeof value !== 'string' || value.trim() === '') throw badInput(field, 'must be text')
    if (value.length > LONGEST_ID || value.includes('\0'))
        throw badInput(field, `must be at most ${LONGEST_ID} characters, none of them NUL`)
    return value
}

/** One of a few words. @throws {@link Refusal} 422 `BAD_INPUT` */
export function word<const T extends string>(field: string, value: unknown, words: readonly T[]): T {
    const found = words.find((one) => one === value)
    if (found === undefined) throw badInput(field, `must be ${words.join(' or ')}`)
    return found
}

/** A whole number within limits, as {@link nonNegative} reads it. @throws {@link Refusal} 422 `BAD_INPUT` */
export function wholeNumber(field: string, value: unknown, min: number, max: number): number {
    const number = nonNegative(field, value, max)
    if (!Number.isInteger(number) || number < min) throw badInput(field, `must be a whole number from ${min} to ${max}`)
    return number
}

/** The last moment that ECMAScript knows, in milliseconds since 1970. */
const LAST_MOMENT = 8.64e15

/** A point in time in milliseconds since 1970, given so or as {@link isoTime} reads it. @throws {@link Refusal} 422 `BAD_INPUT` */
export function moment(field: string, value: unknown): number {
    const number = read(value)
    const at = Number.isNaN(number) && typeof value === 'string' ? isoTime(value) : number
    if (!Number.isFinite(at) || Math.abs(at) > LAST_MOMENT)
        throw badInput(field, 'must be a time that exists, in ISO 8601 (UTC unless it names a zone) or in milliseconds since 1970')
    return at
}

/** A value as JSON. @throws {@link Refusal} 422 `BAD_INPUT` if there is none, or nothing */
export function jsonText(field: string, value: unknown): string {
    let text: string | undefined
    try {
        text = JSON.stringify(value)
    } catch {
        throw badInput(field, 'cannot be written as JSON')
    }
    if (text === undefined) throw badInput(field, 'is required')
    return text
}
