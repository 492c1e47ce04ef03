import type { Kysely } from 'kysely'
import { backoff, type Clock } from '../clock/index.ts'
import { Refusal } from '../refusal.ts'
import type { Access, Read, Write } from './access.ts'
import { CommitQueue } from './commit-queue.ts'
import type { Engine, Fault } from './engine.ts'
import { migrate } from './migrations.ts'
import { patiently, sleep } from './patience.ts'
import type { Database } from './schema.ts'
import type { StoreHealth } from './store.ts'
import { probe, together } from './transaction.ts'
import { turn } from './turn.ts'

/** A lock is tried for more often than anything else: it costs nothing, and somebody lets go of it sooner or later. */
const LONGEST_LOCKED = 5000
/** How long closing waits for what is still to be written, in milliseconds. */
const LAST_CHANCE = 700

export interface LinkOptions {
    engine: Engine
    clock: Clock
    health(health: StoreHealth): void
    error(text: string): void
}

/**
 * The connection to the database: opens it, tries again when that fails or the connection breaks, and runs what the
 * repositories ask for, or refuses it at once while it cannot.
 */
export class Link implements Access {
    readonly #options: LinkOptions
    readonly #engine: Engine
    readonly #clock: Clock
    readonly #closing = new AbortController()
    readonly #queue: CommitQueue
    readonly #done: Promise<void>
    #db: Kysely<Database> | undefined
    #health: StoreHealth = { ok: false, reason: 'the database is not open yet' }
    /** Until the first try to open has ended, calls wait for it. */
    #firstTry: Promise<void>
    #tried = () => {}
    #refused = false
    /** Ends the nap between two tries. */
    #nap = new AbortController()
    #onFault = (_fault: Fault) => {}

