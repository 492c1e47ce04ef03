import assert from 'node:assert/strict'
import { systemClock } from '../../../src/lib/index.ts'
import { openStore, type StoreModule } from '../../../src/store/index.ts'
import { storeModules } from '../../../src/stores.ts'
import { soon, workbench } from '../store/open.ts'

describe('what waited in a database from before there were tasks', () => {
    const bench = workbench()
    after(() => bench.clear())

    it('goes on waiting', async () => {
        const old = Object.entries(storeModules({ retentionDays: 0 })).map(([name, module]) => {
            const steps = Object.entries((module as StoreModule<unknown>).migrations).filter(([step]) => step < '0008')
            return [name, { migrations: Object.fromEntries(steps), open: () => undefined }] as const
        })
        const before = openStore({ ...bench.place(bench.file()), clock: systemClock, log: () => {} }, Object.fromEntries(old))
        await before.ready(soon())
        await before.close()
        await bench.ask("insert into waits (id, node, due_at, message, callback) values ('b', 'n1', 20, 'later', 'c1')")
        await bench.ask(
            "insert into waits (id, node, due_at, message, callback) values ('a', 'n1', 10, 'soon', null), ('c', 'n2', 5, '', null)",
        )
        const store = bench.open(bench.file())
        const task = { kind: 'wait', queue: 'n1', owner: 'n1', key: null, expiresAt: null, attempts: 0 }
        await store.tasks.begin('me')
        const found = await store.tasks.claim(['b', 'a'], { holder: 'me', now: 0, until: 1 })
        assert.deepEqual(found, [
            { ...task, id: 'a', seq: 2, dueAt: 10, parent: null, payload: 'soon', bytes: 4 },
            { ...task, id: 'b', seq: 3, dueAt: 20, parent: 'c1', payload: 'later', bytes: 5 },
        ])
        assert.deepEqual([store.tasks.total('wait', 'n1'), store.tasks.total('wait').count], [{ count: 2, bytes: 9 }, 3])
    })
})
