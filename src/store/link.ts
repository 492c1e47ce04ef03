import type { Kysely } from 'kysely'
import { backoff, type Clock, messageOf, pause, Refusal, turn } from '../lib/index.ts'
import type { Access, Read, Write } from './access.ts'
import { CommitQueue, type When } from './commit-queue.ts'
import type { Engine, EngineTables, Fault } from './engine.ts'
import { retryWhileLocked } from './lock-retry.ts'
import type { StoreHealth } from './store.ts'
import { probe, together } from './transaction.ts'

/** A lock is tried for more often than anything else: it costs nothing, and somebody lets go of it sooner or later. */
const LONGEST_LOCKED = 5000
/** Milliseconds between two looks at whether the database is still there, while nobody writes. */
const LOOK = 5000
/** How long closing waits for what is still to be written, in milliseconds. */
const LAST_CHANCE = 700

export interface LinkOptions {
    engine: Engine
    clock: Clock
    /** Brings the tables up to date, before anybody reads or writes. */
    migrate(db: Kysely<EngineTables>): Promise<void>
    health(health: StoreHealth): void
    error(text: string): void
}

/**
 * The connection to the database: opens it, tries again when that fails or the connection breaks, and runs what the
 * repositories ask for, or refuses it at once while it cannot.
 */
export class Link implements Access<EngineTables> {
    readonly #options: LinkOptions
    readonly #engine: Engine
    readonly #clock: Clock
    readonly #closing = new AbortController()
    readonly #queue: CommitQueue<Write<EngineTables>>
    readonly #done: Promise<void>
    #db: Kysely<EngineTables> | undefined
    #opened = 0
    readonly #rewrites = new Set<Write<EngineTables>>()
    /** Whether the database may be another one, and what was acknowledged has yet to be written to it. */
    #isAnother = false
    #health: StoreHealth = { ok: false, reason: 'the database is not open yet' }
    /** Until the first try to open has ended, calls wait for it. */
    #firstTry: Promise<void>
    #tried = () => {}
    #refused = false
    /** Ends the pause between two tries. */
    #nap = new AbortController()
    /** What is wrong with the open connection. */
    #fault: Fault | undefined
    #onFault = () => {}

