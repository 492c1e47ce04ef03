import assert from 'node:assert/strict'
import { Fleet } from '../../../src/fleet/fleet.ts'
import { type FleetEvent, fleetOn } from '../../../src/fleet/index.ts'
import type { Store } from '../../../src/stores.ts'
import { makeBus } from '../../support/bus.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { refused } from '../../support/refused.ts'
import { workbench } from '../store/open.ts'

const open = { register: true, history: false }
const closed = { register: false, history: false }

describe('a fleet', () => {
    let bench: ReturnType<typeof workbench>
    let store: Store
    let clock: FakeClock
    const fleetOf = (on = store, name = 'devices') => new Fleet({ bus: makeBus(), name, repository: on.devices, clock, log: assert.fail })
    const values = (fleet: Fleet, id: string) =>
        Object.fromEntries([...fleet.rows.get(id)!.properties].map(([name, { value }]) => [name, value]))

    beforeEach(() => {
        bench = workbench()
        store = bench.open(bench.file())
        clock = new FakeClock(1_700_000_000_000)
    })
    afterEach(() => bench.clear())

    it('keeps what devices say, over a restart, and apart from other fleets', async () => {
        const fleet = fleetOf()
        await fleet.update('0001', { battery: 350, country: 'AT', nested: { a: [1, null] }, off: null }, open)
        clock.advance(1000)
        await fleet.update('0001', { battery: 351 }, closed)
        await fleetOf(store, 'others').update('0001', { battery: 1 }, open)
        await store.close()
        store = bench.open(bench.file())
        const again = fleetOf()
        await again.load()
        assert.deepEqual(values(again, '0001'), { battery: 351, country: 'AT', nested: { a: [1, null] }, off: null })
        const row = again.rows.get('0001')!
        assert.deepEqual(
            [row.registeredAt, row.updatedAt, row.properties.get('battery')!.at, row.properties.get('country')!.at],
            [1_700_000_000_000, 1_700_000_001_000, 1_700_000_001_000, 1_700_000_000_000],
        )
    })

    it('reads more properties than fit in one page', async () => {
        const fleet = fleetOf()
        const set = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, i]))
        await Promise.all(Array.from({ length: 250 }, (_, i) => fleet.update(`d${i}`, set, open)))
        const again = fleetOf()
        await again.load()
        assert.equal(again.rows.size, 250)
        for (const id of again.rows.keys()) assert.deepEqual(values(again, id), set)
    })

    it('tells what really changed, and of a sign of life that changes nothing', async () => {
        const fleet = fleetOf()
        const heard: FleetEvent[] = []
        fleet.listen((event) => heard.push(event), new AbortController().signal)
        const first = await fleet.update('a', { x: 1, text: '1', o: { a: 1, b: [2] } }, open)
        assert.deepEqual([first.registered, [...first.changed.keys()]], [true, ['x', 'text', 'o']])
        clock.advance(5)
        const same = await fleet.update('a', { x: 1, text: '1', o: { b: [2], a: 1 } }, open)
        assert.deepEqual([same.registered, same.changed.size, same.at], [false, 0, clock.now()])
        assert.equal(fleet.rows.get('a')!.updatedAt, clock.now())
        const other = await fleet.update('a', { x: '1', text: '1', o: { b: [2, 3], a: 1 } }, open)
        assert.deepEqual(
            [...other.changed],
            [
                ['x', '1'],
                ['o', { b: [2, 3], a: 1 }],
            ],
        )
        assert.deepEqual(
            heard.map(({ set, registered }) => [registered, ...set.map(([name]) => name)]),
            [[true, 'x', 'text', 'o'], [false], [false, 'x', 'o']],
        )
        await store.close()
        store = bench.open(bench.file())
        const again = fleetOf()
        clock.advance(50)
        await again.load()
        assert.equal(again.rows.get('a')!.updatedAt, clock.now() - 50)
        assert.equal(again.rows.get('a')!.heardAt, clock.monotonic() - 50)
    })

    it('tells nobody of anything before it is committed', async () => {
        const order: string[] = []
        await store.close()
        store = bench.open(bench.file(), { trace: (sql) => sql === 'commit' && order.push('commit') })
        const fleet = fleetOf()
        await fleet.load()
        order.length = 0
        fleet.listen(() => order.push('heard'), new AbortController().signal)
        const done = fleet.update('a', { x: 1 }, open).then(() => order.push('answered'))
        assert.equal(fleet.rows.size, 0)
        await done
        assert.deepEqual(order, ['commit', 'heard', 'answered'])
    })

    it('ends with the last value whatever comes in one turn, in memory and in the store', async () => {
        const fleet = fleetOf()
        await fleet.update('a', { x: 1 }, open)
        await Promise.all([2, 1, 3, 1].map((x) => fleet.update('a', { x }, open)))
        assert.deepEqual(values(fleet, 'a'), { x: 1 })
        const again = fleetOf()
        await again.load()
        assert.deepEqual(values(again, 'a'), { x: 1 })
    })

    it('writes a thousand updates of one turn in one transaction of few statements', async () => {
        const statements: string[] = []
        await store.close()
        store = bench.open(bench.file(), { trace: (sql) => statements.push(sql) })
        const fleet = fleetOf()
        await Promise.all(Array.from({ length: 1000 }, (_, i) => fleet.update(`d${i}`, { x: 0 }, open)))
        statements.length = 0
        await Promise.all(Array.from({ length: 1000 }, (_, i) => fleet.update(`d${i}`, { x: 1 }, closed)))
        assert.equal(statements.filter((sql) => sql === 'commit').length, 1)
        assert.ok(statements.length < 60, `${statements.length} statements`)
    })

    it('refuses unknown devices unless they are to be registered', async () => {
        const fleet = fleetOf()
        await assert.rejects(fleet.update('a', { x: 1 }, closed), refused(404, 'UNKNOWN_DEVICE'))
        assert.equal((await fleet.update('a', { x: 1 }, open)).registered, true)
        assert.equal((await fleet.update('a', { x: 2 }, closed)).registered, false)
    })

    it('registers a device once, whoever comes first', async () => {
        const fleet = fleetOf()
        const all = await Promise.all([1, 2, 3].map((x) => fleet.update('a', { x }, open)))
        assert.deepEqual(
            all.map(({ registered }) => registered),
            [true, false, false],
        )
    })

    it('takes names and values from hell as they are, and refuses what cannot be kept', async () => {
        const fleet = fleetOf()
        const hell = JSON.parse(
            '{"__proto__": {"polluted": 1}, "constructor": 2, "hasOwnProperty": 3, "ключ 🔑": "\\ud800", "toString": null}',
        )
        await fleet.update('__proto__', hell, open)
        await store.close()
        store = bench.open(bench.file())
        const again = fleetOf()
        await again.load()
        const { properties } = again.rows.get('__proto__')!
        assert.deepEqual([...properties.keys()].sort(), Object.keys(hell).sort())
        assert.deepEqual([properties.get('constructor')!.value, properties.get('ключ 🔑')!.value], [2, '\ud800'])
        assert.equal(({} as any).polluted, undefined)
        const wrong: [unknown, unknown][] = [
            ['a', null],
            ['a', []],
            ['a', 'text'],
            ['a', { x: Number.NaN }],
            ['a', { x: undefined }],
            ['a', { x: 1n }],
            ['a', { x: () => {} }],
            ['a', { x: 'y'.repeat(16_384) }],
            ['a', { x: JSON.parse('['.repeat(40) + ']'.repeat(40)) }],
            ['a', { ['n'.repeat(129)]: 1 }],
            ['a', { '': 1 }],
            ['a', { 'a\0b': 1 }],
            ['a', { '\ud800': 1 }],
            ['a', Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`p${i}`, i]))],
            ['', { x: 1 }],
            [undefined, { x: 1 }],
            [7, { x: 1 }],
            ['\udfff', { x: 1 }],
            ['i'.repeat(129), { x: 1 }],
        ]
        for (const [id, set] of wrong) await assert.rejects(again.update(id, set, open), refused(422, 'BAD_INPUT'))
        assert.deepEqual([...again.rows.keys()], ['__proto__'])
    })

    it('lets a device have at most 200 properties, however they come', async () => {
        const fleet = fleetOf()
        const some = (from: number, count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${from + i}`, i]))
        await fleet.update('a', some(0, 150), open)
        await assert.rejects(fleet.update('a', some(150, 51), open), refused(422, 'BAD_INPUT'))
        await fleet.update('a', some(100, 100), open)
        assert.equal(fleet.rows.get('a')!.properties.size, 200)
    })

    it('does not let a device change who it is or when it was heard of', async () => {
        const fleet = fleetOf()
        await fleet.update('a', { serial_number: 'b', last_status_update: 'never', x: 1 }, open)
        assert.deepEqual(values(fleet, 'a'), { x: 1 })
    })

    it('copies what it is given', async () => {
        const fleet = fleetOf()
        const set = { list: [1] }
        const done = fleet.update('a', set, open)
        set.list.push(2)
        await done
        assert.deepEqual(values(fleet, 'a'), { list: [1] })
    })

    it('lets nobody speak for a device of another account', async () => {
        const fleet = fleetOf()
        await fleet.update('a', { x: 1 }, { ...open, owner: 'alice' })
        await assert.rejects(fleet.update('a', { x: 2 }, { ...open, owner: 'bob' }), refused(403, 'FOREIGN_DEVICE'))
        await assert.rejects(fleet.update('a', { x: 2 }, { ...open, owner: null }), refused(403, 'FOREIGN_DEVICE'))
        await fleet.update('a', { x: 3 }, { ...open, owner: 'alice' })
        await fleet.update('a', { x: 4 }, open)
        await fleet.update('b', { x: 1 }, { ...open, owner: null })
        await fleet.update('b', { x: 1 }, { ...open, owner: 'bob' })
        const again = fleetOf()
        await again.load()
        assert.deepEqual(
            [...again.rows.values()].map(({ id, owner }) => [id, owner]),
            [
                ['a', 'alice'],
                ['b', 'bob'],
            ],
        )
    })

    it('forgets a device with its history', async () => {
        const fleet = fleetOf()
        await fleet.update('a', { x: 1 }, { ...open, history: true })
        const heard: FleetEvent[] = []
        fleet.listen((event) => heard.push(event), new AbortController().signal)
        assert.deepEqual([await fleet.remove('a'), await fleet.remove('a')], [true, false])
        assert.deepEqual(
            heard.map(({ id, removed }) => [id, removed]),
            [['a', true]],
        )
        assert.deepEqual([fleet.rows.size, await store.devices.history('devices', 'a', 'x', 0, 1e15, 10)], [0, []])
        await fleet.update('a', { y: 2 }, open)
        const again = fleetOf()
        await again.load()
        assert.deepEqual(values(again, 'a'), { y: 2 })
    })

    it('tells of its troubles those who are there, not those who were first', () => {
        const users = ['first', 'second'].map((name) => ({ ending: new AbortController(), told: [] as string[], name }))
        const fleets = users.map(({ ending, told }) =>
            fleetOn(store, 'devices', { bus: makeBus(), clock, log: (text) => told.push(text), signal: ending.signal }),
        )
        assert.equal(fleets[0], fleets[1])
        for (const { ending } of users) {
            fleets[0]!.log('trouble')
            ending.abort()
        }
        fleets[0]!.log('nobody hears of that')
        assert.deepEqual(
            users.map(({ told }) => told),
            [['trouble'], ['trouble']],
        )
    })

    it('keeps nothing in mind of an update that could not be stored', async () => {
        const fleet = fleetOf()
        await fleet.update('a', { x: 1 }, open)
        await store.close()
        await assert.rejects(fleet.update('a', { x: 2 }, open), refused(503, 'STORE_UNAVAILABLE'))
        await assert.rejects(fleet.update('b', { x: 2 }, open), refused(503, 'STORE_UNAVAILABLE'))
        assert.deepEqual([values(fleet, 'a'), [...fleet.rows.keys()]], [{ x: 1 }, ['a']])
    })
})
