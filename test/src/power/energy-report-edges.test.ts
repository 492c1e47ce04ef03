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
    const report = (
        store: Store,
        given: ReportInput,
        ids: string[],
        now = START + DAY,
        view: { price: number | null } = { price: null },
    ) => {
        const named = ids.map((id) => ({ id, name: id, view }))
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

    it('tells a cost of 0 of what used nothing at a price, and none without a price', async () => {
        const store = await open()
        const plug = new Metered(store, 's1')
        await plug.restart()
        plug.read()
        plug.switch(true)
        plug.start('a')
        plug.pass(HOUR / 60)
        plug.read()
        await plug.kept
        const costs = async (price: number | null, end: number, by: string) => {
            const { total, groups } = await report(store, { from: START, to: START + end, by }, ['s1'], START + DAY, { price })
            return [total.kWh, total.cost, groups![0]!.cost]
        }
        assert.deepEqual(await costs(0.3, HOUR, 'socket'), [0, 0, 0])
        assert.deepEqual(await costs(null, HOUR, 'socket'), [0, null, null])
        assert.deepEqual(await costs(0.3, HOUR, 'instance'), [0, 0, 0])
        const { total } = await report(store, { from: START - DAY, to: START }, ['s1'], START + DAY, { price: 0.3 })
        assert.deepEqual([total.kWh, total.cost], [null, null])
    })

    it('counts as on no time of which nobody knows whether it was', async () => {
        const store = await open()
        const plug = new Metered(store, 's1')
        await plug.restart()
        plug.power = 600
        plug.read()
        plug.switch(true)
        const on = async () => (await report(store, { from: START, to: START + DAY }, ['s1'])).total.secondsOn
        const pass = async (ms: number, total?: null) => {
            plug.pass(ms)
            plug.read(total)
            await plug.kept
        }
        await pass(HOUR / 12)
        assert.equal(await on(), 300)
        await plug.restart()
        await pass(2 * HOUR)
        assert.equal(await on(), 300, 'Node-RED was away')
        await pass(HOUR)
        assert.equal(await on(), 3900, 'a plug that tells its meter every hour')
        await pass(3 * HOUR)
        assert.equal(await on(), 3900, 'the plug was silent')
        await pass(HOUR / 2, null)
        assert.equal(await on(), 3900, 'there is no counter')
        await plug.restart()
        await pass(60_000)
        assert.equal(await on(), 3960)
        const away = await report(store, { from: START + HOUR, to: START + 2 * HOUR }, ['s1'])
        assert.deepEqual(
            [Math.round(away.total.kWh! * 1000), away.total.secondsOn],
            [600, null],
            'something was used, but who knows for how long',
        )
    })

    it('is of the minute that is under way, as much as has passed of it', async () => {
        const store = await open()
        const plug = new Metered(store, 's1')
        await plug.restart()
        plug.power = 3600
        plug.read()
        plug.switch(true)
        for (const id of ['a', 'b']) plug.start(id)
        for (let i = 0; i < 4; i++) {
            plug.pass(5000)
            plug.read()
        }
        await plug.kept
        const now = START + 20_000
        const kWh = async (from: number, to: number) => {
            const { total, groups } = await report(store, { from, to, by: 'instance' }, ['s1'], now)
            const sum = groups!.reduce((all, group) => all + (group.kWh ?? 0), 0)
            assert.ok(Math.abs(sum - total.kWh!) < 1e-5, `${sum} is not ${total.kWh}`)
            return total.kWh!
        }
        const about = (value: number, wanted: number) => assert.ok(Math.abs(value - wanted) < 1e-5, `${value} is not ${wanted}`)
        about(await kWh(START, now), 0.02)
        about(await kWh(START, now - 1000), 0.019)
        about(await kWh(START + 1000, now), 0.019)
        about(await kWh(START + 5000, now - 5000), 0.01)
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
