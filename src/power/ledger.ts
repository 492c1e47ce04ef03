import { backoff, type Clock } from '../clock/index.ts'
import { Refusal } from '../refusal.ts'
import type { PowerChange, PowerRepository } from './repository.ts'

/** Changes that may wait for the store to come back; beyond it the oldest are lost. */
const MOST = 10_000

/**
 * Writes down what happened to one socket. What has happened stays true when it cannot be kept now:
 * facts are tried again, in order, until they are.
 */
export class Ledger {
    readonly #repository: PowerRepository
    readonly #socket: string
    readonly #clock: Clock
    readonly #backlog: PowerChange[] = []
    #tries = 0
    #cancel: (() => void) | undefined
    #closed = false

    constructor(repository: PowerRepository, socket: string, clock: Clock, signal: AbortSignal) {
        this.#repository = repository
        this.#socket = socket
        this.#clock = clock
        signal.addEventListener('abort', () => {
            this.#closed = true
            this.#cancel?.()
        })
    }

    /** Keeps an intention: if this fails, it is as if it had never been. */
    async intend(change: PowerChange): Promise<void> {
        if (this.#backlog.length > 0) throw new Refusal(503, 'STORE_UNAVAILABLE', 'the store has yet to take what happened before')
        await this.#repository.commit(this.#socket, change)
    }

    /**
     * Keeps a fact. Rejects when it could not be kept at once; it is kept later all the same.
     */
    async fact(change: PowerChange): Promise<void> {
        if (this.#backlog.length > 0) {
            this.#defer(change)
            throw new Refusal(503, 'STORE_UNAVAILABLE', 'the store has yet to take what happened before')
        }
        try {
            await this.#repository.commit(this.#socket, change)
        } catch (error) {
            this.#defer(change)
            throw error
        }
    }

    #defer(change: PowerChange): void {
        if (this.#backlog.push(change) > MOST) this.#backlog.shift()
        if (!this.#cancel) this.#retryLater()
    }

    #retryLater(): void {
        if (this.#closed) return
        this.#tries++
        this.#cancel = this.#clock.after(backoff(this.#tries), () => void this.#retry())
    }

    async #retry(): Promise<void> {
        try {
            for (let next = this.#backlog[0]; next; next = this.#backlog[0]) {
                await this.#repository.commit(this.#socket, next)
                this.#backlog.shift()
            }
            this.#tries = 0
            this.#cancel = undefined
        } catch {
            this.#retryLater()
        }
    }
}
