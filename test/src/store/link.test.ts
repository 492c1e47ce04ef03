import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { systemClock } from '../../../src/lib/index.ts'
import { stateStore } from '../../../src/process/index.ts'
import type { Access } from '../../../src/store/access.ts'
import type { Engine, EngineTables } from '../../../src/store/engine.ts'
import type { StoreHealth } from '../../../src/store/index.ts'
import { Link } from '../../../src/store/link.ts'
import { migrate, stepsOf } from '../../../src/store/migrations.ts'
import { sqliteDialect } from '../../../src/store/sqlite/dialect.ts'
import { columnTypes } from '../../../src/store/sqlite/engine.ts'
import { sqliteFault } from '../../../src/store/sqlite/faults.ts'
import { refusal, workbench } from './open.ts'

/** A real file, whose connection the test holds too. */
function linkTo(file: string) {
    const opened: DatabaseSync[] = []
    let released = 0
    const engine: Engine = {
        types: columnTypes,
        rowLocks: false,
        open() {
            const database = new DatabaseSync(file)
            database.exec('pragma journal_mode = wal')
            opened.push(database)
            return new Kysely<EngineTables>({ dialect: sqliteDialect(database) })
        },
        isAnother: false,
        diskSpace: () => undefined,
        check: () => {},
        fault: sqliteFault,
        release: () => void released++,
    }
    const seen: StoreHealth[] = []
    const waiting: (() => void)[] = []
    const health = (state: StoreHealth) => {
        seen.push(state)
        for (const resolve of waiting.splice(0)) resolve()
    }
    const steps = stepsOf({ states: stateStore })
    const link = new Link({ engine, clock: systemClock, migrate: (db) => migrate(db, steps, engine), health, error: () => {} })
    const access = <Tables>() => link as unknown as Access<Tables>
    return {
        link,
        states: stateStore.open({ access, rowLocks: false, sweep: () => () => {}, onShortage: () => {} }),
        access,
        opened,
        seen,
        change: () => new Promise<void>((resolve) => waiting.push(resolve)),
        released: () => released,
    }
}

describe('the link to a database', () => {
    let bench: ReturnType<typeof workbench>
    let to: ReturnType<typeof linkTo>

    beforeEach(async () => {
        bench = workbench()
        to = linkTo(bench.file())
        await to.states.put('n', 'kept')
    })
    afterEach(async () => {
        await to.link.close()
        await bench.clear()
    })

    it('refuses what a full disk has no room for, reads on, and goes on by itself on the same connection', async () => {
        const [database] = to.opened
        database!.exec('pragma max_page_count = 1')
        const large = 'x'.repeat(100_000)
        const results = await Promise.allSettled([to.states.put('a', 1), to.states.put('b', large), to.states.put('c', 1)])
        for (const result of results) assert.ok(result.status === 'rejected' && refusal(/disk is full/)(result.reason))
        assert.equal(to.link.health.ok, false)
        assert.equal(await to.states.get('n'), 'kept')
        assert.equal(await to.states.get('a'), undefined)
        const better = to.change()
        database!.exec('pragma max_page_count = 1000000')
        await better
        assert.deepEqual(to.link.health, { ok: true })
        await to.states.put('b', large)
        assert.equal(await to.states.get('b'), large)
        assert.equal(to.opened.length, 1)
    })

    it('opens anew when the connection breaks', async () => {
        to.opened[0]!.close()
        await assert.rejects(to.states.put('n', 'lost'), refusal(/closed/))
        await to.change()
        assert.equal(to.opened.length, 2)
        assert.equal(await to.states.get('n'), 'kept')
        await to.states.put('n', 'again')
        assert.deepEqual(
            to.seen.map(({ ok }) => ok),
            [true, false, true],
        )
    })

    it('finds each of two troubles, one right after the other', async () => {
        for (let i = 1; i < 3; i++) {
            to.opened[i - 1]!.close()
            await assert.rejects(to.states.get('n'), refusal(/closed/))
            await to.change()
            assert.equal(await to.states.get('n'), 'kept')
        }
        assert.equal(to.opened.length, 3)
    })

    it('gives an error that is the query’s own to whoever asked, and stays well', async () => {
        const broken = to.access<{ node_states: { node: string; state: string } }>().write(async (db) => {
            await db.insertInto('node_states').values({ node: 'n', state: '1' }).execute()
        })
        await assert.rejects(broken, /UNIQUE/)
        assert.deepEqual(to.link.health, { ok: true })
    })

    it('is released once, and may be closed twice', async () => {
        await Promise.all([to.link.close(), to.link.close()])
        await to.link.close()
        assert.equal(to.released(), 1)
        assert.equal(to.opened[0]!.isOpen, false)
    })
})
