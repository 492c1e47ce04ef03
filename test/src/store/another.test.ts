import assert from 'node:assert/strict'
import { copyFileSync, readdirSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { DeviceRow } from '../../../src/fleet/repository.ts'
import type { KnownSocket } from '../../../src/power/repository.ts'
import type { Store } from '../../../src/stores.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { bad, good, healthy, instance, refusal, workbench } from './open.ts'

describe('a database that was deleted or replaced', () => {
    let bench: ReturnType<typeof workbench>
    const never = new AbortController().signal
    beforeEach(() => {
        bench = workbench()
    })
    afterEach(() => bench.clear())

    const remove = (which = (name: string) => name.startsWith('test.sqlite')) => {
        for (const name of readdirSync(bench.root).filter(which)) rmSync(bench.file(name))
    }
    const truth: KnownSocket = {
        socket: { id: 's1', name: 'heater', offDue: true, haltedAt: 77 },
        running: [instance('r1'), instance('r2')],
        events: [{ at: 5, kind: 'on', owner: 'r1' }],
        at: 99,
    }
    const kept = async (store: Store) => ({
        socket: await store.power.socket('s1'),
        running: (await store.power.running('s1')).map(({ id }) => id),
        events: await store.power.events('s1', 10),
    })
    const wanted = { socket: truth.socket, running: ['r1', 'r2'], events: truth.events }

    it('is written again before anybody reads or writes anything else', async () => {
        const store = bench.open(bench.file())
        await store.states.put('n', 1)
        store.power.onAnother('s1', () => truth, never)
        remove()
        await assert.rejects(store.states.put('n', 2), refusal(/disappeared/))
        await assert.rejects(store.power.running('s1'), refusal(/disappeared/))
        await healthy(store, good)
        assert.deepEqual(await kept(store), wanted)
        await store.close()
        assert.deepEqual(await kept(bench.open(bench.file())), wanted)
    })

    it('that was emptied where it is has all that is known written again, before anything is acknowledged', async () => {
        const store = bench.open(bench.file())
        await store.states.put('n', 1)
        store.power.onAnother('s1', () => truth, never)
        truncateSync(bench.file())
        await assert.rejects(store.states.put('n', 2), refusal(/emptied/))
        await healthy(store, good)
        await store.states.put('n', 3)
        await store.close()
        const again = bench.open(bench.file())
        assert.deepEqual(await kept(again), wanted)
        assert.equal(await again.states.get('n'), 3)
    })

    it('is noticed between the commit and its acknowledgement', async () => {
        let armed = false
        const trace = (sql: string) => {
            if (armed && sql === 'commit') remove()
        }
        const store = bench.open(bench.file(), { trace })
        await store.states.put('n', 1)
        armed = true
        await assert.rejects(store.states.put('n', 2), refusal(/disappeared/))
    })

    it('is noticed while nobody writes', async () => {
        const clock = new FakeClock()
        const store = bench.open(bench.file(), { clock })
        await store.states.put('n', 1)
        store.power.onAnother('s1', () => truth, never)
        remove()
        clock.advance(5000)
        await healthy(store, bad(/disappeared/))
        const again = healthy(store, good)
        for (let i = 0; i < 20; i++) {
            await new Promise(setImmediate)
            clock.advance(1000)
        }
        await again
        assert.deepEqual(await kept(store), wanted)
    })

    it('of which only the log was deleted has everything in the file, and is opened anew', async () => {
        let armed = false
        const trace = (sql: string) => {
            if (armed && sql === 'commit') remove((name) => name.endsWith('-wal') || name.endsWith('-shm'))
        }
        const store = bench.open(bench.file(), { trace })
        await store.states.put('n', 1)
        armed = true
        await store.states.put('n', 2)
        armed = false
        copyFileSync(bench.file(), bench.file('copy.sqlite'))
        const copy = new DatabaseSync(bench.file('copy.sqlite'))
        assert.deepEqual({ ...copy.prepare('select state from node_states').get() }, { state: '2' })
        copy.close()
        await assert.rejects(store.states.put('n', 3), refusal(/-wal/))
        await healthy(store, good)
        assert.equal(await store.states.get('n'), 2)
        await store.states.put('n', 4)
    })

    it('by an old copy lets nobody run who does not', async () => {
        const first = bench.open(bench.file())
        await first.power.commit('s1', { started: instance('old'), events: [{ at: 1, kind: 'on', owner: 'old' }] })
        await first.close()
        copyFileSync(bench.file(), bench.file('copy'))
        const store = bench.open(bench.file())
        await store.power.running('s1')
        store.power.onAnother('s1', () => truth, never)
        renameSync(bench.file('copy'), bench.file())
        await assert.rejects(store.states.put('n', 2), refusal(/disappeared/))
        await healthy(store, good)
        assert.deepEqual((await kept(store)).running, ['r1', 'r2'])
        assert.equal((await store.power.instance('old'))?.stoppedAt, 99)
        assert.deepEqual(
            (await store.power.events('s1', 10)).map(({ owner }) => owner),
            ['old', 'r1'],
        )
    })

    it('is asked for again when it could not be written, and says nothing of what nobody knows', async () => {
        const store = bench.open(bench.file())
        await store.states.put('n', 1)
        let tries = 0
        store.power.onAnother(
            's1',
            () => {
                if (tries++ === 0) throw new Error('not yet')
                return tries === 2 ? truth : undefined
            },
            never,
        )
        store.power.onAnother('s2', () => undefined, never)
        remove()
        await assert.rejects(store.states.put('n', 2), refusal(/disappeared/))
        await healthy(store, good)
        assert.deepEqual(await kept(store), wanted)
        assert.equal(await store.power.socket('s2'), undefined)
    })

    it('has its devices again', async () => {
        const store = bench.open(bench.file())
        await store.states.put('n', 1)
        const rows: DeviceRow[] = Array.from({ length: 1500 }, (_, i) => ({
            id: `d${i}`,
            fleet: 'f',
            owner: i % 2 === 0 ? null : 'somebody',
            properties: new Map([
                ['a', { value: i, at: 10 }],
                ['__proto__', { value: { x: [i] }, at: 11 }],
            ]),
            registeredAt: 1,
            updatedAt: 12,
        }))
        store.devices.onAnother('f', () => rows)
        remove()
        await assert.rejects(store.states.put('n', 2), refusal(/disappeared/))
        await healthy(store, good)
        const found = new Map((await store.devices.devices('f')).map((row) => [row.id, row]))
        assert.deepEqual(
            rows.map(({ id }) => found.get(id)),
            rows,
        )
    })
})