    constructor(options: LinkOptions) {
        this.#options = options
        this.#engine = options.engine
        this.#clock = options.clock
        this.#queue = new CommitQueue(
            (writes) => this.#commit(writes),
            () => unavailable('too much waits to be written'),
            this.#clock,
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

    read = async <T>(run: Read<EngineTables, T>): Promise<T> => {
        const db = this.#db ?? (await this.#usable())
        try {
            return await this.#attempt(() => run(db))
        } catch (error) {
            throw this.#explain(error, db)
        }
    }

    get opened(): number {
        return this.#opened
    }

    onAnother = (rewrite: Write<EngineTables>, signal?: AbortSignal): void => {
        this.#rewrites.add(rewrite)
        signal?.addEventListener('abort', () => this.#rewrites.delete(rewrite), { once: true })
    }

    grown = (): void => this.#queue.grown()

    write = async (run: Write<EngineTables>, when?: When): Promise<void> => {
        if (!this.#db || this.#refused) await this.#usable()
        await this.#queue.push(run, when)
    }

    /** Lets what waits be written, for less than a second, and closes. */
    async close(): Promise<void> {
        if (this.#closing.signal.aborted) return this.#done
        const lastChance = new AbortController()
        // Other nodes close in the same turn and may have something left to write.
        if (this.#db) await turn()
        this.#refused = true
        await Promise.race([this.#queue.idle(), pause(this.#clock, LAST_CHANCE, lastChance.signal)])
        lastChance.abort()
        this.#closing.abort()
        this.#tried()
        await this.#queue.idle()
        await this.#done
    }

    async #usable(): Promise<Kysely<EngineTables>> {
        if (!this.#refused) await this.#firstTry
        if (this.#refused) throw unavailable('the store is closed')
        if (!this.#db) throw unavailable(this.#health.ok ? 'the database is not open' : this.#health.reason)
        return this.#db
    }

    async #commit(writes: Write<EngineTables>[]): Promise<unknown[]> {
        const db = this.#db
        if (!db) throw unavailable(this.#health.ok ? 'the database is not open' : this.#health.reason)
        try {
            const errors = await this.#attempt(() => together(db, writes, this.#engine.fault))
            if (this.#db === db && !this.#health.ok) this.#good()
            return errors
        } catch (error) {
            throw this.#explain(error, db)
        }
    }

    /** While it is known to be locked nobody is kept waiting for it. */
    #attempt<T>(run: () => Promise<T>): Promise<T> {
        return this.#health.ok ? retryWhileLocked(this.#clock, this.#closing.signal, this.#engine.fault, run) : run()
    }

    #explain(error: unknown, db: Kysely<EngineTables>): unknown {
        const fault = this.#engine.fault(error)
        if (!fault) {
            if (this.#db === db) return error
            return unavailable(this.#health.ok ? 'the database was opened anew' : this.#health.reason, error)
        }
        if (this.#db === db) {
            this.#bad(fault)
            this.#onFault()
        }
        return unavailable(fault.reason, error)
    }

    #good(): void {
        this.#fault = undefined
        this.#nap.abort()
        this.#setHealth({ ok: true })
    }

    #bad(fault: Fault): void {
        this.#fault = fault
        this.#setHealth({ ok: false, reason: fault.reason })
    }

    #setHealth(health: StoreHealth): void {
        const old = this.#health
        this.#health = health
        if (old.ok !== health.ok || (!old.ok && !health.ok && old.reason !== health.reason)) this.#options.health(health)
    }

    async #keep(): Promise<void> {
        const { signal } = this.#closing
        await turn()
        for (let tries = 1; !signal.aborted; tries++) {
            let fault = await this.#open(tries)
            if (!fault) {
                fault = await this.#watch()
                if (signal.aborted) await this.#queue.idle()
                tries = 1
            }
            await this.#drop()
            if (!fault || signal.aborted) break
            this.#bad(fault)
            this.#tried()
            await this.#rest(tries, fault)
        }
        this.#engine.release()
    }

    /** @returns what is in the way, if anything */
    async #open(tries: number): Promise<Fault | undefined> {
        const { signal } = this.#closing
        try {
            const db =
                tries === 1 ? await retryWhileLocked(this.#clock, signal, this.#engine.fault, () => this.#tryOpen()) : await this.#tryOpen()
            this.#db = db
            this.#opened++
            if (!signal.aborted) this.#good()
            this.#tried()
            return undefined
        } catch (error) {
            return this.#engine.fault(error) ?? { recovery: 'anew', reason: `the database cannot be opened: ${messageOf(error)}` }
        }
    }

    async #tryOpen(): Promise<Kysely<EngineTables>> {
        const db = await this.#engine.open(this.#closing.signal)
        this.#isAnother ||= this.#engine.isAnother
        try {
            await this.#options.migrate(db)
            await probe(db)
            if (this.#isAnother) await this.#rewrite(db)
            return db
        } catch (error) {
            await db.destroy().catch(() => {})
            throw error
        }
    }

    /** Before this is done nobody reads or writes: the answers would come from an empty database. */
    async #rewrite(db: Kysely<EngineTables>): Promise<void> {
        await db.transaction().execute(async (trx) => {
            for (const rewrite of this.#rewrites) await rewrite(trx)
        })
        this.#isAnother = false
    }

    /**
     * Looks after an open connection.
     * @returns why it has to be opened anew; nothing when it is to be closed
     */
    async #watch(): Promise<Fault | undefined> {
        const { signal } = this.#closing
        let cancel = this.#clock.after(LOOK, () => look())
        const look = () => {
            cancel = this.#clock.after(LOOK, look)
            this.#look()
        }
        while (!signal.aborted) {
            await this.#nextFault()
            for (let tries = 1; this.#fault && !signal.aborted; tries++) {
                if (this.#fault.recovery === 'anew') break
                await this.#rest(tries, this.#fault)
                if (this.#fault && !signal.aborted) await this.#probe()
            }
            if (this.#fault?.recovery === 'anew') break
        }
        cancel()
        return signal.aborted ? undefined : this.#fault
    }

    /** Finds out also while nobody writes that the database is gone: what was acknowledged is written to the next one. */
    #look(): void {
        try {
            this.#engine.check()
        } catch (error) {
            this.#bad(this.#engine.fault(error) ?? { recovery: 'anew', reason: messageOf(error) })
            this.#onFault()
        }
    }

    async #probe(): Promise<void> {
        try {
            if (this.#db) await probe(this.#db)
            this.#good()
        } catch (error) {
            this.#bad(this.#engine.fault(error) ?? { recovery: 'anew', reason: `the database cannot be written: ${messageOf(error)}` })
        }
    }

    #nextFault(): Promise<void> {
        const { signal } = this.#closing
        return new Promise((resolve) => {
            if (this.#fault || signal.aborted) return resolve()
            const end = () => {
                signal.removeEventListener('abort', end)
                resolve()
            }
            signal.addEventListener('abort', end)
            this.#onFault = end
        })
    }

    async #rest(tries: number, { recovery }: Fault): Promise<void> {
        this.#nap = new AbortController()
        const signal = AbortSignal.any([this.#closing.signal, this.#nap.signal])
        await pause(this.#clock, backoff(tries, 1000, recovery === 'soon' ? LONGEST_LOCKED : 30_000), signal)
    }

    async #drop(): Promise<void> {
        const db = this.#db
        this.#db = undefined
        await db?.destroy().catch((error: unknown) => this.#options.error(`the database was not closed properly: ${messageOf(error)}`))
    }
}

const unavailable = (reason: string, cause?: unknown): Refusal => new Refusal(503, 'STORE_UNAVAILABLE', reason, {}, cause)
