import assert from 'node:assert/strict'
import { lineOf, Refusal } from '../../../src/lib/index.ts'

describe('lineOf', () => {
    const cases: [value: unknown, line: string][] = [
        ['plain\ttext', 'plain\ttext'],
        ['', ''],
        ['two\nlines\r\n', 'two\\nlines\\r\\n'],
        ['\x1b[31mred\0\u2028', '\\u001b[31mred\\u0000\\u2028'],
        [{ a: 'b\nc', n: 1 }, '{"a":"b\\nc","n":1}'],
        [[1, null], '[1,null]'],
        [null, 'null'],
        [0, '0'],
        [false, 'false'],
        [Buffer.from('bytes ü\n'), 'bytes ü\\n'],
        [new RangeError('too far'), 'RangeError: too far'],
        ['😀 漢', '😀 漢'],
    ]
    for (const [value, line] of cases) it(`writes ${JSON.stringify(value)} as one line`, () => assert.equal(lineOf(value), line))

    const circular: { self?: unknown } = {}
    circular.self = circular
    for (const value of [undefined, () => 1, Symbol('s'), circular, 1n])
        it(`refuses a ${value === circular ? 'circle' : typeof value}`, () =>
            assert.throws(
                () => lineOf(value),
                (error) => error instanceof Refusal && error.status === 422,
            ))
})
