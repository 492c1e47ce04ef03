import { backoff, type Clock } from '../clock/index.ts'
import { Refusal } from '../refusal.ts'
import type { PowerChange, PowerRepository, SocketRow } from './repository.ts'

/** Changes that may wait for the store to come back; beyond it the oldest are lost. */
const MOST = 10_000

export interface LedgerOptions {
    repository: PowerRepository
    socket: string
    /** What is to be remembered of the socket as of now. */
    row(): SocketRow
    clock: Clock
    signal: AbortSignal
}

/**
 * Writes down what happened to one socket. What has happened stays true when it cannot be kept now:
 * facts are tried again, in order, until they are.
 */
export class Ledger {
    readonly #o: LedgerOptions
    readonly #backlog: PowerChange[] = []
    #latest: Promise<void> = Promise.resolve()
    #tries = 0
    #retrying = false
    #cancel: (() => void) | undefined

    constructor(options: LedgerOptions) {
        this.#o = options
        options.signal.addEventListener('abort', () => this.#cancel?.())
    }

    /** Whether facts wait to be kept. */
    get behind(): boolean {
        return this.#backlog.length > 0
    }

    /** How many times the socket went on or off that have yet to be kept. */
    get eventsBehind(): number {
        return this.#backlog.reduce((count, { events = [] }) => count + events.length, 0)
    }

    /** Resolves once every fact so far is kept. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` when some have to wait */
    async settled(): Promise<void> {
        await this.#latest
        if (this.behind) throw behind()
    }

    /** Keeps an intention: if this fails, it is as if it had never been. */
    async intend(change: PowerChange): Promise<void> {
        if (this.behind) throw behind()
        await this.#o.repository.commit(this.#o.socket, change)
    }

    /**
     * Keeps a fact. Rejects when it could not be kept at once; it is kept later all the same.
     */
    async fact(change: PowerChange): Promise<void> {
        if (this.behind) {
            this.#defer(change)
            throw behind()
        }
        const kept = this.#o.repository.commit(this.#o.socket, change)
        this.#latest = kept.catch(() => {})
        try {
            await kept
        } catch (error) {
            this.#defer(change)
            throw error
        }
    }

    /** Tries again now: the store has come back. */
    now(): void {
        if (this.#retrying || !this.behind || this.#o.signal.aborted) return
        this.#cancel?.()
        this.#cancel = undefined
        void this.#retry()
    }

    #defer(change: PowerChange): void {
        if (this.#backlog.push(change) > MOST) this.#backlog.shift()
        if (!this.#cancel && !this.#retrying) this.#retryLater()
    }

    #retryLater(): void {
        if (this.#o.signal.aborted) return
        this.#cancel = this.#o.clock.after(backoff(++this.#tries), () => this.now())
    }

    async #retry(): Promise<void> {
        const { repository, socket, row, signal } = this.#o
        this.#retrying = true
        try {
            for (let next = this.#backlog[0]; next && !signal.aborted; next = this.#backlog[0]) {
                // Something later may have been kept before it; what is remembered of the socket must not go back.
                await repository.commit(socket, next.socket ? { ...next, socket: row() } : next)
                if (this.#backlog[0] === next) this.#backlog.shift()
            }
            this.#tries = 0
        } catch {
            this.#retryLater()
        } finally {
            this.#retrying = false
        }
    }
}

const behind = () => new Refusal(503, 'STORE_UNAVAILABLE', 'the store has yet to take what happened before')
