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

const YEAR = 31_557_600

/** A duration in seconds of at most 100 years, as {@link nonNegative} reads it. */
export const seconds = (field: string, value: unknown): number => nonNegative(field, value, 100 * YEAR)

function read(value: unknown): number {
    if (typeof value === 'number') return value
    if (typeof value !== 'string' || value.length > LONGEST) return Number.NaN
    const text = value.trim()
    return decimal.test(text) ? Number(text) : Number.NaN
}
