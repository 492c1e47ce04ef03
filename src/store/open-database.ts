import { type Clock, Listeners, Refusal } from '../lib/index.ts'
import type { Access } from './access.ts'
import { DiskSpaceMonitor } from './disk-space-monitor.ts'
import { Link } from './link.ts'
import { migrate, stepsOf } from './migrations.ts'
import type { ModuleContext, Modules, Repositories } from './module.ts'
import { postgresEngine } from './postgres/engine.ts'
import { Retention } from './retention.ts'
import { sqliteEngine } from './sqlite/engine.ts'
import type { OpenStore, StoreHealth } from './store.ts'

export interface DatabaseOptions {
    /** An absolute path, or `:memory:`. */
    file: string
    /** A PostgreSQL server that everything is kept in instead: `postgresql://user:password@host:port/database`. It is a secret. */
    url?: string | undefined
    /** The most bytes that the file may take; 0 means as much as there is. */
    mostBytes?: number
    clock: Clock
    log: (level: 'info' | 'warn' | 'error', text: string) => void
    /** Is told every statement that is run: for tests, and for looking into what takes long. */
    trace?: (sql: string) => void
}

/**
 * Returns at once and opens in the background; {@link OpenStore.health} and {@link OpenStore.ready} tell how that goes.
 * @param modules what is kept, by the names under which the store has their repositories
 */
export function openDatabase<M extends Modules>(options: DatabaseOptions, modules: M): OpenStore & Repositories<M> {
    const store = new LinkedStore(options, modules)
    const repositories = Object.entries(modules).map(([name, module]) => [name, module.open(store.context)])
    return Object.assign(store, Object.fromEntries(repositories) as Repositories<M>)
}

class LinkedStore implements OpenStore {
    readonly context: ModuleContext
    readonly #log: DatabaseOptions['log']
    readonly #link: Link
    readonly #retention: Retention
    readonly #diskSpace: DiskSpaceMonitor
    readonly #listeners: Listeners<(health: StoreHealth) => void>
    readonly #things = new Map<string, unknown>()
    readonly #closing = new AbortController()
    readonly #opened: Promise<void>
    #open = () => {}

    constructor(options: DatabaseOptions, modules: Modules) {
        const { clock, log, trace } = options
        this.#log = log
        this.#listeners = new Listeners((text) => log('error', text))
        this.#opened = new Promise((resolve) => {
            this.#open = resolve
        })
        const steps = stepsOf(modules)
        const warn = (text: string) => log('warn', text)
        const wants = { freed: () => this.#link.wake(), isKnown: (step: string) => steps.has(step), warn, trace }
        const engine =
            options.url === undefined
                ? sqliteEngine({ ...wants, file: options.file, limit: options.mostBytes })
                : postgresEngine({ ...wants, url: options.url, clock })
        this.#link = new Link({
            engine,
            clock,
            migrate: (db) => migrate(db, steps, engine),
            health: (health) => this.#changed(health),
            error: (text) => log('error', text),
        })
        this.#retention = new Retention({ clock, warn })
        this.#diskSpace = new DiskSpaceMonitor({ engine, clock, changed: (warning) => this.#warned(warning) })
        this.context = {
            access: <Tables>() => this.#link as unknown as Access<Tables>,
            rowLocks: engine.rowLocks,
            sweep: (sweep) => this.#retention.add(sweep),
            onShortage: (freeSpace) => this.#diskSpace.add(freeSpace),
        }
    }

    get health(): StoreHealth {
        if (this.#closing.signal.aborted) return { ok: false, reason: 'the store is closed' }
        const { health } = this.#link
        const { warning } = this.#diskSpace
        return health.ok && warning !== undefined ? { ok: true, warning } : health
    }

    onHealth(listener: (health: StoreHealth) => void, signal: AbortSignal): void {
        this.#listeners.add(listener, signal)
    }

    ready(signal: AbortSignal): Promise<void> {
        return before(this.#opened, AbortSignal.any([signal, this.#closing.signal]))
    }

    once<T>(key: string, make: () => T): T {
        if (!this.#things.has(key)) this.#things.set(key, make())
        return this.#things.get(key) as T
    }

    async close(): Promise<void> {
        this.#retention.end()
        this.#diskSpace.end()
        this.#closing.abort(new Refusal(503, 'STORE_UNAVAILABLE', 'the store is closed'))
        await this.#link.close()
        this.#listeners.clear()
    }

    #warned(warning: string | undefined): void {
        if (warning !== undefined) this.#log('warn', warning)
        this.#tell(this.health)
    }

    #changed(health: StoreHealth): void {
        if (health.ok && !this.#closing.signal.aborted) {
            this.#open()
            this.#retention.start()
            this.#diskSpace.start()
        }
        const { warning } = this.#diskSpace
        this.#tell(health.ok && warning !== undefined ? { ok: true, warning } : health)
    }

    #tell(health: StoreHealth): void {
        this.#listeners.tell((listener) => listener(health))
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
