import { detached, exactly } from '../../lib/index.ts'
import { meaning, note, type Odd } from './odd.ts'
import { endOfOdd } from './odd-end.ts'

/** Levels of nested lists and dicts: what copies values later is recursive. */
export const MAX_DEPTH = 32

const SPACE = /[ \t\r\n\f]*/y
const WORD = /[A-Za-z_]\w*/y
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y
/** Python takes `0` and `00`, but no other whole number that begins with a zero. */
const LEADING_ZERO = /^[+-]?0\d+$/
/** The prefix of bytes and of text of Python 2. */
const PREFIX = /[bru]{1,2}(?=["'])/iy
/** A key that is neither text nor a number: `None`, or a bare name. */
const BARE_KEY = /[^,:()[\]{}'"\s]+/y
const PLAIN: Record<'"' | "'", RegExp> = { '"': /[^"\\]*/y, "'": /[^'\\]*/y }
/** What may follow a value in a dict or a list. */
const ENDS = ',]})'
const CODE = /x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})/y

const words = new Map<string, unknown>([
    ['True', true],
    ['False', false],
    ['None', null],
    ['true', true],
    ['false', false],
    ['null', null],
])
/** Odd values in a text: each takes longer to read than others. */
const MAX_ODD = 1000

const escapes = new Map([
    ['\\', '\\'],
    ["'", "'"],
    ['"', '"'],
    ['/', '/'],
    ['a', '\x07'],
    ['b', '\b'],
    ['f', '\f'],
    ['n', '\n'],
    ['r', '\r'],
    ['t', '\t'],
    ['v', '\v'],
    ['\n', ''],
])

/**
 * Reads a value as Python's `repr` writes it: dicts, lists, tuples (as arrays), strings, numbers, True, False, None
 * (https://docs.python.org/3/library/ast.html#ast.literal_eval), and the words of JSON. Keys become text, and so do numbers that would
 * be rounded ({@link exactly}).
 *
 * A value in a dict or a list that is no literal, such as `np.float64(3.3)`, `nan` or bytes, is replaced ({@link meaning}).
 * @param odd is given these values
 * @throws SyntaxError with the character where it is wrong
 */
export function readPythonLiteral(text: string, odd: Odd[] = []): unknown {
    return new Reader(text, odd).whole()
}

/** A fault for which the whole text is refused, not only a value in it. */
class Fatal extends SyntaxError {}

class Reader {
    readonly #text: string
    readonly #odd: Odd[]
    readonly #path: string[] = []
    #at = 0
    #depth = 0
    #oddities = 0
    /** Characters that may still be scanned for the ends of odd values. */
    #left: number

    constructor(text: string, odd: Odd[]) {
        this.#text = text
        this.#odd = odd
        this.#left = 8 * text.length
    }

    whole(): unknown {
        const value = this.#value()
        this.#take(SPACE)
        if (this.#at < this.#text.length) this.#fail('more than one value')
        return value
    }

    #value(): unknown {
        this.#take(SPACE)
        const first = this.#text[this.#at]
        if (first === '{') return this.#nested(() => this.#dict())
        if (first === '[') return this.#nested(() => this.#items(']').items)
        if (first === '(') return this.#nested(() => this.#tuple())
        if (first === '"' || first === "'") return this.#string(first)
        const word = this.#take(WORD)
        if (word === '') return this.#number()
        if (!words.has(word)) this.#fail(`${word.slice(0, 20)} is no literal`)
        return words.get(word)
    }

    /** A value in a dict or a list, which may be odd. */
    #member(name: string): unknown {
        this.#take(SPACE)
        const [start, depth, noted] = [this.#at, this.#depth, this.#odd.length]
        this.#path.push(name)
        const value = this.#isPlain() ? this.#attempt() : undefined
        this.#take(SPACE)
        const isWhole = value !== undefined && ENDS.includes(this.#text[this.#at] ?? ' ')
        if (!isWhole) {
            this.#at = start
            this.#depth = depth
            this.#odd.length = noted
        }
        const read = isWhole ? value : this.#oddValue()
        this.#path.pop()
        return read
    }

    /** Whether the next value may be a literal. */
    #isPlain(): boolean {
        WORD.lastIndex = this.#at
        const word = WORD.exec(this.#text)?.[0]
        return word === undefined || words.has(word)
    }

    #attempt(): unknown {
        const length = this.#path.length
        try {
            return this.#value()
        } catch (error) {
            if (error instanceof Fatal || !(error instanceof SyntaxError)) throw error
            this.#path.length = length
            return undefined
        }
    }

    #oddValue(): unknown {
        const end = endOfOdd(this.#text, this.#at, this.#left)
        this.#left -= end.scanned
        if (this.#left < 0 || ++this.#oddities > MAX_ODD) throw new Fatal('too much that is no literal')
        if (end.at === undefined || end.at === this.#at) this.#fail('a value that is no literal')
        const text = detached(this.#text.slice(this.#at, end.at).trim())
        this.#at = end.at
        const value = meaning(text, (inside) => new Reader(inside, []).whole())
        note(this.#odd, this.#path, text, value)
        return value
    }

    #nested<T>(read: () => T): T {
        if (++this.#depth > MAX_DEPTH) throw new Fatal(`nested too deeply, at character ${this.#at + 1}`)
        this.#at++
        const value = read()
        this.#depth--
        return value
    }

    #dict(): Record<string, unknown> {
        const dict: Record<string, unknown> = {}
        while (!this.#is('}')) {
            const key = this.#key()
            if (key === '__proto__') throw new Fatal('__proto__ is no name')
            if (!this.#is(':')) this.#fail('a key without a value')
            dict[key] = this.#member(key)
            if (this.#is(',')) continue
            if (!this.#is('}')) this.#fail('a dict without an end')
            break
        }
        return dict
    }

    #key(): string {
        this.#take(SPACE)
        this.#take(PREFIX)
        const first = this.#text[this.#at]
        if (first === '"' || first === "'") return this.#string(first)
        const key = this.#take(BARE_KEY)
        if (key === '') this.#fail('a key has to be text or a number')
        return detached(/^[+-]?[\d.]/.test(key) && Number.isFinite(Number(key)) ? String(exactly(key)) : key)
    }

    #items(end: ']' | ')'): { items: unknown[]; comma: boolean } {
        const items: unknown[] = []
        let comma = false
        while (!this.#is(end)) {
            items.push(this.#member(String(items.length)))
            comma = this.#is(',')
            if (comma) continue
            if (!this.#is(end)) this.#fail('a list without an end')
            break
        }
        return { items, comma }
    }

    /** Brackets around a single value are a tuple only if there is a comma. */
    #tuple(): unknown {
        const { items, comma } = this.#items(')')
        return items.length === 1 && !comma ? items[0] : items
    }

    #number(): number | string {
        const digits = this.#take(NUMBER)
        if (digits === '') this.#fail('a value is missing')
        if (Number(digits) !== 0 && LEADING_ZERO.test(digits)) this.#fail('a number that begins with 0')
        return exactly(digits)
    }

    #string(quote: '"' | "'"): string {
        this.#at++
        let value = ''
        for (;;) {
            value += this.#take(PLAIN[quote])
            const stop = this.#text[this.#at++]
            if (stop === quote) return detached(value)
            if (stop !== '\\') this.#fail('text without an end')
            value += this.#escape()
        }
    }

    #escape(): string {
        const simple = escapes.get(this.#text[this.#at] ?? '')
        if (simple !== undefined) {
            this.#at++
            return simple
        }
        const code = this.#take(CODE)
        const value = /^[xuU]/.test(code) ? Number.parseInt(code.slice(1), 16) : Number.parseInt(code, 8)
        // As in Python, an unknown escape stands for itself.
        return value <= 0x10_ff_ff ? String.fromCodePoint(value) : `\\${code}`
    }

    /** Skips white space, and this character if it is next. */
    #is(character: string): boolean {
        this.#take(SPACE)
        if (this.#text[this.#at] !== character) return false
        this.#at++
        return true
    }

    /** Skips and returns what the sticky pattern matches here, possibly nothing. */
    #take(pattern: RegExp): string {
        pattern.lastIndex = this.#at
        const taken = pattern.exec(this.#text)?.[0] ?? ''
        this.#at += taken.length
        return taken
    }

    #fail(what: string): never {
        throw new SyntaxError(`${what}, at character ${this.#at + 1}`)
    }
}
