import assert from 'node:assert/strict'
import { answerTo, plan, type Scope } from '../../../src/fleet/plan.ts'
import { readQuery } from '../../../src/fleet/query.ts'
import type { DeviceRow } from '../../../src/fleet/repository.ts'
import { Refusal } from '../../../src/lib/index.ts'
import { refused } from '../../support/refused.ts'
import { finished } from './memory.ts'

const NOW = 1_700_000_000_000

const row = (id: string, set: object, more: Partial<DeviceRow> = {}): DeviceRow => ({
    id,
    fleet: 'f',
    owner: null,
    properties: new Map(Object.entries(set).map(([name, value]) => [name, { value, at: NOW }])),
    registeredAt: NOW,
    updatedAt: NOW,
    heardAt: NOW,
    ...more,
})
const ask = (rows: DeviceRow[], query: object, scope: Scope = 'all') =>
    finished(answerTo({ rows: new Map(rows.map((one) => [one.id, one])), weight: () => 1 }, plan(readQuery(query), scope), NOW))
const ids = (rows: DeviceRow[], query: object) =>
    ask(rows, query)
        .rows.map(({ id }) => id)
        .join(' ')
/** The devices whose `x` is found, by what it is. */
const found = (values: Record<string, unknown>, op: string, value: unknown) =>
    ids(
        Object.entries(values).map(([id, x]) => row(id, x === undefined ? {} : { x })),
        { filter: [{ property: 'x', op, value }] },
    )

