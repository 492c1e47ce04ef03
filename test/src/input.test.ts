import assert from 'node:assert/strict'
import { isMissing, nonNegative, seconds } from '../../src/input.ts'
import { Refusal } from '../../src/refusal.ts'

const refused = (field: string) => (error: unknown) =>
    error instanceof Refusal && error.status === 422 && error.code === 'BAD_INPUT' && error.message.startsWith(`${field} `)

describe('nonNegative', () => {
    for (const [given, wanted] of [
        [0, 0],
        [-0, 0],
        [1.5, 1.5],
        ['0', 0],
        ['12', 12],
        [' 7 ', 7],
        ['+3', 3],
        ['.5', 0.5],
        ['2.', 2],
        ['1e3', 1000],
        ['007', 7],
        [1000, 1000],
    ] as const)
        it(`takes ${typeof given} ${given}`, () => assert.ok(Object.is(nonNegative('x', given, 1000), wanted)))

    const odd: unknown[] = [undefined, null, '', ' ', -1, '-1', '-1e-9', Number.NaN, Number.POSITIVE_INFINITY, 'Infinity', 'NaN', '0x10']
    odd.push(
        '0b1',
        '1_000',
        '1,5',
        '1 2',
        '5s',
        'e3',
        '.',
        '1e999',
        '٣',
        true,
        false,
        [],
        [5],
        ['5'],
        {},
        { valueOf: () => 5 },
        5n,
        Symbol('x'),
    )
    odd.push(() => 5, new Date(0), new Number(5), '5\0', '\0', Buffer.from('5'), 1000.1, '1001', Number.MAX_VALUE, '1'.repeat(1_000_000))
    odd.push(`0.${'0'.repeat(1_000_000)}`)
    for (const value of odd)
        it(`refuses ${typeof value} ${String(JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v))).slice(0, 30)}`, () =>
            assert.throws(() => nonNegative('timeout', value, 1000), refused('timeout')))

    it('tells field and reason in the body of the answer', () =>
        assert.throws(
            () => nonNegative('timeout', 'soon'),
            (error: unknown) => {
                assert.deepEqual((error as Refusal).details, { errors: [{ path: 'timeout', message: 'must be a finite number >= 0' }] })
                return true
            },
        ))
})

describe('seconds', () => {
    it('takes a hundred years', () => assert.equal(seconds('duration', 100 * 31_557_600), 100 * 31_557_600))
    it('refuses more', () => assert.throws(() => seconds('duration', 100 * 31_557_600 + 1), refused('duration')))
})

describe('isMissing', () => {
    it('is what was not given', () => assert.deepEqual([undefined, null, ''].map(isMissing), [true, true, true]))
    it('is nothing that was', () =>
        assert.deepEqual([0, false, ' ', [], {}, '0'].map(isMissing), [false, false, false, false, false, false]))
})
