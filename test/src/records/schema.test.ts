import assert from 'node:assert/strict'
import { conditionOf } from '../../../src/records/index.ts'
import { faultsOf, readSchema } from '../../../src/records/schema.ts'

const paths = (value: unknown, schema: object) => faultsOf('doc', value, readSchema('schema', schema)).map(({ path }) => path)

describe('a schema of documents', () => {
    it('checks what each keyword says', () => {
        const cases: [schema: object, good: unknown[], wrong: unknown[]][] = [
            [{ type: 'integer' }, [1, -0, 1e15], [1.5, '1', null]],
            [{ type: ['string', 'null'] }, ['', null], [0, false, [], {}]],
            [{ type: 'object' }, [{}], [[], null]],
            [{ type: 'array' }, [[]], [{}]],
            [{ type: 'boolean' }, [true], ['true', 1]],
            [{ type: 'number' }, [1.5], ['1.5', Number.NaN]],
            [{ enum: ['a', { b: [1] }] }, ['a', { b: [1] }], ['b', { b: [2] }]],
            [{ const: [1] }, [[1]], [[], 1]],
            [{ minimum: 1, maximum: 2 }, [1, 2, '0'], [0.9, 2.1]],
            [{ exclusiveMinimum: 1, exclusiveMaximum: 2 }, [1.5], [1, 2]],
            [{ minLength: 1, maxLength: 2 }, ['a', '😀😀', 7], ['', 'abc']],
            [{ minItems: 1, maxItems: 2 }, [[1], [1, 2], 'abc'], [[], [1, 2, 3]]],
            [{ pattern: '^a+$' }, ['aa', 5], ['ab', '']],
            [{ format: 'date-time' }, ['2026-07-01T10:00:00Z', 4], ['yesterday', '2026-02-31']],
        ]
        for (const [schema, good, wrong] of cases) {
            for (const value of good) assert.deepEqual(paths(value, schema), [], JSON.stringify([schema, value]))
            for (const value of wrong) assert.deepEqual(paths(value, schema), ['doc'], JSON.stringify([schema, value]))
        }
    })

    it('tells where something is wrong, and all of it', () => {
        const profile = {
            type: 'object',
            required: ['name', 'points'],
            additionalProperties: false,
            properties: {
                name: { type: 'string' },
                points: {
                    type: 'array',
                    ascending: 'at',
                    items: {
                        type: 'object',
                        required: ['at', 'value'],
                        properties: { at: { format: 'date-time' }, value: { type: 'number', minimum: -20, maximum: 100 } },
                    },
                },
            },
        }
        const at = (day: number, value: unknown = 20) => ({ at: `2026-07-0${day}T00:00:00Z`, value })
        assert.deepEqual(paths({ name: 'ale', points: [at(1), at(2)] }, profile), [])
        assert.deepEqual(paths({ name: 'ale', points: [at(2), at(1), at(1)] }, profile), ['doc.points[1].at', 'doc.points[2].at'])
        assert.deepEqual(paths({ points: [at(1, 101), { at: 'soon' }, 7], toString: 1 }, profile).sort(), [
            'doc.name',
            'doc.points[0].value',
            'doc.points[1].at',
            'doc.points[1].value',
            'doc.points[2]',
            'doc.toString',
        ])
    })

    it('finds entries of a list that have the same property', () => {
        const pins = { items: { type: 'object' }, distinct: ['name', 'address'] }
        const pin = (name: unknown, address: unknown) => ({ name, address })
        assert.deepEqual(paths([pin('a', 1), pin('b', '1'), pin('c', [1]), {}, {}, 7], pins), ['doc[5]'])
        assert.deepEqual(paths([pin('a', [1]), pin('a', [1]), pin('b', 2)], pins), ['doc[1].name', 'doc[1].address'])
        assert.throws(() => readSchema('schema', { distinct: 'name' }), { code: 'BAD_INPUT' })
    })

    it('takes names such as __proto__ for names like any other', () => {
        const named = JSON.parse('{"properties": {"__proto__": {"type": "number"}}, "required": ["constructor"]}')
        assert.deepEqual(paths(JSON.parse('{"__proto__": "x"}'), named).sort(), ['doc.__proto__', 'doc.constructor'])
        assert.deepEqual(paths({ a: 1 }, { additionalProperties: { type: 'string' } }), ['doc.a'])
    })

    it('tells no more than twenty faults', () => assert.equal(paths(Array(1000).fill('x'), { items: { type: 'number' } }).length, 20))

    it('is refused if it has what is not checked, or is no schema', () => {
        const wrong = [
            null,
            [],
            'object',
            { oneOf: [] },
            { $ref: '#/x' },
            { type: 'text' },
            { type: ['toString'] },
            { properties: { a: 1 } },
            { properties: { a: { properties: { b: { typ: 'number' } } } } },
            { items: [] },
            { pattern: '(' },
            { format: 'email' },
            { minimum: '1' },
            { required: 'a' },
            JSON.parse('{"__proto__": {"type": "number"}}'),
        ]
        for (const given of wrong) assert.throws(() => readSchema('schema', given), { code: 'BAD_INPUT' }, JSON.stringify(given))
        assert.throws(() => readSchema('schema', { items: { items: { typ: 1 } } }), /^Refusal: schema\.items\.items\.typ is not known/)
        readSchema('schema', { title: 'a', description: 'b', default: 1, $schema: 'x' })
    })
})

describe('the condition in headers', () => {
    const read = (headers: object) => conditionOf(headers as never)!

    it('names versions, or any', () => {
        assert.equal(conditionOf({ etag: '"3"' }), undefined)
        assert.deepEqual(read({ 'if-match': '"3"' }).match, [3])
        assert.deepEqual(read({ 'if-match': ' "3" , "4"' }).match, [3, 4])
        assert.deepEqual(read({ 'if-match': '*', 'if-none-match': '*' }), { match: 'any', noneMatch: 'any' })
    })

    it('is never met by a tag that we do not give, or by a weak one where something is to be changed', () => {
        assert.deepEqual(read({ 'if-match': '"abc", W/"3", ""' }).match, [Number.NaN, Number.NaN, Number.NaN])
        assert.deepEqual(read({ 'if-none-match': 'W/"3"' }).noneMatch, [3])
    })

    it('is refused if it is none', () => {
        for (const given of ['3', '', '"3', '"1" "2"', 'w/"3"', `${'"1",'.repeat(100)}"1"`])
            assert.throws(() => read({ 'if-match': given }), { code: 'BAD_INPUT' }, given)
    })
})
