import assert from 'node:assert/strict'
import * as v from 'valibot'
import {
    choice,
    duration,
    fieldOf,
    flag,
    int,
    list,
    number,
    requiredNode,
    size,
    text,
    timeUnit,
    typed,
    variable,
} from '../../../src/node-red/fields.ts'
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
        reads(requiredNode('socketworks-store-config'), [['abc', 'abc']])
        refuses(requiredNode('socketworks-store-config'), [undefined, ''], /must be chosen/)
    })

    it('reads where a value comes from', () => {
        const schema = v.object({
            ...typed('timeout', { literals: ['num'] }),
            ...typed('id', { value: 'req.params.id', literals: ['str'] }),
        })
        assert.deepEqual(v.parse(schema, {}), { timeout: 'payload.timeout', timeoutType: 'msg', id: 'req.params.id', idType: 'msg' })
        const given = { timeout: 5000, timeoutType: 'num', id: unset, idType: 'str' }
        assert.deepEqual(v.parse(schema, given), { timeout: '5000', timeoutType: 'num', id: '', idType: 'str' })
        assert.throws(() => readConfig(schema, { timeoutType: 're' }), /^SocketworksError: timeoutType: /)
        assert.throws(() => readConfig(schema, { timeout: {} }), /^SocketworksError: timeout: /)
    })

    it('reads durations with a unit, and bare numbers in the unit that old flows have them in', () => {
        const field = duration('s', { fallback: 5, min: 0.1, max: 3600 })
        reads(field, [
            [undefined, 5],
            ['', 5],
            [unset, 5],
            ['90', 90],
            [90, 90],
            ['90 s', 90],
            ['1.5 min', 90],
            ['250ms', 0.25],
            [' 1 h ', 3600],
            ['1e2 ms', 0.1],
        ])
        refuses(field, ['abc', '5 weeks', '5 S', 'min', '1 500', '5 toString', 'Infinity', '1,5 s'], /must be a number, or one with a unit/)
        refuses(field, ['0', '50 ms'], /must be at least 0.1 s/)
        refuses(field, ['3601', '61 min', '1 d'], /must be at most 3600 s/)
        refuses(field, [[], {}, true, Number.NaN], /./)
        reads(duration('h', { fallback: 24, min: 0.001, max: 720 }), [
            ['24', 24],
            ['90 min', 1.5],
            ['30 d', 720],
        ])
    })

    it('reads sizes with a unit, in whole bytes', () => {
        const field = size('bytes', { fallback: 65_536, min: 16, max: 104_857_600 })
        reads(field, [
            [undefined, 65_536],
            ['1024', 1024],
            ['64 kB', 65_536],
            ['0.3 kB', 307],
            ['1.5 MB', 1_572_864],
        ])
        refuses(field, ['1 GB'], /must be at most 104857600 bytes/)
        refuses(field, ['4 KB', 'kB', '1 h'], /must be a number, or one with a unit/)
        reads(size('MB', { fallback: 64, min: 1, max: 65_536 }), [
            ['2 GB', 2048],
            ['1536 kB', 1.5],
        ])
    })

    it('reads lists, and looks at each of their entries', () => {
        const field = list('', (entry) => /^[a-z]$/.test(entry), 'must be letters')
        reads(field, [
            [undefined, ''],
            ['a, b ,,c', 'a, b ,,c'],
        ])
        refuses(field, ['a, 1'], /must be letters/)
    })

    it('reads the unit of a typed input', () => {
        reads(timeUnit('ms'), [
            [undefined, 'ms'],
            ['', 'ms'],
            [unset, 'ms'],
            ['min', 'min'],
        ])
        refuses(timeUnit('s'), ['weeks', 'toString'], /must be one of ms, s, min, h, d/)
    })

    it('tells the dialog what kind of field each is', () => {
        const kinds = (fields: v.GenericSchema[]) => fields.map((field) => fieldOf(field).kind)
        const range = { fallback: 1, min: 0, max: 2 }
        const all = [
            text(),
            list('', () => true, ''),
            int(range),
            number(range),
            flag(true),
            choice('a'),
            duration('s', range),
            size('kB', range),
        ]
        assert.deepEqual(kinds(all), ['text', 'list', 'number', 'number', 'flag', 'choice', 'duration', 'size'])
        assert.deepEqual(fieldOf(requiredNode('socketworks-store-config')), {
            kind: 'node',
            type: 'socketworks-store-config',
            required: true,
        })
        assert.deepEqual(fieldOf(variable('token', 'TOKEN')), { kind: 'variable', of: 'token', placeholder: 'TOKEN' })
        assert.deepEqual(kinds(Object.values(typed('id', { literals: ['str'] }))), ['typed', 'part'])
    })
})
