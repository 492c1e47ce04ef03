import { type Clock, cautious, turn } from '../clock/index.ts'
import { Refusal } from '../refusal.ts'
import { callbackRepository } from './callbacks.ts'
import { deviceRepository } from './devices.ts'
import type { Engine } from './engine.ts'
import { type PowerLimits, trimPower } from './limits.ts'
import { Link } from './link.ts'
import { outboxRepository } from './outbox.ts'
import { powerRepository } from './power.ts'
import { stateRepository, waitRepository } from './process.ts'
import { hourly, keepFor, removeOldest } from './retention.ts'
import { FULL, ROOMY, shortage } from './room.ts'
import { Samples } from './samples.ts'
import { sqliteEngine } from './sqlite/engine.ts'
import type { Store, StoreHealth } from './store.ts'

export interface StoreOptions {
    /** An absolute path, or `:memory:`. */
    file: string
    /** Days that samples are kept; 0 means for ever. */
    retentionDays: number
    /** How much is kept of what sockets did. */
    limits?: PowerLimits
    /** The most bytes that the database may take; 0 means as much as there is. */
    mostBytes?: number
    clock: Clock
    log: (level: 'info' | 'warn' | 'error', text: string) => void
    /** Is told every statement that is run: for tests, and for looking into what takes long. */
    trace?: (sql: string) => void
}

/** Unless told otherwise. */
const LIMITS: PowerLimits = { instanceDays: 0, mostInstances: 100_000 }
/** Instances that may start before it is looked at how many there are. */
const MANY = 10_000
/** Milliseconds for which samples are kept whatever room there is: something else may take it. */
const UNTOUCHED = 7 * 86_400_000
/** Milliseconds between two looks at how much room there is. */
const LOOK = 10_000
/** Milliseconds that nodes have to come for what they had kept, before it may be taken for nobody's. */
const ARRIVAL = 60_000

/** Returns at once and opens in the background; {@link Store.health} and {@link Store.ready} tell how that goes. */
export const openStore = (options: StoreOptions): Store => new LinkedStore(options)

class LinkedStore implements Store {
    readonly power
    readonly waits
    readonly callbacks
    readonly states
    readonly devices
    readonly outbox
    readonly #options: StoreOptions
    readonly #engine: Engine
    readonly #link: Link
    readonly #samples: Samples
    readonly #listeners = new Set<(health: StoreHealth) => void>()
    readonly #things = new Map<string, unknown>()
    readonly #closing = new AbortController()
    readonly #opened: Promise<void>
    #open = () => {}
    readonly #today: () => number
    #starts = 0
    #isTrimming = false
    #isMakingRoom = false
    #warning: string | undefined
    #endRetention: (() => void)[] = []

