import { own } from '../weight.ts'

/** How deeply lists and dicts may lie in each other; nothing that a device sends needs more, and what goes on copies recursively. */
export const DEEPEST = 32

const SPACE = /[ \t\r\n\f]*/y
const WORD = /[A-Za-z_]\w*/y
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y
/** Python takes `0` and `00`, but no other whole number that begins with a zero. */
const LEADING_ZERO = /^[+-]?0\d+$/
const PLAIN: Record<'"' | "'", RegExp> = { '"': /[^"\\\r\n]*/y, "'": /[^'\\\r\n]*/y }
const CODE = /x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})/y

const words = new Map<string, unknown>([
    ['True', true],
    ['False', false],
    ['None', null],
])

const escapes = new Map([
    ['\\', '\\'],
    ["'", "'"],
    ['"', '"'],
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
 * Reads a value as Python's `repr` writes it: dicts, lists, tuples (as arrays), strings, finite numbers, True, False, None
 * (https://docs.python.org/3/library/ast.html#ast.literal_eval). Keys that are numbers become text. What the notation has besides,
 * such as bytes, sets, complex numbers and joined strings, is refused, and so are infinities and the key `__proto__`.
 * @throws SyntaxError saying what is wrong at which character
 */
export function readPythonLiteral(text: string): unknown {
    return new Reader(text).whole()
}

class Reader {
    readonly #text: string
    #at = 0
    #depth = 0

    constructor(text: string) {
        this.#text = text
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

    #nested<T>(read: () => T): T {
        if (++this.#depth > DEEPEST) this.#fail('nested too deeply')
        this.#at++
        const value = read()
        this.#depth--
        return value
    }

    #dict(): Record<string, unknown> {
        const dict: Record<string, unknown> = {}
        while (!this.#is('}')) {
            const key = this.#value()
            if (typeof key !== 'string' && typeof key !== 'number') this.#fail('a key has to be text or a number')
            if (key === '__proto__') this.#fail('__proto__ is no name')
            if (!this.#is(':')) this.#fail('a key without a value')
            dict[String(key)] = this.#value()
            if (this.#is(',')) continue
            if (!this.#is('}')) this.#fail('a dict without an end')
            break
        }
        return dict
    }

    #items(end: ']' | ')'): { items: unknown[]; comma: boolean } {
        const items: unknown[] = []
        let comma = false
        while (!this.#is(end)) {
            items.push(this.#value())
            comma = this.#is(',')
            if (comma) continue
            if (!this.#is(end)) this.#fail('a list without an end')
            break
        }
        return { items, comma }
    }

    /** Brackets around one value without a comma are no tuple. */
    #tuple(): unknown {
        const { items, comma } = this.#items(')')
        return items.length === 1 && !comma ? items[0] : items
    }

    #number(): number {
        const digits = this.#take(NUMBER)
        if (digits === '') this.#fail('a value is missing')
        const value = Number(digits)
        if (value !== 0 && LEADING_ZERO.test(digits)) this.#fail('a number that begins with 0')
        if (!Number.isFinite(value)) this.#fail('a number that is too large')
        return value
    }

    #string(quote: '"' | "'"): string {
        this.#at++
        let value = ''
        for (;;) {
            value += this.#take(PLAIN[quote])
            const stop = this.#text[this.#at++]
            if (stop === quote) return own(value)
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
        if (!(value <= 0x10_ff_ff)) this.#fail('an escape that is none')
        return String.fromCodePoint(value)
    }

    /** Takes this character, after any white space, if it is next. */
    #is(character: string): boolean {
        this.#take(SPACE)
        if (this.#text[this.#at] !== character) return false
        this.#at++
        return true
    }

    /** Takes what the sticky pattern matches here, possibly nothing. */
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
