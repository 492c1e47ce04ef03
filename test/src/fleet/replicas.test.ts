import assert from 'node:assert/strict'
import { Fleet } from '../../../src/fleet/fleet.ts'
import { FleetClient, fleetOn, readQuery } from '../../../src/fleet/index.ts'
import type { Store } from '../../../src/stores.ts'
import { makeBus } from '../../support/bus.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { refused } from '../../support/refused.ts'
import { workbench } from '../store/open.ts'

const everything = readQuery({})
const open = { register: true, history: false }

describe('fleets of the same name on one bus', () => {
    let [bench, store, clock, bus] = [] as unknown as [ReturnType<typeof workbench>, Store, FakeClock, ReturnType<typeof makeBus>]
    const fleetOf = () => new Fleet({ name: 'devices', bus, repository: store.devices, clock, log: assert.fail })
    const state = (fleet: Fleet) =>
        [...fleet.rows.values()].map(({ heardAt: _, properties, ...row }) => ({ ...row, properties: [...properties].sort() }))
    const loaded = async () => {
        const fleets = [fleetOf(), fleetOf()] as const
        await Promise.all(fleets.map((fleet) => fleet.load()))
        return fleets
    }
    beforeEach(() => {
        bench = workbench()
        clock = new FakeClock()
        bus = makeBus()
        store = bench.open(bench.file())
    })
    afterEach(() => bench.clear())

    it('have the same devices, whichever of them takes in what they say', async () => {
        const [one, other] = await loaded()
        await one.update('a', { x: 1, deep: { list: [1] } }, open)
        clock.advance(5)
        await other.update('a', { x: 2, ['__proto__']: 3, new: 'n' }, { ...open, owner: 'alice' })
        await other.update('b', { y: 1 }, open)
        await one.update('a', { x: 2 }, open)
        assert.deepEqual(state(one), state(other))
        assert.deepEqual([one.rows.get('a')!.owner, one.rows.get('a')!.properties.get('x')!.value], ['alice', 2])
        assert.equal(one.budget.bytes, other.budget.bytes)
        const again = fleetOf()
        await again.load()
        assert.deepEqual(state(again), state(one))
        await assert.rejects(one.update('a', { x: 3 }, { ...open, owner: 'bob' }), refused(403, 'FOREIGN_DEVICE'))
    })

    it('forget together what one of them forgets, and give back its memory', async () => {
        const [one, other] = await loaded()
        const before = other.budget.bytes
        await one.update('a', { x: 1 }, open)
        await other.remove('a')
        assert.deepEqual([one.rows.size, other.rows.size], [0, 0])
        assert.deepEqual([one.budget.bytes, other.budget.bytes], [before, before])
        await one.update('a', { y: 1 }, open)
        assert.deepEqual([...other.rows.get('a')!.properties.keys()], ['y'])
    })

    it('tell those who listen to either, who find it done', async () => {
        const [one, other] = await loaded()
        const seen: unknown[] = []
        other.listen(
            ({ id, registered }) => seen.push([id, registered, other.rows.get(id)?.properties.get('x')?.value]),
            new AbortController().signal,
        )
        await one.update('a', { x: 1 }, open)
        await other.update('a', { x: 2 }, open)
        assert.deepEqual(seen, [
            ['a', true, 1],
            ['a', false, 2],
        ])
    })

    it('miss nothing of what becomes known while the store is read', async () => {
        const [one] = await loaded()
        await one.update('a', { x: 1 }, open)
        const late = fleetOf()
        const reading = late.load()
        await Promise.all([one.update('a', { x: 2 }, open), one.update('b', { x: 1 }, open)])
        await reading
        assert.deepEqual(state(late), state(one))
    })
})

describe('a fleet asked over the bus', () => {
    it('gives pages and histories as far as they may be seen, and nothing of one that is not there', async () => {
        const bench = workbench()
        const [clock, bus, store] = [new FakeClock(), makeBus(), bench.open(bench.file())]
        const devices = new FleetClient(bus, 'a/b+')
        await assert.rejects(devices.page(everything, 'all'), refused(503, 'NO_RESPONDER'))
        const fleet = fleetOn(store, 'a/b+', { bus, clock, log: assert.fail, signal: new AbortController().signal })
        await fleet.update('one', { x: 1 }, { register: true, history: true, owner: 'alice' })
        await fleet.update('two', { x: 2 }, { register: true, history: true })
        const { rows, total } = await devices.page({ ...everything, limit: 1 }, 'all')
        assert.deepEqual([rows.map(({ columns }) => columns.x), total], [[1], 2])
        const ids = async (account: string | undefined) => (await devices.page(everything, { account })).rows.map(({ id }) => id)
        assert.deepEqual([await ids('alice'), await ids(undefined)], [['one'], []])
        const stretch = { id: 'one', property: 'x', from: 0, to: clock.now(), limit: 10 }
        assert.deepEqual(await devices.history(stretch, { account: 'alice' }), [{ at: clock.now(), value: 1 }])
        await assert.rejects(devices.history(stretch, { account: undefined }), refused(404, 'UNKNOWN_DEVICE'))
        await bench.clear()
    })
})
