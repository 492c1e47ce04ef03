import assert from 'node:assert/strict'
import { readPromised } from '../../../src/callback/promised.ts'
import { systemClock } from '../../../src/lib/index.ts'
import { keptMessage } from '../../../src/peers/kept.ts'
import { openDatabase, type StoreModule } from '../../../src/store/index.ts'
import { storeModules } from '../../../src/stores.ts'
import { PARKED } from '../../../src/tasks/index.ts'
import { soon, workbench } from '../store/open.ts'

describe('what was kept in a database from before there were tasks', () => {
    let bench: ReturnType<typeof workbench>
    beforeEach(() => {
        bench = workbench()
    })
    afterEach(() => bench.clear())

    /** A database as it was then. */
    async function databaseBefore(): Promise<void> {
        const old = Object.entries(storeModules({ retentionDays: 0 })).map(([name, module]) => {
            const steps = Object.entries((module as StoreModule<unknown>).migrations).filter(([step]) => step < '0008')
            return [name, { migrations: Object.fromEntries(steps), open: () => undefined }] as const
        })
        const before = openDatabase({ ...bench.place(bench.file()), clock: systemClock, log: () => {} }, Object.fromEntries(old))
        await before.ready(soon())
        await before.close()
    }

    it('goes on waiting', async () => {
        await databaseBefore()
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

    it('has its callbacks, open ones and those that were answered', async () => {
        await databaseBefore()
        const columns = 'id, node, url, header, state, accepted, body, attempts, next_at, created_at'
        const url = "'http://a.test:81/x','X-Callback'"
        await bench.ask(`insert into callbacks (${columns}) values ('open','a',${url},'open','{"i":1}',null,0,5,4)`)
        await bench.ask(`insert into callbacks (${columns}) values ('ready','r',${url},'ready',null,'{"m":"\u00e4"}',3,9,4)`)
        for (let i = 0; i < 40; i++)
            await bench.ask(`insert into callbacks (${columns}) values ('more ${i}','a',${url},'open',null,null,0,${i},${i + 5})`)
        const store = bench.open(bench.file())
        await store.tasks.begin('me')
        const common = { kind: 'callback', queue: '', parent: null }
        const [open, ready] = [(await store.tasks.get('open'))!, (await store.tasks.get('ready'))!]
        const of = ({ kind, queue, parent }: typeof open) => ({ kind, queue, parent })
        assert.deepEqual([of(open), of(ready)], [common, common])
        const target = { url: 'http://a.test:81/x', header: 'X-Callback' }
        assert.deepEqual(readPromised(open), { ...target, accepted: '{"i":1}', body: '' })
        assert.deepEqual(readPromised(ready), { ...target, accepted: undefined, body: '{"m":"\u00e4"}' })
        assert.deepEqual([open.owner, open.dueAt, open.key, open.attempts], ['', PARKED, null, 0])
        assert.deepEqual([ready.owner, ready.dueAt, ready.key, ready.attempts], ['r', 9, 'a.test:81', 3])
        assert.deepEqual([store.tasks.total('callback').count, store.tasks.total('callback', 'r').count], [42, 1])
        assert.equal((await store.tasks.childless({ kind: 'callback', queue: '' })).length, 41)
    })

    it('has what was kept for peers that are away, in order', async () => {
        await databaseBefore()
        const columns = 'id, endpoint, seq, node, peer, payload, created_at, expires_at, account, proven'
        await bench.ask(`insert into outbox (${columns}) values ('b','e',7,'n','p','{"n":2}',3,40,null,0)`)
        await bench.ask(`insert into outbox (${columns}) values ('a','e',5,'n','p','{"n":1}',3,50,'x',1)`)
        const store = bench.open(bench.file())
        await store.tasks.begin('me')
        const kept = await store.tasks.ofOwner('outbox', 'e', 0, 9)
        assert.deepEqual(
            kept.map(({ id, queue, dueAt, expiresAt }) => [id, queue, dueAt, expiresAt]),
            [
                ['a', 'e', PARKED, 50],
                ['b', 'e', PARKED, 40],
            ],
        )
        const [a, b] = await Promise.all(kept.map(async ({ id }) => (await store.tasks.get(id))!))
        assert.deepEqual(keptMessage(a!), { node: 'n', peer: 'p', account: 'x', payload: '{"n":1}' })
        assert.deepEqual(keptMessage(b!), { node: 'n', peer: 'p', account: null, payload: '{"n":2}' })
        assert.deepEqual(store.tasks.total('outbox', 'e').count, 2)
    })

    it('has the runs that end with their requests, which nodes remembered', async () => {
        await databaseBefore()
        const runs = JSON.stringify(['a', 'b', 'c'].map((instance) => ({ socket: instance === 'b' ? 't' : 's', instance })))
        await bench.ask(`insert into node_states (node, state) values ('n', '${runs}'), ('other', '{"socket":"s"}')`)
        const store = bench.open(bench.file())
        await store.tasks.begin('me')
        const kept = await Promise.all(['s', 't'].map((queue) => store.tasks.childless({ kind: 'requested-run', queue })))
        assert.deepEqual([kept, store.tasks.total('requested-run', 's').count], [[['a', 'c'], ['b']], 2])
        assert.deepEqual(await store.states.nodes(), ['other'])
    })
})
