import assert from 'node:assert/strict'
import { isMissing, isoTime, milliseconds, moment, nonNegative, Refusal, seconds } from '../../../src/lib/index.ts'

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

describe('milliseconds', () => {
    it('are counted in any unit', () =>
        assert.deepEqual([milliseconds('timeout', '1.5', 60_000), milliseconds('timeout', 250, 1)], [90_000, 250]))
    it('are at most so many, which is told in that unit', () => {
        assert.equal(milliseconds('timeout', 2, 3_600_000, 7_200_000), 7_200_000)
        assert.throws(() => milliseconds('timeout', 2.1, 3_600_000, 7_200_000), /must be at most 2$/)
    })
})

describe('isMissing', () => {
    it('is what was not given', () => assert.deepEqual([undefined, null, ''].map(isMissing), [true, true, true]))
    it('is nothing that was', () =>
        assert.deepEqual([0, false, ' ', [], {}, '0'].map(isMissing), [false, false, false, false, false, false]))
})

describe('a time', () => {
    const zone = process.env.TZ
    before(() => {
        process.env.TZ = 'America/New_York'
    })
    after(() => {
        if (zone === undefined) delete process.env.TZ
        else process.env.TZ = zone
    })

    /** The same moments, as they may be written. */
    const same: [wanted: string, ...texts: string[]][] = [
        ['2026-07-01T00:00:00.000Z', '2026-07-01', '2026-07-01T00:00', '2026-06-30T24:00', '2026-07-01 02:00+02', ' 2026-07-01 '],
        ['2026-07-01T10:00:00.000Z', '2026-07-01T10:00', '2026-07-01 10:00:00', '2026-07-01T10:00Z', '2026-07-01T05:30:00-0430'],
        ['2024-03-17T14:59:13.047Z', '2024-03-17 14:59:13.047', '2024-03-17T16:59:13.047+02:00'],
        ['2024-02-29T00:00:00.000Z', '2024-02-29'],
        ['2000-02-29T00:00:00.000Z', '2000-02-29'],
        ['2017-01-01T00:00:00.000Z', '2016-12-31T23:59:60Z'],
        ['0001-01-01T00:00:00.000Z', '0001-01-01 00:00:00'],
    ]
    for (const [wanted, ...texts] of same)
        it(`is ${wanted} however it is written, and wherever the server is`, () => {
            assert.notEqual(new Date(2026, 6, 1).getTimezoneOffset(), 0)
            for (const text of texts) {
                assert.equal(new Date(isoTime(text)).toISOString(), wanted, text)
                assert.equal(moment('from', text), isoTime(text), text)
            }
        })

    it('keeps the fraction of a millisecond, and is what ECMAScript itself writes', () => {
        assert.ok(isoTime('2024-03-17 14:59:13.047108') < isoTime('2024-03-17 14:59:13.047109'))
        for (let at = -5e13; at < 5e13; at += 987_654_321_987) assert.equal(isoTime(new Date(at).toISOString()), at)
        assert.deepEqual([moment('from', 5), moment('from', '5'), moment('from', -1.5)], [5, 5, -1.5])
    })

    const none = ['2026-02-31', '2026-02-29', '1900-02-29', '2026-04-31', '2026-13-01', '2026-00-10', '2026-01-00', '2026-01-32']
    none.push(
        '2026-07-01T24:59',
        '2026-07-01T24:00:01',
        '2026-07-01T25:00',
        '2026-07-01T10:60',
        '2026-07-01T10:00:60',
        '2026-07-01T10:59:61',
    )
    none.push(
        '2026-07-01T10:00+24:00',
        '2026-07-01T10:00+02:60',
        '2026-07-01T10',
        '2026-7-1',
        '2026-07',
        '01.07.2026',
        'x2026-07-01',
        'soon',
        '',
    )
    it('is none of a day, an hour or a zone that does not exist, or in another form', () => {
        for (const text of none) {
            assert.ok(Number.isNaN(isoTime(text)), text)
            assert.throws(() => moment('from', text), refused('from'), text)
        }
        for (const value of [{}, [], true, null, Number.NaN, 9e15, '20260701T100000', '٣'])
            assert.throws(() => moment('from', value), refused('from'))
    })
})
