import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { stopwatch } from '../../support/stopwatch.ts'
import { bad, good, healthy, refusal, soon, workbench } from './open.ts'

const child = (name: string) => fileURLToPath(new URL(`child/${name}.ts`, import.meta.url))

/** Another process that holds the file's lock until it is told to let go. */
async function lock(file: string): Promise<{ letGo(): Promise<void>; process: ChildProcess }> {
    const holder = spawn(process.execPath, ['--no-warnings', child('lock'), file], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(holder.stdout, 'data')
    return {
        process: holder,
        async letGo() {
            const gone = once(holder, 'exit')
            holder.stdin.end()
            await gone
        },
    }
}

describe('a store in trouble', () => {
    let bench: ReturnType<typeof workbench>
    const children: ChildProcess[] = []

    beforeEach(() => {
        bench = workbench()
    })
    afterEach(async () => {
        await bench.clear()
        for (const child of children.splice(0)) child.kill('SIGKILL')
    })

    /** Another process that has a store on the file. */
    async function occupied(file: string): Promise<ChildProcess> {
        const user = spawn(process.execPath, ['--no-warnings', child('acknowledge'), file, 'theirs'], {
            stdio: ['ignore', 'pipe', 'inherit'],
        })
        children.push(user)
        await once(user.stdout, 'data')
        user.stdout.resume()
        return user
    }

    async function locked(file: string) {
        const holder = await lock(file)
        children.push(holder.process)
        return holder
    }

    /** A file that was in use once. */
    async function used(file = bench.file()): Promise<string> {
        const store = bench.open(file)
        await store.states.put('n', 'kept')
        await store.close()
        return file
    }

    it('lets calls wait while it opens for the first time', async () => {
        const store = bench.open(bench.file())
        assert.equal(store.health.ok, false)
        await store.states.put('n', 1)
        assert.equal(store.health.ok, true)
    })

    it('waits a moment for a lock that another process holds, as if nothing were', async () => {
        const file = await used()
        const store = bench.open(file)
        await store.ready(soon())
        const holder = await locked(file)
        const write = store.states.put('n', 'later')
        assert.equal(await store.states.get('n'), 'kept')
        await holder.letGo()
        await write
        assert.deepEqual(store.health, { ok: true })
        assert.equal(await store.states.get('n'), 'later')
    })

    it('refuses writes while the file is locked for longer, reads on, and goes on when it is let go', async () => {
        const file = await used()
        const store = bench.open(file)
        await store.ready(soon())
        const holder = await locked(file)
        await assert.rejects(store.states.put('n', 'lost'), refusal(/locked by another process/))
        assert.ok(bad(/locked/)(store.health))
        const took = stopwatch()
        await assert.rejects(store.states.put('n', 'lost'), refusal(/locked/))
        assert.ok(took() < 500, 'nobody is kept waiting once it is known')
        assert.equal(await store.states.get('n'), 'kept')
        await holder.letGo()
        await healthy(store, good)
        await store.states.put('n', 'again')
        assert.equal(await store.states.get('n'), 'again')
    })

    it('opens by itself when a file that was locked at the start is let go', async () => {
        const file = await used()
        const holder = await locked(file)
        const store = bench.open(file)
        await assert.rejects(store.states.get('n'), refusal(/locked by another process/))
        await holder.letGo()
        await store.ready(soon())
        assert.equal(await store.states.get('n'), 'kept')
    })

    it('closes at once while the file is locked', async () => {
        const file = await used()
        await locked(file)
        const store = bench.open(file)
        const took = stopwatch()
        await new Promise((resolve) => setImmediate(resolve))
        await store.close()
        assert.ok(took() < 200)
    })

    it('closes within a second while a write waits for a lock, and says that it was not kept', async () => {
        const file = await used()
        const store = bench.open(file)
        await store.ready(soon())
        await locked(file)
        const write = assert.rejects(store.states.put('n', 'lost'), refusal(/locked/))
        const took = stopwatch()
        await store.close()
        assert.ok(took() < 1000)
        await write
    })

    it('says that the directory cannot be made, and opens once it can', async () => {
        writeFileSync(bench.file('blocked'), '')
        const store = bench.open(bench.file('blocked/test.sqlite'))
        await assert.rejects(store.states.get('n'), refusal(/cannot be opened/))
        const closing = bench.open(bench.file('blocked/other.sqlite'))
        await healthy(closing, bad(/cannot be opened/))
        await closing.close()
        rmSync(bench.file('blocked'))
        await store.ready(soon())
        await store.states.put('n', 1)
    })

    it('makes one directory at the most, and says which one cannot be made', async () => {
        await bench.open(bench.file('one/test.sqlite')).ready(soon())
        const wrong = [bench.file('two/three/test.sqlite'), '/proc/nowhere/test.sqlite']
        for (const file of wrong) {
            const store = bench.open(file)
            const named = new RegExp(`^cannot write ${dirname(file)}: there is no such directory`)
            await assert.rejects(store.states.get('n'), refusal(named))
        }
    })

    it('says which file is not the lock that it should be, and goes on without it', async () => {
        const lock = `${bench.file()}-lock`
        writeFileSync(lock, 'x'.repeat(5000))
        const store = bench.open(bench.file())
        await assert.rejects(store.states.get('n'), refusal(/test\.sqlite-lock is not the lock file/))
        assert.equal(readFileSync(lock, 'utf8').length, 5000)
        rmSync(lock)
        await store.ready(soon())
    })

    it('does not open what is not a plain file', async () => {
        mkdirSync(bench.file('directory'))
        await healthy(bench.open(bench.file('directory')), bad(/not a file/))
        await healthy(bench.open('/dev/full'), bad(/not a file/))
    })

    for (const [what, reason, make] of [
        ['of a newer version', /newer version of Socketworks/, newer],
        ["of another program's", /another program/, foreign],
        ['that is no database', /not a database/, (file: string) => writeFileSync(file, 'Dear diary')],
        ['that is a long text', /not a database/, (file: string) => writeFileSync(file, 'x'.repeat(10_000))],
    ] as const) {
        it(`leaves a file ${what} alone`, async () => {
            const file = bench.file()
            make(file)
            const bytes = readFileSync(file)
            const store = bench.open(file)
            await assert.rejects(store.states.put('n', 1), refusal(reason))
            await store.close()
            assert.deepEqual(readFileSync(file), bytes)
            assert.deepEqual(readdirSync(bench.root), ['test.sqlite'])
        })
    }

    it('refuses a second store on a file, however it is named, and opens it when the first is closed', async () => {
        const first = bench.open(bench.file())
        await first.ready(soon())
        symlinkSync(bench.root, bench.file('link'))
        const second = bench.open(bench.file('link/test.sqlite'))
        await assert.rejects(second.states.get('n'), refusal(/already used by another store/))
        await first.states.put('n', 'first')
        await first.close()
        await second.ready(soon(500))
        assert.equal(await second.states.get('n'), 'first')
    })

    it('refuses a file that another process uses, however that ends, and leaves it to be read', async () => {
        const other = await occupied(bench.file())
        const store = bench.open(bench.file())
        await healthy(store, bad(/already used by another process/))
        await assert.rejects(store.states.get('n'), refusal(/already used by another process/))
        const reader = new DatabaseSync(bench.file(), { readOnly: true })
        assert.ok(Number(reader.prepare('select count(*) as rows from instances').get()?.rows) > 0)
        reader.close()
        other.kill('SIGKILL')
        await store.ready(soon())
        await store.states.put('n', 'mine')
    })

    it('refuses a second store also while the first cannot open the file', async () => {
        writeFileSync(bench.file(), 'no database')
        const first = bench.open(bench.file())
        await healthy(first, bad(/not a database/))
        const second = bench.open(bench.file())
        await healthy(second, bad(/already used/))
        await second.close()
        rmSync(bench.file())
        await first.ready(soon())
    })

    it('starts anew when its file disappears', async () => {
        const store = bench.open(bench.file())
        await store.states.put('n', 1)
        renameSync(bench.root, `${bench.root}.gone`)
        await assert.rejects(store.states.put('n', 2), refusal(/disappeared|cannot be opened/))
        await healthy(store, bad(/cannot be opened/))
        renameSync(`${bench.root}.gone`, bench.root)
        await healthy(store, good)
        assert.equal(await store.states.get('n'), 1)
    })

    it('starts with an empty file, and says so, when its file was deleted', async () => {
        const log: string[] = []
        const store = bench.open(bench.file(), { log })
        await store.states.put('n', 1)
        for (const name of readdirSync(bench.root)) rmSync(bench.file(name))
        await assert.rejects(store.states.put('n', 2), refusal(/disappeared/))
        await healthy(store, good)
        assert.equal(await store.states.get('n'), undefined)
        assert.match(log.join(), /starting with an empty one/)
        await store.states.put('n', 3)
    })

    it('loses nothing that was acknowledged when it is killed', async () => {
        const file = bench.file()
        const acknowledged: string[] = []
        for (let round = 0; round < 4; round++) {
            const writer = spawn(process.execPath, ['--no-warnings', child('acknowledge'), file, `r${round}`], {
                stdio: ['ignore', 'pipe', 'inherit'],
            })
            children.push(writer)
            let out = ''
            for await (const text of writer.stdout.setEncoding('utf8')) {
                out += text
                if (out.length > 3000 * (round + 1)) writer.kill('SIGKILL')
            }
            acknowledged.push(...out.split('\n').slice(0, -1))
        }
        const store = bench.open(file)
        const kept = new Set((await store.power.running('s1')).map(({ id }) => id))
        const events = new Set((await store.power.events('s1', 1e6)).map(({ owner }) => owner))
        assert.ok(acknowledged.length > 1000)
        assert.deepEqual(
            acknowledged.filter((id) => !kept.has(id) || !events.has(id)),
            [],
        )
        assert.equal(kept.size, events.size, 'a change is kept whole or not at all')
    })
})

function newer(file: string): void {
    const database = new DatabaseSync(file)
    database.exec('pragma journal_mode = wal; create table kysely_migration (name, timestamp)')
    database.exec("insert into kysely_migration values ('0001-power', ''), ('9999-teleport', '')")
    database.close()
}

function foreign(file: string): void {
    const database = new DatabaseSync(file)
    database.exec('create table recipes (name)')
    database.close()
}
