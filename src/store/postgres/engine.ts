import { Kysely, PostgresDialect } from 'kysely'
import type { Client } from 'pg'
import type { Clock } from '../../lib/index.ts'
import { claim, release } from '../claims.ts'
import { type ColumnTypes, type Engine, type EngineTables, Unusable } from '../engine.ts'
import { postgresFault, reasonIn } from './faults.ts'
import { cutOff, PostgresSession, typesFrom } from './postgres-session.ts'
import { prepareSchema, SCHEMA } from './schema.ts'

export interface PostgresEngineOptions {
    /** `postgresql://user:password@host:port/database`. It is a secret, and is told nobody. */
    url: string
    clock: Clock
    /** Called when the database is free again after it was refused because another store had it. */
    freed: () => void
    /** Whether a step of this name is among those that bring tables up to date. */
    isKnown: (step: string) => boolean
    warn: (text: string) => void
    trace?: ((sql: string) => void) | undefined
}

/** Milliseconds for connecting. */
const CONNECTING = 10_000
/** The advisory lock that the one Node-RED has that uses a database. */
const LOCK = 0x736f636b

/** The server's process for a connection, and since when it is there: process ids are used again. */
interface Backend {
    pid: number
    began: string
}

/** A database on a PostgreSQL server. */
export const postgresEngine = (options: PostgresEngineOptions): Engine => new PostgresEngine(options)

class PostgresEngine implements Engine {
    readonly types: ColumnTypes = {
        counter: ['bigint', (column) => column.generatedByDefaultAsIdentity().primaryKey()],
        keyFirst: (table) => table,
    }
    readonly rowLocks = true
    readonly schema = SCHEMA
    readonly fault = postgresFault
    isAnother = false
    readonly #o: PostgresEngineOptions
    readonly #owner = {}
    #claimed: string | undefined
    #identity: string | undefined
    #session: PostgresSession | undefined
    #backend: Backend | undefined

    constructor(options: PostgresEngineOptions) {
        this.#o = options
    }

    async open(ending: AbortSignal): Promise<Kysely<EngineTables>> {
        const { clock, trace, isKnown, warn } = this.#o
        this.#claim()
        const client = await this.#connect(ending)
        const session = new PostgresSession(client, { clock, trace })
        const interrupt = () => session.interrupt()
        ending.addEventListener('abort', interrupt, { once: true })
        client.once('end', () => ending.removeEventListener('abort', interrupt))
        try {
            this.#backend = await own(session, this.#backend)
            const identity = await prepareSchema(session, { isKnown, warn })
            // What was refused as its commit was never answered may be there: what is true is written down again.
            const isInDoubt = this.#session?.isInDoubt === true
            this.isAnother = isInDoubt || (this.#identity !== undefined && this.#identity !== identity)
            this.#identity = identity
            session.expectLongSteps()
        } catch (error) {
            session.destroy()
            throw error
        }
        this.#session = session
        return new Kysely<EngineTables>({ dialect: new PostgresDialect({ pool: session }) })
    }

    /** Unknown: what the server has is for others, too. */
    diskSpace(): undefined {
        return undefined
    }

    check(): void {
        this.#session?.check()
    }

    release(): void {
        if (this.#claimed !== undefined) release(this.#claimed, this.#owner, this.#o.freed)
        this.#claimed = undefined
    }

    #claim(): void {
        const url = URL.parse(this.#o.url)
        if (!url || !/^postgres(ql)?:$/.test(url.protocol))
            throw new Unusable('anew', 'the URL of the database is wrong: it has to be like postgresql://user:password@host:5432/database')
        const key = `${url.hostname}:${url.port || 5432}${url.pathname}`
        this.#claimed = key
        claim(key, this.#owner, this.#o.freed)
    }

    async #connect(ending: AbortSignal): Promise<Client> {
        const pg = await load()
        const client = new pg.Client({
            connectionString: this.#o.url,
            application_name: 'Socketworks',
            connectionTimeoutMillis: CONNECTING,
            keepAlive: true,
            keepAliveInitialDelayMillis: CONNECTING,
            types: typesFrom(pg.types),
        })
        client.on('error', () => {})
        try {
            await unless(ending, client.connect())
            return client
        } catch (error) {
            cutOff(client)
            throw postgresFault(error) ? error : new Unusable('anew', `cannot connect to the database server: ${reasonIn(error)}`)
        }
    }
}

/** Two Node-REDs on one database would both switch what is due. The server lets go of the lock however the connection ends. */
async function own(session: PostgresSession, last: Backend | undefined): Promise<Backend> {
    if (last)
        // It may be ours from before the network went away, and nobody has told the server.
        await session
            .query('select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and backend_start::text = $2', [
                last.pid,
                last.began,
            ])
            .catch(() => {})
    const own = 'select pid, backend_start::text as began from pg_stat_activity where pid = pg_backend_pid()'
    const [backend] = await session.query<Backend>(own)
    const [lock] = await session.query<{ isOurs: boolean }>('select pg_try_advisory_lock($1) as "isOurs"', [LOCK])
    if (!lock?.isOurs) throw new Unusable('soon', 'the database is already used by another Node-RED')
    return backend!
}

/** What a promise gives, unless the signal aborts first. */
async function unless<T>(ending: AbortSignal, promise: Promise<T>): Promise<T> {
    promise.catch(() => {})
    let abort = () => {}
    const aborted = new Promise<never>((_, reject) => {
        abort = () => reject(new Unusable('anew', 'the store is closed'))
    })
    if (ending.aborted) abort()
    ending.addEventListener('abort', abort, { once: true })
    try {
        return await Promise.race([promise, aborted])
    } finally {
        ending.removeEventListener('abort', abort)
    }
}

async function load(): Promise<typeof import('pg')> {
    try {
        return (await import('pg')).default as typeof import('pg')
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
        throw new Unusable(
            'anew',
            "PostgreSQL needs the package pg: run 'npm install pg' in Node-RED's user directory, then restart Node-RED",
        )
    }
}
