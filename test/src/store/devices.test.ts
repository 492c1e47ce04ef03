import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { Fleet } from '../../../src/fleet/fleet.ts'
import { systemClock } from '../../../src/lib/index.ts'
import { openDatabase } from '../../../src/store/index.ts'
import { type Store, storeModules } from '../../../src/stores.ts'
import { makeBus } from '../../support/bus.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { healthy, instance, itOnFiles, refusal, soon, workbench } from './open.ts'

/** Opens a file as a version did that did not have that step yet, nor any later one. */
function openBefore(first: string, place: { file: string; url?: string }): Store {
    const modules = Object.entries(storeModules({ retentionDays: 0 })).map(([name, module]) => {
        const steps = Object.entries(module.migrations).filter(([step]) => step < first)
        return [name, { ...module, migrations: Object.fromEntries(steps) }]
    })
    return openDatabase({ ...place, clock: systemClock, log: () => {} }, Object.fromEntries(modules)) as Store
}

describe('devices in the store', () => {
    let bench: ReturnType<typeof workbench>
    beforeEach(() => {
        bench = workbench()
    })
    afterEach(() => bench.clear())

    it('are added to a file of the version before, which keeps what it has', async () => {
        const old = openBefore('0003-devices', bench.place(bench.file()))
        await old.ready(soon())
        await old.close()
        // As that version wrote it: its table has no columns of later steps.
        await bench.ask("insert into instances values ('before', 's1', 1000, null, 0, 990, null, null, 0, 0)")
        const devices = () => bench.ask('select count(*) as devices from devices')
        await assert.rejects(devices, /devices/)
        const store = bench.open(bench.file())
        assert.deepEqual(await store.power.instance('before'), instance('before'))
        const fleet = new Fleet({ bus: makeBus(), name: 'f', repository: store.devices, clock: new FakeClock(), log: assert.fail })
        await fleet.update('d', { x: 1 }, { register: true, history: true })
        await store.close()
        assert.equal(Number((await devices())[0]?.devices), 1)
    })

    it('have the history that an older version kept', async () => {
        const old = openBefore('0004-history', bench.place(bench.file()))
        await old.ready(soon())
        await old.close()
        for (const device of ['b', 'a'])
            for (const at of [30, 10, 20])
                await bench.ask(`insert into device_history values ('f', '${device}', 'x', ${at}, ${device === 'a' ? at : -at})`)
        const store = bench.open(bench.file())
        const values = async (device: string) => (await store.devices.history('f', device, 'x', 0, 100, 10)).map(({ value }) => value)
        assert.deepEqual(
            [await values('a'), await values('b')],
            [
                [10, 20, 30],
                [-10, -20, -30],
            ],
        )
    })

    // What waits is held before any database is asked.
    itOnFiles('refuses more than it can hold instead of growing without end', async () => {
        const store = bench.open(':memory:')
        await store.ready(soon())
        const change = { fleet: 'f', owner: null, at: 1, set: new Map([['x', 1]]), bytes: 0, register: true, history: false }
        const results = await Promise.allSettled(Array.from({ length: 21_000 }, (_, i) => store.devices.commit({ ...change, id: `d${i}` })))
        const refused = results.filter((result) => result.status === 'rejected')
        assert.equal(refused.length, 1000)
        assert.ok(refusal(/too much/)(refused[0]?.reason))
        assert.equal((await store.devices.devices('f')).length, 20_000)
    })

    itOnFiles('takes a change that was given while the file was locked, once', async () => {
        const store = bench.open(bench.file())
        await store.ready(soon())
        const other = new DatabaseSync(bench.file())
        other.exec('begin immediate')
        const change = { fleet: 'f', id: 'd', owner: 'me', at: 1, set: new Map([['x', 1]]), bytes: 0, register: true, history: true }
        const written = store.devices.commit(change)
        const after = store.devices.commit({ ...change, at: 2, owner: undefined, set: new Map([['x', 2]]), register: false })
        await new Promise((resolve) => setTimeout(resolve, 50))
        other.exec('rollback')
        other.close()
        await Promise.all([written, after])
        await healthy(store, ({ ok }) => ok)
        const [row] = await store.devices.devices('f')
        assert.deepEqual([row?.owner, row?.updatedAt, row?.properties.get('x')], ['me', 2, { value: 2, at: 2 }])
        assert.deepEqual(await store.devices.history('f', 'd', 'x', 0, 10, 10), [
            { at: 1, value: 1 },
            { at: 2, value: 2 },
        ])
    })
})
