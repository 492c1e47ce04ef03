/** Milliseconds of silence after which a ping is sent, and that its answer may take. */
const SILENCE = 10_000
const PATIENCE = 10_000
/** Milliseconds that an answer may take where there is reason to doubt the connection. */
const SHORT_PATIENCE = 4000

export interface LivenessHandlers {
    ping(): void
    /** A ping was not answered in time. */
    lost(): void
}

/** Detects a dead connection by pings of its own, because a page does not see the pings of the WebSocket protocol. */
export class Liveness {
    readonly #handlers: LivenessHandlers
    #timer: ReturnType<typeof setTimeout> | undefined
    #receivedAt = 0
    /** When the answer is due, if a ping was sent. */
    #deadline: number | undefined

    constructor(handlers: LivenessHandlers) {
        this.#handlers = handlers
    }

    start(): void {
        this.stop()
        this.received()
        this.#check()
    }

    stop(): void {
        clearTimeout(this.#timer)
        this.#timer = this.#deadline = undefined
    }

    /** To be called for every frame; sets no timer, as there may be many. */
    received(): void {
        this.#receivedAt = Date.now()
        this.#deadline = undefined
    }

    /** Checks the connection now, for it may have died while nobody looked. */
    probe(): void {
        if (this.#timer !== undefined) this.#ping(SHORT_PATIENCE)
    }

    #check(): void {
        const rest = this.#receivedAt + SILENCE - Date.now()
        if (this.#deadline !== undefined) this.#handlers.lost()
        // After the system clock was set back, the rest would be too long.
        else if (rest > 0) this.#wait(Math.min(rest, SILENCE))
        else this.#ping(PATIENCE)
    }

    #ping(patience: number): void {
        const deadline = Date.now() + patience
        this.#deadline = Math.min(this.#deadline ?? deadline, deadline)
        this.#wait(this.#deadline - Date.now())
        this.#handlers.ping()
    }

    #wait(ms: number): void {
        clearTimeout(this.#timer)
        this.#timer = setTimeout(() => this.#check(), ms)
    }
}
