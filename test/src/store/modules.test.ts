import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import {
    DummyDriver,
    Kysely,
    PostgresAdapter,
    PostgresIntrospector,
    PostgresQueryCompiler,
    SqliteAdapter,
    SqliteQueryCompiler,
} from 'kysely'
import { systemClock } from '../../../src/lib/index.ts'
import { openDatabase, preparedRow, preparedRows, type Step, type StoreModule } from '../../../src/store/index.ts'
import { stepsOf } from '../../../src/store/migrations.ts'
import { Retention } from '../../../src/store/retention.ts'
import { storeModules } from '../../../src/stores.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { healthy, soon, workbench } from './open.ts'

interface Notes {
    notes: { id: string; text: string }
}

const log = () => {}
const makeNotes: Step = async (db) => {
    await db.schema.createTable('notes').addColumn('id', 'text').addColumn('text', 'text').execute()
}
/** All that it takes to keep something new. */
const notes: StoreModule<{ put(id: string, text: string): Promise<void>; all(): Promise<Notes['notes'][]> }> = {
    migrations: { '0001-notes': makeNotes },
    open({ access }) {
        const { read, write } = access<Notes>()
        return {
            put: (id, text) =>
                write(async (db) => {
                    await db.insertInto('notes').values({ id, text }).execute()
                }),
            all: () => read((db) => db.selectFrom('notes').selectAll().execute()),
        }
    },
}

const module = (migrations: Record<string, Step>): StoreModule<undefined> => ({ migrations, open: () => undefined })

describe('the modules of a store', () => {
    let bench: ReturnType<typeof workbench>
    beforeEach(() => {
        bench = workbench()
    })
    afterEach(() => bench.clear())

    it('bring a table and a repository, also to a file that was made without them', async () => {
        const before = openDatabase({ file: bench.file(), clock: systemClock, log }, { other: module({ '0000-other': async () => {} }) })
        await before.ready(soon())
        await before.close()
        const store = openDatabase(
            { file: bench.file(), clock: systemClock, log },
            { notes, other: module({ '0000-other': () => assert.fail('it was done before') }) },
        )
        await store.notes.put('a', 'b')
        const kept = await store.notes.all()
        await store.close()
        assert.deepEqual(
            kept.map(({ text }) => text),
            ['b'],
        )
    })

    it('have their steps run in the order of the names, and those of one name together, in the order of the modules', async () => {
        const ran: string[] = []
        const step =
            (name: string): Step =>
            () =>
                Promise.resolve(void ran.push(name))
        const modules = {
            b: module({ '0003-late': step('b3'), '0001-first': step('b1') }),
            a: module({ '0002-second': step('a2'), '0001-first': step('a1') }),
        }
        const store = openDatabase({ file: bench.file(), clock: systemClock, log }, modules)
        await store.ready(soon())
        await store.close()
        assert.deepEqual(ran, ['b1', 'a1', 'a2', 'b3'])
        const database = new DatabaseSync(bench.file(), { readOnly: true })
        const names = database.prepare('select name from kysely_migration order by name').all()
        database.close()
        assert.deepEqual(
            names.map(({ name }) => name),
            ['0001-first', '0002-second', '0003-late'],
        )
    })

    it('have a step run that came out after one of a later name', async () => {
        const ran: string[] = []
        const step = (name: string) => ({ [name]: () => Promise.resolve(void ran.push(name)) })
        const [early, between, late] = ['0012-early', '0013-between', '0014-late'].map(step)
        for (const later of [{}, between]) {
            const store = openDatabase({ file: bench.file(), clock: systemClock, log }, { a: module({ ...early, ...later, ...late }) })
            await store.ready(soon())
            await store.close()
        }
        assert.deepEqual(ran, ['0012-early', '0014-late', '0013-between'])
    })

    it('are all undone when one of their steps fails', async () => {
        const failing = { notes, bad: module({ '0002-bad': () => Promise.reject(new Error('no such thing')) }) }
        const store = openDatabase({ file: bench.file(), clock: systemClock, log }, failing)
        await healthy(store, (health) => !health.ok && /no such thing/.test(health.reason))
        await store.close()
        const database = new DatabaseSync(bench.file(), { readOnly: true })
        const tables = database.prepare("select name from sqlite_master where name = 'notes'").all()
        database.close()
        assert.deepEqual(tables, [])
    })

    it('still have every step that was ever released', () => {
        const released = [
            '0001-power',
            '0002-process',
            '0003-devices',
            '0004-history',
            '0005-outbox-accounts',
            '0006-history-size',
            '0007-history-leftovers',
        ]
        const names = [...stepsOf(storeModules({ retentionDays: 0 })).keys()].sort()
        assert.deepEqual(names.slice(0, released.length), released)
    })
})

