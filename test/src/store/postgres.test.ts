import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../../src/lib/index.ts'
import { openStore, type Store, type StoreHealth } from '../../../src/stores.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { eventually } from '../../support/file.ts'
import { ask, dropDatabase, emptyDatabase, wayTo } from '../../support/postgres.ts'
import { stopwatch } from '../../support/stopwatch.ts'
import { bad, good, healthy, instance, reading, refusal, samplesOf, soon } from './open.ts'

const task = { id: 'w', kind: 'k', queue: '', owner: 'n', key: null, dueAt: 1, expiresAt: null, parent: null, payload: '' }

describe('a store on a PostgreSQL server', () => {
    let url: string
    let stores: Store[] = []
    const log: string[] = []
    const open = (at = url, clock = systemClock, trace = (_sql: string): unknown => undefined): Store => {
        const store = openStore({ file: '', url: at, retentionDays: 0, clock, trace, log: (level, text) => log.push(`${level}: ${text}`) })
        stores.push(store)
        return store
    }
    const change = (part: Partial<URL>) => Object.assign(new URL(url), part).href

    beforeEach(async () => {
        url = await emptyDatabase()
        log.length = 0
    })
    afterEach(async () => {
        await Promise.all(stores.map((store) => store.close()))
        stores = []
        await dropDatabase(url)
    })

    it('keeps it in a schema of its own, beside what others have there, and finds it again', async () => {
        await ask(url, 'create table public.kysely_migration (name text)')
        await ask(url, 'create table public.devices (mine text)')
        const store = open()
        await store.power.commit('s1', { started: instance('a', { timeout: 1500 }) })
        await store.close()
        assert.equal((await open().power.instance('a'))?.timeout, 1500)
        const tables = await ask<{ at: string }>(
            url,
            "select schemaname || '.' || tablename as at from pg_tables where tablename = 'devices'",
        )
        assert.deepEqual(tables.map(({ at }) => at).sort(), ['public.devices', 'socketworks.devices'])
    })

    it('gives whole numbers back to the digit, and refuses those that a number cannot hold', async () => {
        const store = open()
        const at = Number.MAX_SAFE_INTEGER - 1
        await store.power.addSample('s1', reading(at, 0.1 + 0.2))
        assert.deepEqual(await samplesOf(store, 's1', at, at), [reading(at, 0.1 + 0.2)])
        await ask(
            url,
            "insert into tasks (id, kind, queue, owner, due_at, attempts, bytes, payload) values ('w', 'k', '', 'n', 9007199254740993, 0, 0, '')",
        )
        await assert.rejects(store.tasks.get('w'), /9007199254740993 is too large/)
        await store.states.put('n', 'goes on')
        assert.deepEqual(store.health, { ok: true })
    })

    it('keeps text with a NUL in it, which is none of it any more, and all that was written with it', async () => {
        const store = open()
        const change = { fleet: 'f', at: 1, set: new Map([['x', 'a\0b']]), bytes: 0, register: true, history: false }
        await Promise.all([
            store.devices.commit({ ...change, id: 'd', owner: 'o\0' }),
            ...Array.from({ length: 20 }, (_, i) => store.devices.commit({ ...change, id: `d${i}`, owner: null })),
        ])
        const rows = await store.devices.devices('f')
        assert.deepEqual([rows.length, rows[0]?.owner, rows[0]?.properties.get('x')?.value], [21, 'o\uFFFD', 'a\0b'])
    })

    it('waits until a commit is on the disk, also on a server that would not', async () => {
        await ask(url, `alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`)
        const seen = new Promise<string>((resolve) => void open(url, systemClock, (sql) => sql === 'commit' && resolve(sql)))
        await stores[0]!.states.put('n', 1)
        await seen
        // What the session has, told by a function that it calls itself.
        await ask(url, 'create table socketworks.told (setting text)')
        await ask(
            url,
            `create function socketworks.tell() returns trigger language plpgsql as
            $$ begin insert into socketworks.told values (current_setting('synchronous_commit')); return new; end $$`,
        )
        await ask(url, 'create trigger tell after insert on socketworks.tasks execute function socketworks.tell()')
        await stores[0]!.tasks.add(task)
        assert.deepEqual(await ask(url, 'select setting from socketworks.told'), [{ setting: 'on' }])
    })

    it('says what is wrong with the URL, the password or the database, without the password, and goes on once it is right', async () => {
        const wrong: [string, RegExp][] = [
            ['mysql://127.0.0.1/x', /URL of the database is wrong/],
            [change({ password: 'not-this-one' }), /refuses the user: password authentication failed/],
            [change({ port: '1' }), /cannot connect .*ECONNREFUSED/],
        ]
        for (const [at, reason] of wrong) {
            const health = await healthy(open(at), bad(reason))
            assert.doesNotMatch(JSON.stringify([health, log]), /not-this-one/)
        }
        const later = change({ pathname: `${new URL(url).pathname}_later` })
        const store = open(later)
        await healthy(store, bad(/no such database: database "test_\d+_\d+_later" does not exist/))
        await assert.rejects(store.states.put('n', 1), refusal(/no such database/))
        await ask(url, `create database ${new URL(later).pathname.slice(1)}`)
        await healthy(store, good)
        await store.close()
        await dropDatabase(later)
    })

    it('refuses what is not ours to write to, and leaves it alone', async () => {
        await ask(url, 'create schema socketworks')
        await ask(url, 'create table socketworks.devices (theirs text)')
        await healthy(open(), bad(/belongs to another program/))
        await ask(url, 'drop table socketworks.devices')
        await healthy(stores[0]!, good)
        await stores[0]!.close()
        await ask(url, "insert into socketworks.kysely_migration (name, timestamp) values ('9999-newer', 'now')")
        await healthy(open(), bad(/newer version/))
    })

    it('is red while the connection is lost, refuses meanwhile, and goes on by itself with all that was acknowledged', async () => {
        const way = await wayTo(url)
        const store = open(way.url)
        await store.states.put('n', 'kept')
        way.cut()
        await assert.rejects(store.states.put('n', 'lost'), refusal(/connection to the database server was lost/))
        assert.equal(store.health.ok, false)
        way.open()
        await healthy(store, good)
        assert.equal(await store.states.get('n'), 'kept')
        await store.close()
        await way.close()
    })

    it('loses nothing acknowledged when the server ends its connection between any two statements', async () => {
        const store = open()
        await store.ready(soon())
        const kept: number[] = []
        const end =
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'Socketworks' and datname = current_database()"
        for (let round = 0; round < 4; round++) {
            const writes = Array.from({ length: 300 }, (_, i) => round * 300 + i).map((n) =>
                store.power.addSample('s1', reading(n)).then(
                    () => kept.push(n),
                    () => {},
                ),
            )
            await ask(url, end)
            await Promise.all(writes)
            await healthy(store, good)
        }
        const there = new Set((await samplesOf(store, 's1', 0, 1e6)).map(({ at }) => at))
        assert.deepEqual(
            kept.filter((n) => !there.has(n)),
            [],
        )
    })

    it('takes a connection that is dead without a word for lost within half a minute', async () => {
        const way = await wayTo(url)
        const clock = new FakeClock()
        const store = open(way.url, clock)
        await store.states.put('n', 1)
        way.stall()
        const refused = assert.rejects(store.states.put('n', 2), refusal(/does not answer/))
        const told = healthy(store, bad(/does not answer/))
        for (let s = 0; s < 30; s += 5) await clock.advanceAsync(5000)
        await Promise.all([refused, told])
        await store.close()
        await way.close()
    })

    it('closes within a second while the server is silent', async () => {
        const way = await wayTo(url)
        const store = open(way.url)
        await store.states.put('n', 1)
        way.stall()
        const refused = assert.rejects(store.states.put('n', 2), refusal(/./))
        const took = stopwatch()
        await store.close()
        assert.ok(took() < 1500)
        await refused
        await way.close()
    })

    it('says that the disk of the server is full, reads on, and goes on by itself', async () => {
        const store = open()
        await store.states.put('n', 'kept')
        // The server itself says so, with its own code.
        await ask(
            url,
            `create function socketworks.full() returns trigger language plpgsql as
            $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$`,
        )
        for (const table of ['tasks', 'kysely_migration_lock'])
            await ask(url, `create trigger is_full before insert on socketworks.${table} execute function socketworks.full()`)
        await assert.rejects(store.tasks.add(task), refusal(/disk of the database server is full/))
        assert.equal(store.health.ok, false)
        assert.equal(await store.states.get('n'), 'kept')
        await ask(url, 'drop function socketworks.full() cascade')
        await healthy(store, good)
        await store.tasks.add(task)
    })

    it('belongs to one Node-RED at a time: another is refused until the first is gone, however it goes', async () => {
        const first = fork(fileURLToPath(import.meta.resolve('./child/postgres.ts')), [url], { execArgv: ['--no-warnings'] })
        let last = -1
        const hears = new Promise<void>((resolve) =>
            first.on('message', (told: number | StoreHealth) => {
                if (typeof told !== 'number') return
                last = told
                resolve()
            }),
        )
        await hears
        const store = open()
        await healthy(store, bad(/already used by another Node-RED/))
        first.kill('SIGKILL')
        await once(first, 'exit')
        await healthy(store, good)
        assert.ok(Number(await store.states.get('n')) >= last)
    })

    it('is refused to a second store of this Node-RED until the first is closed', async () => {
        const first = open()
        await first.ready(soon())
        const second = open()
        await healthy(second, bad(/already used by another store/))
        await first.close()
        await healthy(second, good)
    })

    it('has what is true of sockets written down again when its tables were taken away', async () => {
        const store = open()
        await store.ready(soon())
        const socket = { id: 's1', name: 'Heater', offDue: true, haltedAt: 5 }
        const truth = { socket, running: [instance('a')], events: [], at: 10 }
        store.power.onAnother('s1', () => truth, new AbortController().signal)
        await ask(url, 'drop schema socketworks cascade')
        await assert.rejects(store.power.instance('a'), refusal(/tables of the database are gone/))
        await healthy(store, good)
        assert.deepEqual([await store.power.socket('s1'), (await store.power.running('s1')).length], [socket, 1])
    })

    it('leaves nothing running that was refused because the answer to its commit got lost', async () => {
        const way = await wayTo(url)
        let isArmed = false
        const store = open(way.url, systemClock, (sql) => isArmed && sql === 'commit' && way.mute())
        const truth = { socket: { id: 's1', name: 'Heater', offDue: true, haltedAt: null }, running: [instance('a')], events: [], at: 10 }
        await store.power.commit('s1', { started: instance('a') })
        store.power.onAnother('s1', () => truth, new AbortController().signal)
        isArmed = true
        const refused = assert.rejects(store.power.commit('s1', { started: instance('b') }), refusal(/connection .* was lost/))
        await eventually(async () => (await ask(url, "select id from socketworks.instances where id = 'b'")).length === 1)
        isArmed = false
        way.cut()
        await refused
        way.open()
        await healthy(store, good)
        assert.deepEqual(
            (await store.power.running('s1')).map(({ id }) => id),
            ['a'],
        )
        assert.equal((await store.power.instance('b'))?.stoppedAt, 10)
        await store.close()
        await way.close()
    })

    it('undoes the whole of a change that fails, and only that', async () => {
        const store = open()
        await store.power.commit('s1', { started: instance('there') })
        const results = await Promise.allSettled([
            store.power.commit('s1', { started: instance('a') }),
            store.power.commit('s1', { socket: { id: 's1', name: 'n', offDue: true, haltedAt: null }, started: instance('there') }),
            store.power.commit('s1', { started: instance('b') }),
        ])
        assert.deepEqual(
            results.map(({ status }) => status),
            ['fulfilled', 'rejected', 'fulfilled'],
        )
        assert.deepEqual([await store.power.socket('s1'), (await store.power.running('s1')).length], [undefined, 3])
    })

    it('says how to get the driver where it is missing', async () => {
        const child = fork(fileURLToPath(import.meta.resolve('./child/postgres.ts')), [url], {
            execArgv: ['--no-warnings', '--import', without('pg')],
        })
        const [health] = (await once(child, 'message')) as [StoreHealth]
        child.kill('SIGKILL')
        assert.ok(!health.ok && /needs the package pg: run 'npm install pg'/.test(health.reason), JSON.stringify(health))
    })
})

/** A module that makes Node.js find no package of that name. */
function without(name: string): string {
    const hooks = `export async function resolve(specifier, context, next) {
        if (specifier !== '${name}') return next(specifier, context)
        throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
    }`
    const asUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`
    return asUrl(`import { register } from 'node:module'; register(${JSON.stringify(asUrl(hooks))})`)
}
