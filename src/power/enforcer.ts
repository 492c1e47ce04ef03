import { backoff, type Clock } from '../clock/index.ts'

export interface EnforcerOptions {
    clock: Clock
    /** Whether the plug still has to be switched off. */
    due(): boolean
    /** Tries to; true once the plug has confirmed it. */
    attempt(): Promise<boolean>
    signal: AbortSignal
}

/** Has a plug that must be off switched off, again and again until it says it is. */
export class Enforcer {
    readonly #o: EnforcerOptions
    #tries = 0
    #trying = false
    #cancel: (() => void) | undefined

    constructor(options: EnforcerOptions) {
        this.#o = options
        options.signal.addEventListener('abort', () => this.#cancel?.())
    }

    /** Tries now, unless it is trying already or waits between two tries: a plug that defies us is not to be flooded. */
    kick(): void {
        if (this.#trying || this.#cancel || this.#o.signal.aborted || !this.#o.due()) return
        this.#trying = true
        void this.#try()
    }

    /** Tries now, waiting or not: the plug has just come within reach. */
    now(): void {
        this.#cancel?.()
        this.#cancel = undefined
        this.kick()
    }

    async #try(): Promise<void> {
        const off = await this.#o.attempt().catch(() => false)
        this.#trying = false
        if (off || !this.#o.due()) {
            this.#tries = 0
            return
        }
        if (this.#o.signal.aborted) return
        this.#tries++
        this.#cancel = this.#o.clock.after(backoff(this.#tries), () => this.now())
    }
}
