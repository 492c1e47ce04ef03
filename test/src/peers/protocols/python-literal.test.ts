import assert from 'node:assert/strict'
import type { Odd } from '../../../../src/peers/protocols/odd.ts'
import { MAX_DEPTH, readPythonLiteral } from '../../../../src/peers/protocols/python-literal.ts'
import { computing } from '../../../support/stopwatch.ts'

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
        [`{b'a': 1, u'b': 2, r"c": 3}`, { a: 1, b: 2, c: 3 }],
        ['{None: 1, True: 2, name: 3, 9007199254740993: 4}', { None: 1, True: 2, name: 3, '9007199254740993': 4 }],
        ["'a\nb'", 'a\nb'],
        [String.raw`'\q C:\dir \x4 \u12 \U00110000 \N{DASH} \/'`, String.raw`\q C:\dir \x4 \u12 \U00110000 \N{DASH} /`],
        ['[true, false, null]', [true, false, null]],
        [
            '[9007199254740991, 9007199254740992, 9007199254740993, -8949020000123456789, 1e+20, +18446744073709551615, 1e999, 1e22, 8.949020000123456789e18]',
            [
                9007199254740991,
                '9007199254740992',
                '9007199254740993',
                '-8949020000123456789',
                '1e+20',
                '18446744073709551615',
                '1e999',
                1e22,
                '8.949020000123456789e18',
            ],
        ],
        ['[0.1234567890123456789, 3.29999999999999982236]', [0.12345678901234568, 3.3]],
    ]
    for (const [text, value] of good) it(`reads ${text.replaceAll('\n', '⏎')}`, () => assert.deepEqual(readPythonLiteral(text), value))

    const bad = ['', ' ', '{', "{'a'}", "{'a':}", "{'a':1,,}", "{'a' 1}", '[,]', '(,)', "'a", `'a"`, "'a' 'b'", "'''a'''"]
    bad.push('nan', 'inf', '-inf', '1j', '0x10', '1_000', '010', '--1', '- 1', '.', '1 + 1', 'NONE')
    bad.push("b'a'", "u'a'", "f'{1}'", '{1, 2}', "{'a': 1} x", "{['a']: 1}", "{'__proto__': {'x': 1}}", '...', 'a', "__import__('os')")
    bad.push(
        'datetime.datetime(2024, 3, 17)',
        "{'a': nan",
        "{'a': 1 'b': 2}",
        "{'a': 1 'b' :2}",
        "{'a': 1 b: 2}",
        "{'a': [1, x}",
        "{'a': x: 1}",
        "{'a': f(1}",
    )
    for (const text of bad) it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => readPythonLiteral(text), SyntaxError))

    it('refuses what is nested too deeply, however deep, and takes what is just not', () => {
        const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
        assert.doesNotThrow(() => readPythonLiteral(nested(MAX_DEPTH)))
        assert.throws(() => readPythonLiteral(nested(MAX_DEPTH + 1)), /too deeply/)
        assert.throws(() => readPythonLiteral("{'a':".repeat(1_000_000)), /too deeply/)
    })

    it('counts depth, not brackets', () => assert.equal((readPythonLiteral(`[${'[],'.repeat(1000)}]`) as unknown[]).length, 1000))

    it('says where', () => assert.throws(() => readPythonLiteral("{'a' 7}"), /a key without a value, at character 6/))

    const odd: [text: string, value: unknown][] = [
        ['np.float64(3.3)', 3.3],
        ['np.int64(8949020000123456789)', '8949020000123456789'],
        ["np.str_('12')", '12'],
        ['numpy.bool_(True)', true],
        ['np.False_', false],
        ['np.array([1, 2])', [1, 2]],
        ["Decimal('1.5')", 1.5],
        ["Decimal('NaN')", null],
        ["decimal.Decimal('12345678901234567890.5')", '12345678901234567890.5'],
        ["float('nan')", null],
        ['nan', null],
        ['-inf', null],
        ['Infinity', null],
        ['np.nan', null],
        ['-nan(ind)', null],
        ['datetime.datetime(2024, 3, 17, 10, 0)', '2024-03-17 10:00:00'],
        ['datetime.datetime(2024, 3, 17, 10, 0, 5, 25)', '2024-03-17 10:00:05.000025'],
        ['datetime.date(2024, 3, 17)', '2024-03-17'],
        ['datetime.datetime(2024, 3, 17, tzinfo=datetime.timezone.utc)', 'datetime.datetime(2024, 3, 17, tzinfo=datetime.timezone.utc)'],
        ["u'a'", 'a'],
        ["b'a, }'", "b'a, }'"],
        ['{1, 2}', '{1, 2}'],
        ['3+4j', '3+4j'],
        ['0x10', '0x10'],
        ['007', '007'],
        ['12 V', '12 V'],
        ["it's", "it's"],
        ['<State.ON: 1>', '<State.ON: 1>'],
        ['__import__("os").system("x")', '__import__("os").system("x")'],
        ["UUID('a:b')", "UUID('a:b')"],
        ['12:30:00', '12:30:00'],
        ['AA:BB:CC:00:00:01', 'AA:BB:CC:00:00:01'],
        ['2024-03-17T10:00:00Z', '2024-03-17T10:00:00Z'],
        ['http://x/y', 'http://x/y'],
        ["'it's'", "'it's'"],
        ["'''a'''", "'''a'''"],
    ]
    for (const [text, value] of odd)
        it(`keeps ${JSON.stringify(value)} of ${text}, tells so, and keeps what is beside it`, () => {
            const told: Odd[] = []
            const read = readPythonLiteral(`{'a': 1, 'b': [0, ${text}], 'c': 'x', 'd': nan}`, told)
            assert.deepEqual(read, { a: 1, b: [0, value], c: 'x', d: null })
            assert.deepEqual(told, [
                { path: 'b.1', text, value },
                { path: 'd', text: 'nan', value: null },
            ])
        })

    it('tells of a hundred odd values, and keeps all of them', () => {
        const told: Odd[] = []
        const read = readPythonLiteral(`[${'nan,'.repeat(500)}]`, told) as unknown[]
        assert.deepEqual([read.length, told.length], [500, 100])
    })

    it('looks no longer for the ends of odd values than at eight times the text', () => {
        for (const text of [
            `[${'x,'.repeat(30_000)}]`,
            `${'[x '.repeat(31)}${'('.repeat(60_000)}`,
            `[${"x'\\'(,".repeat(10_000)}`,
            `${'[('.repeat(16)}${"x'".repeat(30_001)}`,
        ]) {
            const took = computing(() => assert.throws(() => readPythonLiteral(text), SyntaxError))
            assert.ok(took < 1000, `${text.slice(0, 10)} took ${took} ms`)
        }
    })

    it('takes time in proportion to the length, also for what is wrong', () => {
        for (const text of [
            `'${'\\n'.repeat(500_000)}`,
            `[${'1,'.repeat(500_000)}`,
            ' '.repeat(1_000_000),
            `${'0'.repeat(1_000_000)}x`,
            `0${'1'.repeat(1_000_000)}.5x`,
            `${'1'.repeat(1_000_000)}x`,
        ]) {
            const took = computing(() => assert.throws(() => readPythonLiteral(text)))
            assert.ok(took < 2000, `${text.slice(0, 10)} took ${took} ms`)
        }
    })
})