describe('statements that are built once', () => {
    const over = (dialect: 'sqlite' | 'postgres') => {
        const sent: string[] = []
        const compiler = dialect === 'sqlite' ? new SqliteQueryCompiler() : new PostgresQueryCompiler()
        const db = new Kysely<Notes>({
            dialect: {
                createAdapter: () => (dialect === 'sqlite' ? new SqliteAdapter() : new PostgresAdapter()),
                createDriver: () => new DummyDriver(),
                createQueryCompiler: () => compiler,
                createIntrospector: (any) => new PostgresIntrospector(any),
            },
            log: ({ query }) => void sent.push(query.sql),
        })
        return { db, sent }
    }

    it('are in the words of the database they are run on, whichever came first', async () => {
        let built = 0
        const put = preparedRow((db: Kysely<Notes>, row: Notes['notes']) => {
            built++
            return db.insertInto('notes').values(row)
        })
        const putAll = preparedRows((db: Kysely<Notes>, rows) =>
            db.insertInto('notes').values(Array.from({ length: rows }, () => ({ id: '', text: '' }))),
        )
        const [one, other] = [over('sqlite'), over('postgres')]
        for (const { db } of [one, other, one]) {
            await put(db, { id: 'a', text: 'b' })
            await db.transaction().execute((trx) => putAll(trx, [['c', 'd']]))
        }
        const words = (mark: (n: number) => string) => `insert into "notes" ("id", "text") values (${mark(1)}, ${mark(2)})`
        assert.deepEqual([...new Set(one.sent)], [words(() => '?')])
        assert.deepEqual([...new Set(other.sent)], [words((n) => `$${n}`)])
        assert.equal(built, 2)
    })
})

describe('sweeps', () => {
    it('run every hour, one after the other, and once more when they were asked to meanwhile', async () => {
        const clock = new FakeClock()
        const runs: (() => void)[] = []
        const retention = new Retention({ clock, warn: assert.fail })
        const now = retention.add({ what: 'old things', run: () => new Promise((resolve) => runs.push(resolve)) })
        const turn = () => new Promise(setImmediate)
        retention.start()
        assert.equal(runs.length, 1)
        now()
        now()
        assert.equal(runs.length, 1)
        runs[0]!()
        await turn()
        assert.equal(runs.length, 2)
        runs[1]!()
        await turn()
        assert.equal(runs.length, 2)
        clock.advance(3_600_000)
        assert.equal(runs.length, 3)
        retention.end()
        runs[2]!()
        await turn()
        assert.equal(clock.pending, 0)
    })

    it('say what could not be deleted, and go on', async () => {
        const clock = new FakeClock()
        const said: string[] = []
        const retention = new Retention({ clock, warn: (text) => said.push(text) })
        let runs = 0
        retention.add({ what: 'old things', wait: 1000, run: () => Promise.reject(new Error(`no ${++runs}`)) })
        retention.start()
        assert.equal(runs, 0)
        clock.advance(1000)
        await new Promise(setImmediate)
        clock.advance(3_600_000)
        await new Promise(setImmediate)
        retention.end()
        assert.deepEqual(said, ['old things could not be deleted: Error: no 1', 'old things could not be deleted: Error: no 2'])
    })
})
