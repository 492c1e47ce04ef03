import { backoff, type Clock } from '../lib/index.ts'

export interface EnforcerOptions {
    clock: Clock
    /** Whether the plug still has to be switched off. */
    due(): boolean
    /** Tries to; true once the plug has confirmed it. */
    attempt(): Promise<boolean>
    signal: AbortSignal
}

/** The longest that it waits before it switches off again, in milliseconds. */
const LONGEST = 5000
/** A plug that was switched off and is on again within this time, in milliseconds, has somebody who insists. */
const INSISTENT = 10_000

/** Has a plug that must be off switched off, again and again until it says it is. */
export class Enforcer {
    readonly #o: EnforcerOptions
    #tries = 0
    #trying = false
    #cancel: (() => void) | undefined
    /** When it was last switched off, how often it insisted since, and before when it is not tried again. */
    #offAt = Number.NEGATIVE_INFINITY
    #again = 0
    #notBefore = Number.NEGATIVE_INFINITY

    constructor(options: EnforcerOptions) {
        this.#o = options
        options.signal.addEventListener('abort', () => this.#cancel?.())
    }

    /** Tries now, unless it is trying already or waits between two tries: a plug that defies us is not to be flooded. */
    kick(): void {
        if (this.#trying || this.#cancel || this.#o.signal.aborted || !this.#o.due()) return
        const wait = this.#notBefore - this.#o.clock.monotonic()
        if (wait > 0) this.#later(wait)
        else void this.#try()
    }

    /** Tries now, waiting or not: the plug has just come within reach. */
    now(): void {
        this.#cancel?.()
        this.#cancel = undefined
        this.#notBefore = Number.NEGATIVE_INFINITY
        this.kick()
    }

    /** It is on because somebody was given it: nobody insists. */
    wanted(): void {
        this.#cancel?.()
        this.#cancel = undefined
        this.#tries = 0
        this.#again = 0
        this.#offAt = Number.NEGATIVE_INFINITY
        this.#notBefore = Number.NEGATIVE_INFINITY
    }

    #later(ms: number): void {
        this.#cancel = this.#o.clock.after(ms, () => this.now())
    }

    async #try(): Promise<void> {
        this.#trying = true
        const off = await this.#o.attempt().catch(() => false)
        this.#trying = false
        if (this.#o.signal.aborted) return
        if (off) this.#wentOff()
        if (!this.#o.due()) this.#tries = 0
        else if (off) this.kick()
        else this.#later(backoff(++this.#tries))
    }

    /** Somebody who switches on and we who switch off must not make the relay chatter. */
    #wentOff(): void {
        const now = this.#o.clock.monotonic()
        this.#tries = 0
        this.#again = now - this.#offAt < INSISTENT ? this.#again + 1 : 0
        this.#offAt = now
        if (this.#again > 0) this.#notBefore = now + backoff(this.#again, 250, LONGEST)
    }
}
