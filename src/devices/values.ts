import { dateOf } from './dates.ts'

/** Digits, perhaps with a fraction or an exponent: no `0x10`, no `Infinity`. */
const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i
/** Longer than any number that anybody means. */
const LONGEST_NUMBER = 64

/** The order of texts where the server is. */
export const collator = new Intl.Collator()

/** A finite number, or the one that a text spells; NaN if it is none. */
export function numberOf(value: unknown): number {
    if (typeof value === 'number') return value
    if (typeof value !== 'string' || value.length > LONGEST_NUMBER) return Number.NaN
    const text = value.trim()
    const number = decimal.test(text) ? Number(text) : Number.NaN
    return Number.isFinite(number) ? number : Number.NaN
}

/** What a value looks like, for people. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

/** Text in the form that is looked for: whatever its case, and however its accents are composed. */
export const folded = (text: string): string => text.normalize('NFC').toLowerCase()

export const isNothing = (value: unknown): value is undefined | null => value === undefined || value === null

/** The moment that a value means, in milliseconds since 1970; NaN if it is none. */
export const momentOf = (value: unknown): number =>
    typeof value === 'string' ? dateOf(value) : typeof value === 'number' ? value : Number.NaN
