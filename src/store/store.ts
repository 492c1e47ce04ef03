/** Whether the store can be used, and if not, why; and what may keep it from that soon. */
export type StoreHealth = { ok: true; warning?: string } | { ok: false; reason: string }

/**
 * Where everything is kept, without the repositories of what is kept. What cannot be kept or read now rejects with a {@link Refusal} 503
 * `STORE_UNAVAILABLE`.
 */
export interface OpenStore {
    readonly health: StoreHealth
    /** Calls back at every change of {@link health}, until the signal aborts. */
    onHealth(listener: (health: StoreHealth) => void, signal: AbortSignal): void
    /** Resolves once the store is open for the first time; rejects when the signal aborts. */
    ready(signal: AbortSignal): Promise<void>
    /** The one thing of a kind that stands on this store, made when it is first asked for. */
    once<T>(key: string, make: () => T): T
    /** Lets what was asked for finish, then closes. */
    close(): Promise<void>
}