describe('a query', () => {
    it('finds numbers by size, whether they or what is asked for are text', () => {
        const values = { a: 9, b: 10, c: '100', d: 'ten', e: null, f: undefined, g: '' }
        assert.equal(found(values, '>', '9'), 'b c')
        assert.equal(found(values, '>=', 9), 'a b c')
        assert.equal(found(values, '<', '1e2'), 'a b')
        assert.equal(found(values, '<=', 100), 'a b c')
        assert.equal(found(values, '=', '10'), 'b')
        assert.equal(found(values, '=', 100), 'c')
        assert.equal(found(values, '!=', 10), 'a c d e f g')
    })

    it('finds texts as people read them, and only the same text by =', () => {
        const values = { a: 'Äpfel', b: 'apfel', c: 'Zoe\u0308', d: '0001', e: '1', f: true, g: { k: 'APFEL' } }
        assert.equal(found(values, 'contains', 'PFEL'), 'a b g')
        assert.equal(found(values, 'contains', 'Zo\u00eb'), 'c')
        assert.equal(found(values, '=', 'Zo\u00eb'), 'c')
        assert.equal(found(values, '=', '1'), 'e')
        assert.equal(found(values, '=', true), 'f')
        assert.equal(found(values, '=', 'true'), 'f')
        assert.equal(found(values, '<', 'b'), 'a b d e g')
        assert.equal(found(values, 'contains', ''), 'a b c d e f g')
    })

    it('finds dates by time, as ISO has them and as Python has them', () => {
        const values = {
            a: '2024-03-17 14:59:13.047108',
            b: '2024-03-17T14:59:13.047109Z',
            c: '2024-03-17T16:59:13+02:00',
            d: 'soon',
            e: '2024-03-18',
        }
        assert.equal(found(values, '>', '2024-03-17 14:59:13.047108'), 'b d e')
        assert.equal(found(values, '<=', '2024-03-17T14:59:13Z'), 'c')
        assert.equal(found(values, '<', '2024-03-18T00:00:00Z'), 'a b c')
    })

    it('finds those that have been silent for so long', () => {
        const rows = Object.entries({ a: NOW - 300_000, b: NOW - 299_999 }).map(([id, at]) => row(id, {}, { updatedAt: at, heardAt: at }))
        assert.equal(ids(rows, { filter: [{ op: 'silent', value: 300 }] }), 'a')
        assert.equal(
            ids(rows, { filter: [{ property: 'last_status_update', op: '<', value: new Date(NOW - 299_999).toISOString() }] }),
            'a',
        )
    })

    it('wants all filters to hold, also several on one property', () => {
        const rows = [1, 2, 3, 4].map((x) => row(`d${x}`, { x }))
        const filter = [
            { property: 'x', op: '>', value: 1 },
            { property: 'x', op: '<', value: 4 },
            { property: 'serial_number', op: 'contains', value: 'D' },
        ]
        assert.equal(ids(rows, { filter }), 'd2 d3')
    })

    it('sorts by kind, has what is missing last either way, and ends with the id', () => {
        const rows = [
            row('a', { x: 10 }),
            row('b', { x: 9 }),
            row('c', { x: '9' }),
            row('d', {}),
            row('e', { x: 'text' }),
            row('f', { x: null }),
        ]
        const by = (direction: string, as?: string) => ids(rows, { sort: [{ property: 'x', direction, as }] })
        assert.equal(by('asc', 'number'), 'b c a d e f')
        assert.equal(by('desc', 'number'), 'a b c d e f')
        assert.equal(by('asc', 'text'), 'a b c e d f')
        assert.equal(by('asc'), 'b a c e d f')
        assert.equal(by('desc'), 'e c a b d f')
        const words = ['z', 'Ä', 'a', 'B'].map((name) => row(name, { name }))
        assert.equal(ids(words, { sort: [{ property: 'name', direction: 'asc', as: 'text' }] }), 'a Ä B z')
        const dates = ['2024-03-17T10:00:00+05:00', '2024-03-17 06:00:00.5', 'never'].map((at, i) => row(`d${i}`, { at }))
        assert.equal(ids(dates, { sort: [{ property: 'at', direction: 'desc', as: 'date' }] }), 'd1 d0 d2')
    })

    it('has numbers within texts by size: serial numbers, versions, dates', () => {
        const names = ['sw10', 'sw2', 'sw1', 'SW-3', '1.10.0', '1.9.2', '1.9.10', '2024-10-01', '2024-9-30']
        const rows = names.map((name) => row(name, { name }))
        const by = (property: string, direction = 'asc') => ids(rows, { sort: [{ property, direction, as: 'auto' }] })
        assert.equal(by('serial_number'), '1.9.2 1.9.10 1.10.0 2024-9-30 2024-10-01 SW-3 sw1 sw2 sw10')
        assert.equal(by('name'), by('serial_number'))
        assert.equal(by('name', 'desc'), by('name').split(' ').reverse().join(' '))
        assert.equal(found({ a: 'v1.9', b: 'v1.10', c: 'v1.11' }, '<', 'v1.11'), 'a b')
    })

    it('compares whole numbers beyond 2^53 exactly, whether they come as text or as JSON', () => {
        const values = { a: '9007199254740993', b: '9007199254740994', c: 2 ** 53, d: '9007199254740995', e: 'text', f: 5 }
        const filter = (op: string, value: string) => `[{"property":"x","op":"${op}","value":${value}}]`
        const rows = Object.entries(values).map(([id, x]) => row(id, { x }))
        for (const value of ['9007199254740994', '"9007199254740994"']) {
            assert.equal(ids(rows, { filter: filter('=', value) }), 'b')
            assert.equal(ids(rows, { filter: filter('!=', value) }), 'a c d e f')
            assert.equal(ids(rows, { filter: filter('<', value) }), 'a c f')
            assert.equal(ids(rows, { filter: filter('>=', value) }), 'b d')
            assert.equal(ids(rows, { filter: filter('contains', value) }), 'b')
        }
        assert.equal(ids(rows, { sort: [{ property: 'x', as: 'number' }] }), 'f c a b d e')
        assert.equal(ids(rows, { sort: [{ property: 'x', as: 'number', direction: 'desc' }] }), 'd b a c f e')
    })

    it('gives a page of what matches, and how many there are', () => {
        const rows = Array.from({ length: 10 }, (_, i) => row(`d${i}`, {}))
        const page = ask(rows, { offset: 8, limit: '5' })
        assert.deepEqual([page.rows.map(({ id }) => id), page.total], [['d8', 'd9'], 10])
        assert.deepEqual(ask(rows, { limit: 0 }), { rows: [], total: 10 })
    })

    it('keeps names from hell as names', () => {
        const hell = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": "c", "toString": 5}')
        const { rows } = ask([row('a', hell), row('b', {})], {
            filter: [{ property: 'constructor', op: '=', value: 'c' }],
            sort: [{ property: '__proto__' }],
        })
        assert.deepEqual(Object.keys(rows[0]!.columns), ['serial_number', 'last_status_update', '__proto__', 'constructor', 'toString'])
        assert.equal(Object.getPrototypeOf(rows[0]!.columns), Object.prototype)
        assert.equal(JSON.stringify(rows[0]!.columns).match(/"__proto__":\{.*?\}/)?.[0], '"__proto__":{"polluted":1}')
        assert.ok(!('polluted' in rows[0]!.columns))
        assert.equal(ids([row('b', {})], { filter: [{ property: 'hasOwnProperty', op: 'contains', value: '' }] }), '')
    })

    it('shows an account its own, nobody of no account anything, whatever is asked for', () => {
        const rows = [row('a', {}, { owner: 'alice' }), row('b', {}, { owner: 'bob' }), row('n', {})]
        const all = { filter: [{ property: 'serial_number', op: 'contains', value: '' }] }
        assert.deepEqual(ask(rows, all, { account: 'alice' }), { ...ask(rows.slice(0, 1), all) })
        assert.deepEqual(ask(rows, all, { account: undefined }), { rows: [], total: 0 })
    })

    it('is refused when it is wrong, naming the part', () => {
        const wrong: [object, string][] = [
            [{ filter: 'x' }, 'filter'],
            [{ filter: {} }, 'filter'],
            [{ filter: [1] }, 'filter[0]'],
            [{ filter: Array(51).fill({ property: 'x', op: '=', value: 1 }) }, 'filter'],
            [{ filter: [{ property: 'x', op: 'like', value: 1 }] }, 'filter[0].op'],
            [{ filter: [{ property: '', op: '=', value: 1 }] }, 'filter[0].property'],
            [{ filter: [{ property: 'x', op: '=' }] }, 'filter[0].value'],
            [{ filter: [{ property: 'x', op: '=', value: { $gt: '' } }] }, 'filter[0].value'],
            [{ filter: [{ property: 'x', op: '=', value: 'y'.repeat(1025) }] }, 'filter[0].value'],
            [{ filter: [{ op: 'silent', value: 'long' }] }, 'filter[0].value'],
            [{ filter: [{ property: 'x', op: 'silent', value: 5 }] }, 'filter[0].property'],
            [{ sort: [{ property: 'x', direction: 'up' }] }, 'sort[0].direction'],
            [{ sort: [{ property: 'x' }, { property: 'y', as: 'bits' }] }, 'sort[1].as'],
            [{ sort: Array(33).fill({ property: 'x' }) }, 'sort'],
            [{ offset: -1 }, 'offset'],
            [{ limit: 1.5 }, 'limit'],
            [{ limit: 'all' }, 'limit'],
        ]
        for (const [query, path] of wrong)
            assert.throws(
                () => readQuery(query),
                (error) =>
                    error instanceof Refusal && error.status === 422 && (error.details.errors as { path: string }[])[0]!.path === path,
                JSON.stringify(query).slice(0, 80),
            )
    })

    it('is answered with a page, and where the next one begins', () => {
        const rows = Array.from({ length: 70 }, (_, n) => row(`d${n + 10}`, { x: n }))
        const first = ask(rows, { limit: 50 })
        assert.deepEqual([first.rows.length, first.total, first.next], [50, 70, 50])
        const second = ask(rows, { limit: 50, offset: first.next })
        assert.deepEqual([second.rows.length, second.total, 'next' in second], [20, 70, false])
    })

    it('sorts by the beginning of long texts, many as few', () => {
        const texts = Array.from({ length: 500 }, (_, n) => [`${(n * 7919) % 1000}`.padStart(3, '0'), 'x'.repeat(300)].join(''))
        const rows = texts.map((x, n) => row(`d${n}`, { x }))
        const sorted = ask(rows, { sort: [{ property: 'x' }] }).rows.map(({ columns }) => columns.x)
        assert.deepEqual(sorted, [...texts].sort())
    })

    it('looks for no text that takes long to look for', () => {
        const filter = (length: number) => [{ property: 'x', op: 'contains', value: 'y'.repeat(length) }]
        readQuery({ filter: filter(250) })
        assert.throws(() => readQuery({ filter: filter(251) }), refused(422, 'BAD_INPUT'))
    })
})
