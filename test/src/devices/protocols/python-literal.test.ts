import assert from 'node:assert/strict'
import { DEEPEST, readPythonLiteral } from '../../../../src/devices/protocols/python-literal.ts'

describe('readPythonLiteral', () => {
    const good: [text: string, value: unknown][] = [
        ["{'parameter_name':'AT','_parameter_name':430}", { parameter_name: 'AT', _parameter_name: 430 }],
        ['{"a": True, \'b\': False, "c": None}', { a: true, b: false, c: null }],
        ["{'a': {'b': [1, (2, 3), (), (4,), (5), [],],},}", { a: { b: [1, [2, 3], [], [4], 5, []] } }],
        ['[-1, +2, 3.5, .5, 1., -1e-3, 6.02E23, 0, 00, 0.5]', [-1, 2, 3.5, 0.5, 1, -0.001, 6.02e23, 0, 0, 0.5]],
        [String.raw`'it\'s'`, "it's"],
        [`"it's"`, "it's"],
        [String.raw`'\\ \n \t \x41 \u00e9 \U0001f600 \101'`, '\\ \n \t A é 😀 A'],
        ["'a\\\nb'", 'ab'],
        ["{1: 'x', 2.5: 'y'}", { 1: 'x', 2.5: 'y' }],
        ["  { 'a' :\n\t1 } ", { a: 1 }],
        ["{'a': 1, 'a': 2}", { a: 2 }],
        ['{}', {}],
        ["'😀 ü 漢'", '😀 ü 漢'],
        ["{'constructor': 1}", { constructor: 1 }],
    ]
    for (const [text, value] of good) it(`reads ${text.replaceAll('\n', '⏎')}`, () => assert.deepEqual(readPythonLiteral(text), value))

    const bad = [
        '',
        ' ',
        '{',
        "{'a'}",
        "{'a':}",
        "{'a':1,,}",
        "{'a' 1}",
        '[1 2]',
        '[,]',
        '(,)',
        "'a",
        "'a\nb'",
        `'a"`,
        "'a' 'b'",
        "'''a'''",
    ]
    bad.push('nan', 'inf', '-inf', '1e999', '-1e999', '1j', '0x10', '1_000', '010', '--1', '- 1', '.', '1 + 1', 'true', 'null', 'NONE')
    bad.push(
        "b'a'",
        "u'a'",
        "f'{1}'",
        '{1, 2}',
        "{'a': 1} x",
        "{['a']: 1}",
        '{None: 1}',
        "{'__proto__': {'x': 1}}",
        '...',
        'a',
        "__import__('os')",
    )
    bad.push(
        'datetime.datetime(2024, 3, 17)',
        String.raw`'\q'`,
        String.raw`'\x4'`,
        String.raw`'\u12'`,
        String.raw`'\U00110000'`,
        String.raw`'\N{DASH}'`,
    )
    for (const text of bad) it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => readPythonLiteral(text), SyntaxError))

    it('refuses what is nested too deeply, however deep, and takes what is just not', () => {
        const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
        assert.doesNotThrow(() => readPythonLiteral(nested(DEEPEST)))
        assert.throws(() => readPythonLiteral(nested(DEEPEST + 1)), /too deeply/)
        assert.throws(() => readPythonLiteral("{'a':".repeat(1_000_000)), /too deeply/)
    })

    it('counts depth, not brackets', () => assert.equal((readPythonLiteral(`[${'[],'.repeat(1000)}]`) as unknown[]).length, 1000))

    it('says where', () => assert.throws(() => readPythonLiteral("{'a': oops}"), /oops is no literal, at character 11/))

    it('takes time in proportion to the length, also for what is wrong', () => {
        for (const text of [
            `'${'\\n'.repeat(500_000)}`,
            `[${'1,'.repeat(500_000)}`,
            ' '.repeat(1_000_000),
            `${'0'.repeat(1_000_000)}x`,
            `0${'1'.repeat(1_000_000)}.5x`,
            `${'1'.repeat(1_000_000)}x`,
        ]) {
            const before = performance.now()
            assert.throws(() => readPythonLiteral(text))
            assert.ok(performance.now() - before < 2000, `${text.slice(0, 10)} took ${performance.now() - before} ms`)
        }
    })
})
