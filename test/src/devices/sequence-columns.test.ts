import assert from 'node:assert/strict'
import { Fleet } from '../../../src/devices/fleet.ts'
import { SequenceColumns } from '../../../src/devices/sequence-columns.ts'
import type { Store } from '../../../src/store/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { workbench } from '../store/open.ts'

describe('columns about sequences', () => {
    let bench: ReturnType<typeof workbench>
    let store: Store
    let fleet: Fleet
    let columns: SequenceColumns
    const begin = async () => {
        fleet = new Fleet({ name: 'devices', repository: store.devices, clock: new FakeClock(), log: assert.fail })
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
        const added = columns.add('0001', set, { sequence, kind, connection })
        const { changed } = await fleet.update('0001', added, { register: true, history: false })
        return Object.fromEntries(changed)
    }

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

    it('begin anew with a device that was removed', async () => {
        await say(1)
        await say(3)
        await fleet.remove('0001')
        assert.deepEqual(await say(9, { a: 1 }), { a: 1 })
    })

    it('are not added to messages without a number, nor to what is no set of properties', () => {
        const set = { a: 1 }
        assert.equal(columns.add('0001', set, {}), set)
        assert.equal(columns.add('0001', set, { sequence: '7' }), set)
        assert.equal(columns.add(7, set, { sequence: 7 }), set)
        for (const odd of [undefined, null, 'x', [1]]) assert.equal(columns.add('0001', odd, { sequence: 7 }), odd)
    })
})
