import { jsonText } from './input.ts'

/** Control characters, which would begin a new line or command the terminal that shows the file. */
const CONTROL = /[\p{Cc}\u2028\u2029]/gu

const short = new Map([
    ['\n', '\\n'],
    ['\r', '\\r'],
    ['\t', '\t'],
])

const escaped = (character: string): string => short.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * Puts a value into one line: text as it is but for control characters, bytes as UTF-8, anything else as JSON.
 * @throws {@link Refusal} 422 when it is nothing, or cannot be JSON
 */
export function lineOf(value: unknown): string {
    return textOf(value).replace(CONTROL, escaped)
}

function textOf(value: unknown): string {
    if (typeof value === 'string') return value
    if (value instanceof Uint8Array) return Buffer.from(value).toString()
    if (value instanceof Error) return String(value)
    return jsonText('line', value)
}
