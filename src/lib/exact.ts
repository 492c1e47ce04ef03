/** How many levels of a value are looked at. */
const DEEPEST = 32

/** From here on JavaScript writes numbers with an exponent: they are measured, and no ids. */
const EXPONENT = 1e21

/** Whether a number is so large that several whole numbers are read as it, so that nobody knows which one was sent. */
export const isAmbiguous = (value: number): boolean => Math.abs(value) > Number.MAX_SAFE_INTEGER && Math.abs(value) < EXPONENT

/**
 * A number as it was written. Beyond 2^53 it is its text, whether or not that number happens to exist in JavaScript, so that ids are all
 * of one kind; from 1e21 on only where JavaScript has no number of the same digits. Fractions below that are the nearest number, as
 * everywhere.
 */
export function exactly(text: string): number | string {
    const value = Number(text)
    if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value
    if (!isAmbiguous(value) && digitsOf(text) === digitsOf(String(value))) return value
    return text.startsWith('+') ? text.slice(1) : text
}

/** Whether there is an ambiguous number anywhere in a JSON value, as far down as it is looked at. */
export const hasAmbiguous = (value: unknown, levels: number): boolean => has(value, levels, isAmbiguous) === true

/** Reads JSON, its numbers as {@link exactly} has them. What is nested more deeply than 32 levels is left as it is. @throws SyntaxError */
export function parseExactly(text: string): unknown {
    const value: unknown = JSON.parse(text)
    return has(value, DEEPEST, isLarge) === true ? (JSON.parse as Parse)(text, asWritten) : value
}

const isLarge = (value: number): boolean => Math.abs(value) > Number.MAX_SAFE_INTEGER

/** @returns undefined if that is too deep to tell */
function has(value: unknown, levels: number, test: (value: number) => boolean): boolean | undefined {
    if (typeof value === 'number') return test(value)
    if (typeof value !== 'object' || value === null) return false
    if (levels === 0) return undefined
    let found = false
    for (const item of Object.values(value)) {
        const inner = has(item, levels - 1, test)
        if (inner === undefined) return undefined
        found ||= inner
    }
    return found
}

/** Node.js tells how a value was written; TypeScript does not know of it yet. */
type Parse = (text: string, reviver: (key: string, value: unknown, context?: { source?: string }) => unknown) => unknown

const asWritten = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' && context?.source !== undefined ? exactly(context.source) : value

const NUMBER = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i

/** The digits of a number and their place, the same however it is written: `1e3`, `1000`, `1000.0`. */
function digitsOf(text: string): string {
    const [, sign, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? []
    const digits = whole + fraction
    let end = digits.length
    while (end > 0 && digits[end - 1] === '0') end--
    let start = 0
    while (digits[start] === '0') start++
    const shift = Number(exponent) - fraction.length + digits.length - end
    return `${sign === '-' ? '-' : ''}${digits.slice(start, end)}e${shift}`
}
