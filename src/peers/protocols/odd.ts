import { exactly } from '../../lib/index.ts'

/** A value that is neither JSON nor a Python literal, and what it was replaced by. */
export interface Odd {
    /** Names and indexes, separated by dots: `temperature`, or `inside.0`. */
    path: string
    /** As it was sent, shortened. */
    text: string
    /** Null, the number or text in it, or all of it as text. */
    value: unknown
}

/** Odd values that a message lists. */
const MAX_LISTED = 100
const MAX_TEXT = 200

/** Types whose `repr` wraps a plain value, as in `np.float64(3.3)`. */
const wrapper = /^(?:(?:np|numpy)\.\w+|(?:decimal\.)?Decimal|float|int|str|bool)$/
const ofNumbers = /^(?:(?:decimal\.)?Decimal|float|int)$/
const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i
const call = /^((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)\((.*)\)$/s
const noNumber = /^[+-]?(?:(?:np|numpy|math)\.)?(?:nan|inf|infinity)(?:\(\w*\))?$/i
const moment = /^(?:datetime\.)?(datetime|date)$/
const truths = new Map([
    ['True_', true],
    ['False_', false],
])

/** Adds an odd value to a list. */
export function note(odd: Odd[], path: readonly string[], text: string, value: unknown): void {
    if (odd.length < MAX_LISTED) odd.push({ path: path.join('.'), text: text.slice(0, MAX_TEXT), value })
}

/**
 * The replacement of an odd value: the plain value in a wrapper such as `np.float64(3.3)`; a date as `str()` gives it; null instead of a
 * number that is not finite; the text of anything else.
 * @param literal reads a literal, and throws a SyntaxError if it is none
 */
export function meaning(text: string, literal: (text: string) => unknown): unknown {
    if (noNumber.test(text)) return null
    if (/^u["']/i.test(text)) return attempt(text, () => literal(text.slice(1)))
    const [, name = '', inside = ''] = call.exec(text) ?? []
    if (wrapper.test(name)) return attempt(text, () => held(name, literal(inside)))
    const [, kind] = moment.exec(name) ?? []
    if (kind !== undefined) return attempt(text, () => dateText(kind === 'date', literal(`(${inside},)`)))
    return truths.get(/^(?:np|numpy)\.(\w+)$/.exec(text)?.[1] ?? '') ?? text
}

function attempt(text: string, read: () => unknown): unknown {
    try {
        return read()
    } catch (error) {
        if (error instanceof SyntaxError) return text
        throw error
    }
}

/** In `Decimal('1.5')` the number is quoted. */
function held(name: string, value: unknown): unknown {
    if (typeof value !== 'string' || !ofNumbers.test(name)) return value
    if (noNumber.test(value)) return null
    return decimal.test(value) ? exactly(value) : value
}

function dateText(isDay: boolean, parts: unknown): string {
    if (!Array.isArray(parts) || !parts.every((part) => Number.isInteger(part) && part >= 0)) throw new SyntaxError('no date')
    const [year, month, day, hour = 0, minute = 0, second = 0, micro = 0, ...more] = parts as number[]
    if (day === undefined || more.length > 0 || (isDay && parts.length > 3)) throw new SyntaxError('no date')
    const two = (part: number | undefined) => String(part).padStart(2, '0')
    const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
    if (isDay) return date
    return `${date} ${two(hour)}:${two(minute)}:${two(second)}${micro > 0 ? `.${String(micro).padStart(6, '0')}` : ''}`
}
