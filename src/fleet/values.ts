import { isoTime } from '../lib/index.ts'

/** Digits, perhaps with a fraction or an exponent: no `0x10`, no `Infinity`. */
const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i
/** Characters. */
const MAX_NUMBER = 64

/** Compares texts in the locale of the server. */
export const collator = new Intl.Collator()

/** The same with numbers in them by size, so that `sw2` comes before `sw10`. */
export const natural = new Intl.Collator(undefined, { numeric: true })

/** A finite number, or the one that a text spells; NaN if it is none. */
function numberOf(value: unknown): number {
    if (typeof value === 'number') return value
    if (typeof value !== 'string' || value.length > MAX_NUMBER) return Number.NaN
    const text = value.trim()
    const number = decimal.test(text) ? Number(text) : Number.NaN
    return Number.isFinite(number) ? number : Number.NaN
}

const whole = /^[+-]?\d+$/

/** As {@link numberOf}, but exact for whole numbers beyond 2^53, which are kept as text. */
export function sizeOf(value: unknown): number | bigint {
    const number = numberOf(value)
    if (typeof value !== 'string' || !(Math.abs(number) > Number.MAX_SAFE_INTEGER)) return number
    const text = value.trim()
    return whole.test(text) ? BigInt(text) : number
}

/** A value as people read it. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

/** A text for searches that ignore case and the composition of accents. */
export const folded = (text: string): string => text.normalize('NFC').toLowerCase()

/** Characters from which on a folded text is cached. */
const LONG = 256
/** Characters of one generation of the cache. */
const GENERATION = 2_097_152

/** A cache of folded texts in two generations: when the younger one is full it replaces the older one. */
class Folds {
    #young = new Map<unknown, string>()
    #old = new Map<unknown, string>()
    #characters = 0

    of(value: unknown): string {
        const known = this.#young.get(value)
        if (known !== undefined) return known
        const text = this.#old.get(value) ?? folded(textOf(value))
        if (text.length < LONG) return text
        this.#characters += text.length
        if (this.#characters > GENERATION) {
            this.#old = this.#young
            this.#young = new Map()
            this.#characters = text.length
        }
        this.#young.set(value, text)
        return text
    }
}

const folds = new Folds()

/** A value as {@link folded} text. Lists and objects are cached by identity, as stored values are never changed. */
export const foldedOf = (value: unknown): string =>
    (typeof value === 'string' && value.length >= LONG) || typeof value === 'object' ? folds.of(value) : folded(textOf(value))

export const isNothing = (value: unknown): value is undefined | null => value === undefined || value === null

/** A date in milliseconds since 1970; NaN if the value is none. */
export const momentOf = (value: unknown): number =>
    typeof value === 'string' ? isoTime(value) : typeof value === 'number' ? value : Number.NaN