    constructor(options: LinkOptions) {
        this.#options = options
        this.#engine = options.engine
        this.#clock = options.clock
        this.#queue = new CommitQueue(
            (writes) => this.#commit(writes),
            () => unavailable('too much waits to be written'),
        )
        this.#firstTry = new Promise((resolve) => {
            this.#tried = resolve
        })
        this.#done = this.#keep()
    }

    get health(): StoreHealth {
        return this.#health
    }

    /** Tries again now, if it is waiting to. */
    wake = (): void => this.#nap.abort()

    read = async <T>(run: Read<T>): Promise<T> => {
        const db = this.#db ?? (await this.#usable())
        try {
            return await this.#attempt(() => run(db))
        } catch (error) {
            throw this.#explain(error, db)
        }
    }

    write = async (run: Write): Promise<void> => {
        if (!this.#db || this.#refused) await this.#usable()
        await this.#queue.push(run)
    }

    /** Lets what waits be written, for less than a second, and closes. */
    async close(): Promise<void> {
        if (this.#closing.signal.aborted) return this.#done
        const lastChance = new AbortController()
        // Other nodes close in the same turn and may have a last word to write.
        if (this.#db) await turn()
        this.#refused = true
        await Promise.race([this.#queue.idle(), sleep(this.#clock, LAST_CHANCE, lastChance.signal)])
        lastChance.abort()
        this.#closing.abort()
        this.#tried()
        await this.#queue.idle()
        await this.#done
    }

    async #usable(): Promise<Kysely<Database>> {
        if (!this.#refused) await this.#firstTry
        if (this.#refused) throw unavailable('the store is closed')
        if (!this.#db) throw unavailable(this.#health.ok ? 'the database is not open' : this.#health.reason)
        return this.#db
    }

    async #commit(writes: Write[]): Promise<unknown[]> {
        const db = this.#db
        if (!db) throw unavailable(this.#health.ok ? 'the database is not open' : this.#health.reason)
        try {
            const errors = await this.#attempt(() => together(db, writes, this.#engine.fault))
            if (this.#db === db) this.#setHealth({ ok: true })
            return errors
        } catch (error) {
            throw this.#explain(error, db)
        }
    }

    /** While it is known to be locked nobody is kept waiting for it. */
    #attempt<T>(run: () => Promise<T>): Promise<T> {
        return this.#health.ok ? patiently(this.#clock, this.#closing.signal, this.#engine.fault, run) : run()
    }

    #explain(error: unknown, db: Kysely<Database>): unknown {
        const fault = this.#engine.fault(error)
        if (!fault) {
            if (this.#db === db) return error
            return unavailable(this.#health.ok ? 'the database was opened anew' : this.#health.reason, error)
        }
        if (this.#db === db) {
            this.#setHealth({ ok: false, reason: fault.reason })
            this.#onFault(fault)
        }
        return unavailable(fault.reason, error)
    }

    #setHealth(health: StoreHealth): void {
        const old = this.#health
        this.#health = health
        if (old.ok !== health.ok || (!old.ok && !health.ok && old.reason !== health.reason)) this.#options.health(health)
    }

    async #keep(): Promise<void> {
        const { signal } = this.#closing
        for (let tries = 1; !signal.aborted; tries++) {
            const fault = await this.#open(tries)
            if (!fault) tries = 0
            const reason = fault ?? (await this.#watch())
            if (this.#db) await this.#drop(this.#db)
            if (signal.aborted || !reason) break
            this.#setHealth({ ok: false, reason: reason.reason })
            this.#tried()
            await this.#rest(tries || 1, reason)
        }
        this.#engine.release()
    }

    /** @returns what is in the way, if anything */
    async #open(tries: number): Promise<Fault | undefined> {
        const { signal } = this.#closing
        try {
            const db = tries === 1 ? await patiently(this.#clock, signal, this.#engine.fault, () => this.#tryOpen()) : await this.#tryOpen()
            this.#db = db
            if (!signal.aborted) this.#setHealth({ ok: true })
            this.#tried()
            return undefined
        } catch (error) {
            return this.#engine.fault(error) ?? { recovery: 'anew', reason: `the database cannot be opened: ${text(error)}` }
        }
    }

    async #tryOpen(): Promise<Kysely<Database>> {
        const db = await this.#engine.open()
        try {
            await migrate(db)
            await probe(db)
            return db
        } catch (error) {
            await db.destroy().catch(() => {})
            throw error
        }
    }

    /** Looks after an open connection until it has to be opened anew or closed. */
    async #watch(): Promise<Fault | undefined> {
        const { signal } = this.#closing
        for (;;) {
            let fault = await this.#nextFault()
            for (let tries = 1; fault && !this.#health.ok; tries++) {
                if (signal.aborted || fault.recovery === 'anew') return fault
                await this.#rest(tries, fault)
                if (signal.aborted) return undefined
                fault = (await this.#probe()) ?? fault
            }
            if (signal.aborted) return undefined
        }
    }

    async #probe(): Promise<Fault | undefined> {
        if (!this.#db || this.#health.ok) return undefined
        try {
            await probe(this.#db)
            this.#setHealth({ ok: true })
            return undefined
        } catch (error) {
            const fault = this.#engine.fault(error) ?? {
                recovery: 'anew' as const,
                reason: `the database cannot be written: ${text(error)}`,
            }
            this.#setHealth({ ok: false, reason: fault.reason })
            return fault
        }
    }

    #nextFault(): Promise<Fault | undefined> {
        const { signal } = this.#closing
        return new Promise((resolve) => {
            const end = () => resolve(undefined)
            if (signal.aborted) return end()
            signal.addEventListener('abort', end)
            this.#onFault = (fault) => {
                signal.removeEventListener('abort', end)
                resolve(fault)
            }
        })
    }

    async #rest(tries: number, { recovery }: Fault): Promise<void> {
        this.#nap = new AbortController()
        const signal = AbortSignal.any([this.#closing.signal, this.#nap.signal])
        await sleep(this.#clock, backoff(tries, 1000, recovery === 'soon' ? LONGEST_LOCKED : 30_000), signal)
    }

    async #drop(db: Kysely<Database>): Promise<void> {
        this.#db = undefined
        this.#onFault = () => {}
        await db.destroy().catch((error: unknown) => this.#options.error(`the database was not closed properly: ${text(error)}`))
    }
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const unavailable = (reason: string, cause?: unknown): Refusal => new Refusal(503, 'STORE_UNAVAILABLE', reason, {}, cause)
