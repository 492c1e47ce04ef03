import assert from 'node:assert/strict'
import { json } from '../../../../src/peers/protocols/json.ts'
import { Opened } from '../../../support/session.ts'

const opened = new Opened(json)

describe('json', () => {
    const good: [text: string, payload: unknown][] = [
        [
            '{"iccid":8949020000123456789,"a":[-9007199254740993,9007199254740991],"b":1e999}',
            { iccid: '8949020000123456789', a: ['-9007199254740993', 9007199254740991], b: '1e999' },
        ],
        ['8949020000123456789', '8949020000123456789'],
        ['{"a":0.30000000000000004,"b":"8949020000123456789"}', { a: 0.30000000000000004, b: '8949020000123456789' }],
        ['{"t":NaN,"h":50}', { t: null, h: 50 }],
        ["{'t': np.float64(3.3), 'on': True}", { t: 3.3, on: true }],
        ['{"a":1}\0', { a: 1 }],
    ]
    for (const [text, payload] of good)
        it(`reads ${JSON.stringify(text)}`, () => {
            assert.deepEqual(opened.taken(text).payload, payload)
        })

    it('tells what was odd', () => {
        assert.deepEqual(opened.read('{"t":NaN}'), { payload: { t: null }, odd: [{ path: 't', text: 'NaN', value: null }] })
        assert.deepEqual(opened.read('{"t":1}'), { payload: { t: 1 } })
    })

    it('refuses what is no JSON, nor nearly so', () => {
        for (const text of [
            'NaN',
            'hello',
            '{"a":1',
            '{"a" 1}',
            '[,]',
            '{"a":NaN,"__proto__":1}',
            `{"a":NaN,"b":${'['.repeat(33)}${']'.repeat(33)}}`,
        ])
            assert.equal(opened.refusal(text).message, 'not JSON', text)
    })
})
