import assert from 'node:assert/strict'
import { EnergyMeter } from '../../../src/energy/index.ts'
import { EnergyReports, type ReportInput, reportQuery } from '../../../src/power/index.ts'
import type { Store } from '../../../src/stores.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { Metered } from '../../support/metered.ts'
import { soon, workbench } from '../store/open.ts'

const [HOUR, DAY] = [3_600_000, 86_400_000]
const START = Metered.START

describe('an energy report, at its edges', () => {
    const bench = workbench()
    after(() => bench.clear())
    let files = 0
    const open = async () => {
        const store = bench.open(bench.file(`${++files}.sqlite`))
        await store.ready(soon())
        return store
    }
    /** A plug that has drawn 600 W for an hour. */
    const plugOf = async (store: Store, id: string, prepare: (plug: Metered) => void = () => {}) => {
        const plug = new Metered(store, id)
        await plug.restart()
        prepare(plug)
        plug.power = 600
        plug.read()
        plug.switch(true)
        plug.start(`${id}-run`)
        plug.pass(HOUR)
        plug.read()
        await plug.kept
    }
    const report = (store: Store, given: ReportInput, ids: string[], now = START + DAY) => {
        const named = ids.map((id) => ({ id, name: id }))
        return new EnergyReports(store.power, new FakeClock(now)).report(named, reportQuery({ timeZone: 'UTC', ...given }, String), String)
    }

    it('tells no cost where nothing had a price', async () => {
        const store = await open()
        await plugOf(store, 's1')
        await plugOf(store, 's2', (plug) => {
            plug.meter = new EnergyMeter({ clock: plug.clock, sharing: 'equal' })
            plug.meter.load(undefined, [])
        })
        const ids = ['s1', 's2']
        const { groups, total } = await report(store, { from: START, to: START + HOUR, by: 'socket' }, ids)
        assert.deepEqual(
            [total, ...groups!].map(({ kWh, cost, unpricedKWh }) => [kWh, cost, unpricedKWh]),
            [
                [1.2, 0.3, 0.6],
                [0.6, 0.3, undefined],
                [0.6, null, 0.6],
            ],
        )
        const instances = (await report(store, { from: START, to: START + HOUR, by: 'instance' }, ids)).groups!
        assert.deepEqual(
            instances.slice(0, 2).map(({ socket, cost }) => [socket, cost]),
            [
                ['s1', 0.3],
                ['s2', null],
            ],
        )
    })

    it('tells no power by seconds of when an instance did not run', async () => {
        const store = await open()
        const plug = new Metered(store, 's1')
        await plug.restart()
        plug.power = 600
        const step = () => {
            plug.pass(5000)
            plug.read()
        }
        plug.read()
        step()
        plug.start('a')
        step()
        plug.stop('a')
        step()
        await plug.kept
        const query = { instanceId: 'a', from: START, to: START + 20_000, bucket: '5s' }
        const { buckets } = await report(store, query, ['s1'], START + 20_000)
        assert.deepEqual(
            buckets!.map(({ meanW, secondsKnown }) => [meanW, secondsKnown]),
            [
                [null, 0],
                [600, 5],
                [null, 0],
                [null, 0],
            ],
        )
    })

    it('is made of an instance that has started in what is the future since the clock was set back', async () => {
        const store = await open()
        await plugOf(store, 's1')
        const { total } = await report(store, { instanceId: 's1-run' }, ['s1'], START - DAY)
        assert.equal(total.kWh, 0.6)
    })
})
