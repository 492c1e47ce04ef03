import { exactly } from '../../lib/index.ts'

/** A value that was not understood as it was sent, and what is kept instead. */
export interface Odd {
    /** Where it was, with dots: `temperature`, or `inside.0`. */
    path: string
    /** How it was written, as far as that is not too long. */
    text: string
    /** Null, the number in it, or its text. */
    value: unknown
}

/** That one of a flow's messages tells of. */
const MOST = 100
const LONGEST_TEXT = 200

/** What all that wrap a number or a text are called. */
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

/** Takes note of an odd value. */
export function note(odd: Odd[], path: readonly string[], text: string, value: unknown): void {
    if (odd.length < MOST) odd.push({ path: path.join('.'), text: text.slice(0, LONGEST_TEXT), value })
}

/**
 * What is kept of a value that is no literal: what a wrapper such as `np.float64(3.3)` holds; a date as `str()` gives it; null of what is
 * no finite number; of anything else the text.
 * @param literal reads what is one, and throws a SyntaxError at anything else
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

/** `Decimal('1.5')` is a number all the same. */
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
