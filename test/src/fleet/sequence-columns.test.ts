import assert from 'node:assert/strict'
import { Fleet } from '../../../src/fleet/fleet.ts'
import { SequenceColumns } from '../../../src/fleet/sequence-columns.ts'
import type { Store } from '../../../src/stores.ts'
import { makeBus } from '../../support/bus.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { random as seeded } from '../../support/random.ts'
import { workbench } from '../store/open.ts'
import { forgetful } from './memory.ts'

describe('columns about sequences', () => {
    let bench: ReturnType<typeof workbench>
    let store: Store
    let fleet: Fleet
    let columns: SequenceColumns
    const begin = async () => {
        fleet = new Fleet({ bus: makeBus(), name: 'devices', repository: store.devices, clock: new FakeClock(), log: assert.fail })
        columns = new SequenceColumns(fleet)
        await fleet.load()
    }
    beforeEach(async () => {
        bench = workbench()
        store = bench.open(bench.file())
        await begin()
    })
    afterEach(() => bench.clear())

    const say = async (sequence: unknown, set: object = {}, kind = 'UPDT', connection = 'c') => {
        const noted = columns.add('0001', set, { sequence, kind, connection })
        const { changed } = await fleet.update('0001', noted.set, { register: true, history: false })
        noted.done()
        return Object.fromEntries(changed)
    }
    const state = (id = '0001') => Object.fromEntries([...fleet.rows.get(id)!.properties].map(([name, { value }]) => [name, value]))

    it('appear with the first fault, and go back when it is mended', async () => {
        assert.deepEqual(await say(7, { battery: 1 }), { battery: 1 })
        assert.deepEqual(await say(8, { battery: 1 }), {})
        assert.deepEqual(await say(10, { battery: 2 }), { battery: 2, _gaps: 1 })
        assert.deepEqual(await say(9), { _gaps: 0, _reordered: 1 })
        assert.deepEqual(await say(9), { _duplicates: 1 })
        assert.deepEqual(await say(11), {})
    })

    it('go on after a restart', async () => {
        await say(1)
        await say(5)
        await store.close()
        store = bench.open(bench.file())
        await begin()
        assert.deepEqual(await say(6), {})
        assert.deepEqual(await say(8), { _gaps: 4 })
    })

    it('cannot be sent by a device', async () => {
        assert.deepEqual(await say(1, { _gaps: 99, a: 1 }), { a: 1 })
        assert.deepEqual(await say(3, { _gaps: 'none' }), { _gaps: 1 })
    })

    it('remember nothing of a device that was refused, whether or not its message has a valid id', async () => {
        for (const sequence of [1, 20_000, -1, Number.NaN]) {
            const id = `refused ${sequence}`
            const checked = columns.add(id, { a: 1 }, { sequence })
            await assert.rejects(fleet.update(id, checked.set, { register: false, history: false, checked }), { code: 'UNKNOWN_DEVICE' })
            await fleet.update(id, { _gaps: 5 }, { register: true, history: false })
            assert.deepEqual(columns.add(id, {}, { sequence: 1 }).set, new Map([['_gaps', 5]]))
        }
    })

    it('begin anew with a device that was removed', async () => {
        await say(1)
        await say(3)
        await fleet.remove('0001')
        assert.deepEqual(await say(9, { a: 1 }), { a: 1 })
    })

    it('are not added to messages without a number, nor to what is no set of properties', () => {
        const set = { a: 1 }
        assert.equal(columns.add('0001', set, {}).set, set)
        assert.equal(columns.add('0001', set, { sequence: '7' }).set, set)
        assert.equal(columns.add(7, set, { sequence: 7 }).set, set)
        for (const odd of [undefined, null, 'x', [1]]) assert.equal(columns.add('0001', odd, { sequence: 7 }).set, odd)
    })

    it('come without the values of a late message that a later one has set anew', async () => {
        await say(1, { a: 1, b: 1, c: 1 })
        await say(4, { b: 4 })
        assert.deepEqual(await say(3, { a: 3, b: 3 }), { a: 3, _gaps: 1, _reordered: 1 })
        assert.deepEqual(await say(2, { a: 2, b: 2, c: 2 }), { c: 2, _gaps: 0, _reordered: 2 })
        assert.deepEqual(state(), { a: 3, b: 4, c: 2, _gaps: 0, _reordered: 2 })
        assert.deepEqual(await say(5, { a: 5, b: 5, c: 5 }), { a: 5, b: 5, c: 5 })
    })

    it('hold on to a value that a later message only repeated', async () => {
        await say(1, { a: 1 })
        await say(3, { a: 1 })
        await say(2, { a: 2 })
        assert.equal(state().a, 1)
    })

    it('know what is late where message ids wrap', async () => {
        await say(9998, { a: 'old' })
        await say(1, { a: 'new' })
        await say(9999, { a: 'late' })
        await say(0, { a: 'late', b: 'late' })
        assert.deepEqual(state(), { a: 'new', b: 'late', _gaps: 0, _reordered: 2 })
        for (let id = 2; id < 10_000; id++) columns.add('0001', { a: id }, { sequence: id, connection: 'c' })
        await say(0, { a: 'newest' })
        assert.equal(state().a, 'newest')
    })

    it('come without anything of an older message that is repeated', async () => {
        await say(1, { a: 1 })
        await say(2, { a: 2 })
        assert.deepEqual(await say(1, { a: 1 }), { _duplicates: 1 })
        await say(4, {})
        await say(3, { a: 3 })
        assert.deepEqual(await say(3, { a: 3 }), { _duplicates: 2 })
        assert.equal(state().a, 3)
    })

    it('take what has the id of the latest message: there are devices that always send the same', async () => {
        for (const a of [1, 2, 3]) await say(0, { a })
        assert.deepEqual(state(), { a: 3, _duplicates: 2 })
    })

    it('find nothing late of a device that begins anew', async () => {
        const begun = async (sequence: number, kind: string, connection: string) => {
            await say(30, { a: 30 }, 'INIT')
            await say(40, { a: 40 })
            await say(sequence, { a: 'anew' }, kind, connection)
            await say(sequence + 1, { a: 'and on' }, 'UPDT', connection)
            return state().a
        }
        assert.equal(await begun(5, 'INIT', 'c'), 'and on')
        assert.equal(await begun(0, 'UPDT', 'd'), 'and on')
        assert.equal(await begun(1, 'UPDT', 'd'), 'and on')
        assert.equal(await begun(30, 'UPDT', 'd'), 'and on')
        await begin()
        assert.equal(await begun(12, 'UPDT', 'd'), 'and on')
    })

    it('find nothing late after a 0 when nobody knows by what connection it came', async () => {
        const said = async (sequence: number, a: number) => {
            const { set, done } = columns.add('0001', { a }, { sequence })
            await fleet.update('0001', set, { register: true, history: false })
            done()
            return state().a
        }
        for (let id = 0; id < 50; id++) await said(id, id)
        assert.equal(await said(7, 7), 49)
        assert.deepEqual([await said(0, 100), await said(1, 101), await said(2, 102)], [100, 101, 102])
    })

    it('tell late messages of one device by those of that device alone', async () => {
        const tell = async (id: string, sequence: number, a: number) => {
            const { set } = columns.add(id, { a }, { sequence, connection: id })
            await fleet.update(id, set, { register: true, history: false })
        }
        for (const [id, sequence] of [
            ['0001', 10],
            ['0002', 500],
            ['0001', 12],
            ['0002', 499],
            ['0002', 501],
            ['0001', 11],
            ['0002', 503],
            ['0001', 13],
            ['0002', 502],
        ] as const)
            await tell(id, sequence, sequence)
        assert.deepEqual([state('0001').a, state('0002').a], [13, 503])
    })

    it('take a message that was refused when it comes again, but for what later ones have set', async () => {
        await say(1, { a: 1, b: 1 })
        const refused = columns.add('0001', { a: 2, b: 2, c: 2 }, { sequence: 2, connection: 'c' })
        await say(3, { b: 3 })
        refused.undo()
        await say(2, { a: 2, b: 2, c: 2 })
        assert.deepEqual(state(), { a: 2, b: 3, c: 2, _duplicates: 1 })
        assert.deepEqual(await say(2, { a: 2, b: 2, c: 2 }), { _duplicates: 2 })
    })

    it('take for new what says something else under the id of an older message', async () => {
        for (const a of [1, 2, 3]) await say(a, { a })
        assert.deepEqual([await say(1, { a: 'new' }), await say(2, { a: 2 }), state().a], [{ a: 'new' }, { a: 2 }, 2])
    })

    it('take a message again that is not known to be kept yet', async () => {
        await say(1, { a: 1 })
        const first = columns.add('0001', { a: 2, b: 2 }, { sequence: 2, connection: 'c' })
        await say(3, { a: 3 })
        assert.deepEqual(await say(2, { a: 2, b: 2 }), { b: 2, _duplicates: 1 })
        first.undo()
        assert.equal(state().b, 2)
    })

    it('take all of a device that goes on from any id on another connection', async () => {
        for (const from of [0, 1, 7, 90, 119, 120, 121, 122, 500, 5000, 9990]) {
            await begin()
            for (let id = 100; id <= 120; id++) await say(id, { a: id }, 'UPDT', `before ${from}`)
            for (let n = 0; n < 30; n++) {
                const a = `${from} + ${n}`
                const { set } = columns.add('0001', { a }, { sequence: (from + n) % 10_000, connection: `after ${from}` })
                assert.equal(new Map(set instanceof Map ? set : Object.entries(set as object)).get('a'), a)
            }
        }
    })

    it('count a refused message as one that set nothing', async () => {
        await say(1, { a: 1 })
        const refused = columns.add('0001', { a: 3 }, { sequence: 3, connection: 'c' })
        refused.undo()
        await say(2, { a: 2 })
        assert.equal(state().a, 2)
    })

    it('are not touched by what others say of somebody’s device', async () => {
        await fleet.update('0001', { a: 1 }, { owner: 'anna', register: true, history: false })
        await say(1, { a: 1 })
        for (const owner of ['ben', null]) {
            const set = { a: 9 }
            assert.equal(columns.add('0001', set, { sequence: 200, owner }).set, set)
        }
        assert.deepEqual(await say(2, { a: 2 }), { a: 2 })
    })

    it('leave what the latest messages said, however mixed up and repeated they come', async () => {
        const random = seeded(7)
        fleet = new Fleet({ bus: makeBus(), name: 'devices', repository: forgetful(), clock: new FakeClock(), log: assert.fail })
        columns = new SequenceColumns(fleet)
        await fleet.load()
        for (let round = 0; round < 20; round++) {
            const id = String(round)
            const first = Math.floor(random() * 10_000)
            const sent = Array.from({ length: 600 }, (_, n) => {
                const names = ['a', 'b', 'c', 'd'].filter(() => random() < 0.3)
                return { n, sequence: (first + n) % 10_000, set: Object.fromEntries(names.map((name) => [name, n])) }
            })
            // The first comes first: what was sent before it nobody can tell from what came before a restart.
            const came = [0, 1].flatMap((time) =>
                sent
                    .filter(() => time === 0 || random() < 0.2)
                    .map((one) => ({ one, at: one.n + random() * 100 * (time + Number(one.n > 0)) })),
            )
            const mixed = [{ one: sent[0]!, at: -1 }, ...came].sort((x, y) => x.at - y.at)
            for (const { one } of mixed) {
                const { set, done } = columns.add(id, one.set, { sequence: one.sequence, connection: 'c' })
                await fleet.update(id, set, { register: true, history: false })
                done()
            }
            const { _gaps, _duplicates, _reordered, ...found } = state(id)
            assert.deepEqual(found, Object.assign({}, ...sent.map(({ set }) => set)), `round ${round}`)
            assert.equal(_gaps ?? 0, 0)
        }
    })
})
