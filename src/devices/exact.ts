/** Levels that are walked through. */
const DEEPEST = 32

/**
 * A number as it was written: one beyond 2^53 that JavaScript would write with other digits is kept as its text. Fractions below that are
 * the nearest number, as everywhere.
 */
export function exactly(text: string): number | string {
    const value = Number(text)
    if (Math.abs(value) <= Number.MAX_SAFE_INTEGER || digitsOf(text) === digitsOf(String(value))) return value
    return text.startsWith('+') ? text.slice(1) : text
}

/** Reads JSON, its numbers as {@link exactly} has them. What is nested more deeply than 32 levels is left as it is. @throws SyntaxError */
export function parseExactly(text: string): unknown {
    const value: unknown = JSON.parse(text)
    return hasLarge(value, DEEPEST) === true ? (JSON.parse as Parse)(text, asWritten) : value
}

/** Whether there is a number that may not be what was written; undefined if that is too deep to tell. */
function hasLarge(value: unknown, levels: number): boolean | undefined {
    if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER
    if (typeof value !== 'object' || value === null) return false
    if (levels === 0) return undefined
    let found: boolean | undefined = false
    for (const item of Object.values(value)) {
        const has = hasLarge(item, levels - 1)
        if (has === undefined) return undefined
        found ||= has
    }
    return found
}

/** Node.js tells how a value was written; TypeScript does not know of it yet. */
type Parse = (text: string, reviver: (key: string, value: unknown, context?: { source?: string }) => unknown) => unknown

const asWritten = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' && context?.source !== undefined ? exactly(context.source) : value

const NUMBER = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i

/** What is the same of all ways to write a number. */
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
