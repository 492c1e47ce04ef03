import type { Clock } from '../clock/index.ts'
import { Refusal } from '../refusal.ts'
import { callbackRepository } from './callbacks.ts'
import { Link } from './link.ts'
import { powerRepository } from './power.ts'
import { stateRepository, waitRepository } from './process.ts'
import { keepFor } from './retention.ts'
import { sqliteEngine } from './sqlite/engine.ts'
import type { Store, StoreHealth } from './store.ts'

export interface StoreOptions {
    /** An absolute path, or `:memory:`. */
    file: string
    /** Days that samples are kept; 0 means for ever. */
    retentionDays: number
    clock: Clock
    log: (level: 'info' | 'warn' | 'error', text: string) => void
    /** Is told every statement that is run: for tests, and for looking into what takes long. */
    trace?: (sql: string) => void
}

/** Returns at once and opens in the background; {@link Store.health} and {@link Store.ready} tell how that goes. */
export function openStore({ file, retentionDays, clock, log, trace }: StoreOptions): Store {
    const listeners = new Set<(health: StoreHealth) => void>()
    const things = new Map<string, unknown>()
    let endRetention: (() => void) | undefined
    let closed = false
    let opened = () => {}
    const firstOpen = new Promise<void>((resolve) => {
        opened = resolve
    })
    const closing = new AbortController()
    const engine = sqliteEngine({ file, freed: () => link.wake(), warn: (text) => log('warn', text), trace })
    const link = new Link({ engine, clock, health: changed, error: (text) => log('error', text) })

    function changed(health: StoreHealth): void {
        if (health.ok && !closed) {
            opened()
            endRetention ??= keepFor(retentionDays, link, clock, (error) => log('warn', `old samples could not be deleted: ${error}`))
        }
        for (const listener of listeners) {
            try {
                listener(health)
            } catch (error) {
                log('error', `a listener failed: ${error}`)
            }
        }
    }

    return {
        power: powerRepository(link),
        waits: waitRepository(link),
        callbacks: callbackRepository(link),
        states: stateRepository(link),
        get health() {
            return closed ? { ok: false as const, reason: 'the store is closed' } : link.health
        },
        onHealth(listener, signal) {
            if (signal.aborted) return
            listeners.add(listener)
            signal.addEventListener('abort', () => listeners.delete(listener), { once: true })
        },
        ready: (signal) => before(firstOpen, AbortSignal.any([signal, closing.signal])),
        once<T>(key: string, make: () => T): T {
            if (!things.has(key)) things.set(key, make())
            return things.get(key) as T
        },
        async close() {
            closed = true
            endRetention?.()
            closing.abort(new Refusal(503, 'STORE_UNAVAILABLE', 'the store is closed'))
            await link.close()
            listeners.clear()
        },
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
