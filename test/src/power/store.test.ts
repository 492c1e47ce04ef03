import assert from 'node:assert/strict'
import { EnergyMeter } from '../../../src/energy/index.ts'
import { closed, type RunEnergy, type SocketMeter } from '../../../src/energy/shares.ts'
import type { InstanceRow } from '../../../src/power/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { instance, reading, workbench } from '../store/open.ts'

describe('what is kept of energy', () => {
    const bench = workbench()
    after(() => bench.clear())
    const stop = { powerOffAt: null, isEmergencyStopped: false, isManuallyStopped: false }

    /** Three that run and share by the rise in power, and their meter a minute later. */
    function three() {
        const clock = new FakeClock()
        const energy = new EnergyMeter({ clock, sharing: 'marginal', tariff: () => 0.5 })
        energy.load(undefined, [])
        const rows: InstanceRow[] = []
        for (const [i, power] of [600, 900, 1000].entries()) {
            energy.take({ total: null, today: null, power })
            const kept = energy.kept(() => {
                rows.push(instance(`i${i}`, { energy: energy.start(`i${i}`, 1)! }))
            })
            const { settled } = kept!
            const before = rows.find(({ id }) => id === settled?.id)
            if (before && settled) before.energy = settled.run
            energy.take({ total: null, today: null, power })
        }
        const started = rows.map((row) => ({ ...row }))
        clock.advance(60_000)
        energy.take({ total: null, today: null, power: 1100 })
        const meter = energy.now()!
        return { started, meter, ends: rows.map((row) => closed(energy.current(row.id, row.energy!), meter)) }
    }

    const same = (kept: RunEnergy | undefined, wanted: RunEnergy) => {
        const { energy, cost, ...rest } = kept!
        assert.ok(Math.abs(energy - wanted.energy) < 1e-9 && Math.abs(cost! - wanted.cost!) < 1e-9, `${energy} is not ${wanted.energy}`)
        const { energy: _, cost: __, ...others } = wanted
        assert.deepEqual(rest, others)
    }

    async function check(file: string, ids: string[][] | undefined, isKnown = true) {
        const store = bench.open(bench.file(file))
        const { started, meter, ends } = three()
        for (const row of started) await store.power.commit('s1', { started: row })
        if (!isKnown) await store.power.addSample('s1', reading(1), meter)
        const kept = { meter, ...(meter.newest && { settled: meter.newest }) }
        for (const some of ids ?? [undefined])
            await store.power.commit('s1', {
                stopped: { ...(some && { ids: some }), at: 2000, ...stop, reason: 'timeout', ...(isKnown && { kept }) },
            })
        for (const [i, end] of ends.entries()) {
            const row = await store.power.instance(`i${i}`)
            same(row!.energy, end)
            assert.equal(row!.stopReason, 'timeout')
        }
        assert.deepEqual(await store.power.meter('s1'), meter)
        await store.close()
    }

    it('is what each has used that stops, be it one, some or all', async () => {
        await check('one.sqlite', [['i2'], ['i1'], ['i0']])
        await check('some.sqlite', [['i0', 'i1', 'i2']])
    })

    it('is that of all that stop without being known, by the meter as it was kept last', async () => {
        await check('all.sqlite', undefined, false)
    })

    it('is a meter that goes with its reading, and is set back by nothing that was late', async () => {
        const store = bench.open(bench.file('late.sqlite'))
        const { meter } = three()
        const later: SocketMeter = { ...meter, steps: meter.steps + 1, energy: meter.energy + 1 }
        await store.power.addSample('s1', reading(1), later)
        await store.power.commit('s1', { stopped: { ids: ['gone'], at: 1, ...stop, kept: { meter } } })
        assert.deepEqual(await store.power.meter('s1'), later)
        assert.equal(await store.power.meter('s2'), undefined)
        await store.close()
    })

    it('is the greatest power of its own time as well, without the readings once it has stopped', async () => {
        const store = bench.open(bench.file('power.sqlite'))
        const ids = ['one', 'two', 'three']
        for (const id of ids) await store.power.commit('s1', { started: instance(id, { sampledFrom: id === 'one' ? 10 : 20 }) })
        const readings = { s1: [5, 900, 10, 80, 20, 70, 2000, 60, 2001, 500], s2: [20, 3000] }
        for (const [socket, list] of Object.entries(readings))
            for (let i = 0; i < list.length; i += 2) await store.power.addSample(socket, reading(list[i]!, list[i + 1]!), undefined)
        const kept = { meter: three().meter }
        for (const some of [['one'], ['two', 'three']]) await store.power.commit('s1', { stopped: { ids: some, at: 2000, ...stop, kept } })
        await bench.ask('delete from samples', bench.file('power.sqlite'))
        assert.deepEqual(await Promise.all(ids.map(async (id) => (await store.power.instance(id))!.maxPower)), [80, 70, 70])
        await store.close()
    })

    it('is nothing for one that started before anything was kept of it', async () => {
        const store = bench.open(bench.file('old.sqlite'))
        await store.power.commit('s1', { started: instance('old') })
        await store.power.addSample('s1', reading(1), three().meter)
        await store.power.commit('s1', { stopped: { ids: ['old'], at: 1, ...stop } })
        const row = await store.power.instance('old')
        assert.deepEqual([row!.energy, row!.stoppedAt], [undefined, 1000])
        await store.close()
    })
})
