import assert from 'node:assert/strict'
import { LIMITS } from '../../../src/http/body.ts'
import { checkBody, checkDepth } from '../../../src/http/index.ts'

const deep = (levels: number, wrap: (inner: unknown) => unknown) => {
    let value: unknown = 1
    for (let i = 0; i < levels; i++) value = wrap(value)
    return value
}
const kinds = [(inner: unknown) => [inner], (inner: unknown) => ({ timeout: inner }), (inner: unknown) => [[], { a: [inner] }]]
const tooDeep = { status: 422, code: 'BAD_INPUT', message: /deeper than 32 levels/ }
const tooLarge = { status: 413, code: 'TOO_LARGE' }

describe('what a request brings', () => {
    it('may be anything that people send', () => {
        for (const body of [undefined, null, '', 'text', 5, true, {}, [], Buffer.from('x'), { a: [1, { b: null }] }, Object.create(null)])
            checkBody(body)
        for (const wrap of kinds.slice(0, 2)) checkBody(deep(LIMITS.depth, wrap))
        checkBody(Array(LIMITS.values - 1).fill(0))
        checkBody('x'.repeat(LIMITS.characters))
    })

    it('must not be nested too deeply, be it one level or many, in whatever', () => {
        for (const levels of [LIMITS.depth + 1, 50_000])
            for (const wrap of kinds) {
                assert.throws(() => checkBody(deep(levels, wrap)), tooDeep)
                assert.throws(() => checkDepth(deep(levels, wrap)), tooDeep)
            }
    })

    it('has no number that JSON.parse may have rounded; what a flow makes may', () => {
        for (const text of ['{"set":{"iccid":8949020000123456789}}', '{"set":[9007199254740993]}', '{"set":-1e400}', '{"set":1e300}']) {
            assert.throws(() => checkBody(JSON.parse(text)), { status: 422, code: 'BAD_INPUT', message: /^set has a number beyond 2\^53/ })
            checkDepth(JSON.parse(text))
        }
        checkBody({ a: [2 ** 53 - 1, 1 - 2 ** 53, 0.1, '8949020000123456789'] })
    })

    it('must not hold too many values, nor too much text, wherever', () => {
        const wide = Object.fromEntries(Array.from({ length: 1_000_000 }, (_, i) => [i, 0]))
        for (const body of [
            wide,
            Array(LIMITS.values).fill(0),
            { a: [[Array(LIMITS.values).fill(null)]] },
            Array(100).fill(Array(100).fill([])),
        ])
            assert.throws(() => checkBody(body), tooLarge)
        const long = 'x'.repeat(LIMITS.characters)
        for (const body of [`${long}x`, Buffer.alloc(LIMITS.characters + 1), { a: [long, 'x'] }, { [long]: 'x' }])
            assert.throws(() => checkBody(body), tooLarge)
    })

    it('is told by the field that is wrong', () => {
        assert.throws(() => checkBody({ timeout: 1, duration: deep(100, (inner) => [inner]) }), { message: /^duration must not be/ })
        assert.throws(() => checkBody({ timeout: 'x'.repeat(LIMITS.characters + 1) }), { message: /^timeout is too large/ })
        assert.throws(() => checkBody(deep(100, (inner) => [inner])), { message: /^body must not be/ })
    })

    it('may hold much where a flow has made it, but no deeper', () => checkDepth({ power: Array(200_000).fill(0) }))

    it('has no property that whatever copies it would take for a prototype', () => {
        for (const text of ['{"__proto__":{"timeout":1}}', '[{"a":{"__proto__":null}}]'])
            assert.throws(() => checkBody(JSON.parse(text)), { status: 422, code: 'BAD_INPUT', message: /^__proto__/ })
    })
})
