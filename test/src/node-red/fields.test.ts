import assert from 'node:assert/strict'
import * as v from 'valibot'
import { choice, chosen, flag, int, number, text, typed } from '../../../src/node-red/fields.ts'
import { readConfig } from '../../../src/node-red/read.ts'

const unset = '${NOT_SET}'
const reads = (field: v.GenericSchema, cases: [unknown, unknown][]) => {
    for (const [given, wanted] of cases) assert.deepEqual(v.parse(field, given), wanted, String(given))
}
const refuses = (field: v.GenericSchema, values: unknown[], why: RegExp) => {
    for (const value of values)
        assert.throws(
            () => readConfig(v.object({ setting: field }), { setting: value }),
            (error: Error & { code?: string }) => {
                assert.equal(error.code, 'BAD_CONFIG')
                assert.match(error.message, /^setting: /)
                assert.match(error.message, why, String(value))
                return true
            },
        )
}

describe('a field of settings', () => {
    it('reads text, with a fallback for what is blank or a variable that is not set', () => {
        reads(text('x'), [
            [undefined, 'x'],
            ['', 'x'],
            ['  ', 'x'],
            [unset, 'x'],
            [` ${unset} `, 'x'],
            [' y ', 'y'],
            [5, '5'],
            [`a${unset}`, `a${unset}`],
        ])
        refuses(text('x'), [[], {}, true, null], /./)
    })

    it('reads whole numbers as numbers or text', () => {
        const field = int({ fallback: 7, min: 1, max: 100 })
        reads(field, [
            [undefined, 7],
            ['', 7],
            [unset, 7],
            ['42', 42],
            [' 42 ', 42],
            [42, 42],
            ['100', 100],
        ])
        refuses(field, ['1.5', 'abc', 'NaN', 'Infinity', Number.POSITIVE_INFINITY, '1e999', '1,5'], /must be/)
        refuses(field, ['0', -1], /must be at least 1/)
        refuses(field, ['101', 1e9], /must be at most 100/)
        refuses(field, [[], [5], {}, true, Number.NaN], /./)
    })

    it('reads numbers with a fraction', () => {
        const field = number({ fallback: 0.5, min: 0, max: 10 })
        reads(field, [
            [undefined, 0.5],
            ['', 0.5],
            [unset, 0.5],
            ['1.25', 1.25],
            [0, 0],
            ['1e1', 10],
        ])
        refuses(field, ['abc', 'Infinity', '-Infinity', '1e999', '1,5'], /must be a number/)
        refuses(field, ['-0.1'], /must be at least 0/)
        refuses(field, ['10.1'], /must be at most 10/)
    })

    it('reads tick boxes, and takes nothing but true and false', () => {
        reads(flag(true), [
            [undefined, true],
            ['', true],
            [unset, true],
            [false, false],
            ['false', false],
            ['FALSE ', false],
            ['true', true],
        ])
        reads(flag(false), [
            [undefined, false],
            ['True', true],
            [true, true],
        ])
        refuses(flag(false), ['yes', '1', 'on'], /must be true or false/)
        refuses(flag(false), [1, [], {}], /./)
    })

    it('reads one of a few words', () => {
        reads(choice('a', 'b', '5'), [
            [undefined, 'a'],
            ['', 'a'],
            [unset, 'a'],
            ['b', 'b'],
            [' b ', 'b'],
            [5, '5'],
        ])
        refuses(choice('a', 'b'), ['c', 'A', 'toString', 1], /must be one of a, b/)
    })

    it('wants a configuration node to be chosen', () => {
        reads(chosen, [['abc', 'abc']])
        refuses(chosen, [undefined, ''], /must be chosen/)
    })

    it('reads where a value comes from', () => {
        const schema = v.object({ ...typed('timeout'), ...typed('id', 'req.params.id') })
        assert.deepEqual(v.parse(schema, {}), { timeout: 'payload.timeout', timeoutType: 'msg', id: 'req.params.id', idType: 'msg' })
        const given = { timeout: 5000, timeoutType: 'num', id: unset, idType: 'str' }
        assert.deepEqual(v.parse(schema, given), { timeout: '5000', timeoutType: 'num', id: '', idType: 'str' })
        assert.throws(() => readConfig(schema, { timeoutType: 're' }), /^SocketworksError: timeoutType: /)
        assert.throws(() => readConfig(schema, { timeout: {} }), /^SocketworksError: timeout: /)
    })
})