    constructor(options: StoreOptions) {
        const { file, clock, log, trace } = options
        this.#options = options
        this.#today = cautious(clock)
        this.#opened = new Promise((resolve) => {
            this.#open = resolve
        })
        const engine = sqliteEngine({
            file,
            freed: () => this.#link.wake(),
            warn: (text) => log('warn', text),
            trace,
            limit: options.mostBytes,
        })
        this.#engine = engine
        this.#link = new Link({ engine, clock, health: (health) => this.#changed(health), error: (text) => log('error', text) })
        this.#samples = new Samples(this.#link)
        this.power = powerRepository(this.#link, this.#samples, () => this.#started())
        this.waits = waitRepository(this.#link)
        this.callbacks = callbackRepository(this.#link)
        this.states = stateRepository(this.#link)
        this.devices = deviceRepository(this.#link)
        this.outbox = outboxRepository(this.#link)
    }

    get health(): StoreHealth {
        return this.#closing.signal.aborted ? { ok: false, reason: 'the store is closed' } : this.#warned(this.#link.health)
    }

    #warned(health: StoreHealth): StoreHealth {
        return health.ok && this.#warning !== undefined ? { ok: true, warning: this.#warning } : health
    }

    onHealth(listener: (health: StoreHealth) => void, signal: AbortSignal): void {
        if (signal.aborted) return
        this.#listeners.add(listener)
        signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true })
    }

    ready(signal: AbortSignal): Promise<void> {
        return before(this.#opened, AbortSignal.any([signal, this.#closing.signal]))
    }

    once<T>(key: string, make: () => T): T {
        if (!this.#things.has(key)) this.#things.set(key, make())
        return this.#things.get(key) as T
    }

    async close(): Promise<void> {
        for (const end of this.#endRetention) end()
        this.#closing.abort(new Refusal(503, 'STORE_UNAVAILABLE', 'the store is closed'))
        await this.#link.close()
        this.#listeners.clear()
    }

    /** Deletes what is too old. @returns what ends it */
    #retain(): (() => void)[] {
        const { retentionDays, clock, log } = this.#options
        const failed = (what: string) => (error: unknown) => log('warn', `${what} could not be deleted: ${error}`)
        return [
            hourly(clock, 0, (ending) => this.#trim(ending), failed('old instances')),
            this.#lookForRoom(),
            keepFor(retentionDays, this.#link, clock, () => this.#samples.isHeld, failed('old samples')),
            hourly(clock, ARRIVAL, (ending) => this.outbox.sweep(this.#today(), ending), failed('expired messages')),
        ]
    }

    /** There may be too many long before an hour is over. */
    #started(): void {
        if (++this.#starts % MANY !== 0 || this.#isTrimming) return
        this.#trim(this.#closing.signal).catch((error: unknown) =>
            this.#options.log('warn', `old instances could not be deleted: ${error}`),
        )
    }

    async #trim(ending: AbortSignal): Promise<void> {
        if (this.#isTrimming) return
        this.#isTrimming = true
        const { limits = LIMITS } = this.#options
        await trimPower(this.#link, limits, this.#today(), ending).finally(() => {
            this.#isTrimming = false
        })
    }

    /** Tells before there is no room left, and makes some. @returns what ends it */
    #lookForRoom(): () => void {
        const { clock, log } = this.#options
        let cancel = () => {}
        const look = () => {
            cancel = clock.after(LOOK, look)
            const room = this.#engine.room()
            const warning = room && shortage(room)
            if (room && room.limit > 0 && room.used > FULL * room.limit) this.#makeRoom().catch(() => {})
            if (warning === this.#warning) return
            this.#warning = warning
            if (warning !== undefined) log('warn', warning)
            this.#changed(this.health)
        }
        cancel = clock.after(0, look)
        return () => cancel()
    }

    async #makeRoom(): Promise<void> {
        if (this.#isMakingRoom) return
        this.#isMakingRoom = true
        try {
            for (let room = this.#engine.room(); room && room.used > ROOMY * room.limit; room = this.#engine.room()) {
                if (this.#samples.isHeld || this.#closing.signal.aborted || !(await removeOldest(this.#link, this.#today() - UNTOUCHED)))
                    return
                await turn()
            }
        } finally {
            this.#isMakingRoom = false
        }
    }

    #changed(given: StoreHealth): void {
        const health = this.#warned(given)
        const { log } = this.#options
        if (health.ok && !this.#closing.signal.aborted) {
            this.#open()
            if (this.#endRetention.length === 0) this.#endRetention = this.#retain()
        }
        for (const listener of this.#listeners) {
            try {
                listener(health)
            } catch (error) {
                log('error', `a listener failed: ${error}`)
            }
        }
    }
}

/** What a promise gives, unless the signal aborts first. */
async function before(promise: Promise<void>, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    let end = () => {}
    const aborted = new Promise<never>((_, reject) => {
        end = () => reject(signal.reason)
    })
    signal.addEventListener('abort', end)
    try {
        await Promise.race([promise, aborted])
    } finally {
        signal.removeEventListener('abort', end)
    }
}
