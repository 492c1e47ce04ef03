/** Milliseconds without a sign of life after which one is asked for, and that it may take to come. */
const QUIET = 10_000
const PATIENCE = 10_000
/** The same where there is reason to doubt: somebody looks again, or the network is another one. */
const DOUBT = 4000

export interface PulseUser {
    /** A sign of life is wanted from the other end. */
    ask(): void
    /** None came. */
    lost(): void
}

/** Finds out that a connection is dead of which nobody said so: a page does not see the pings of WebSocket. */
export class Pulse {
    readonly #user: PulseUser
    #timer: ReturnType<typeof setTimeout> | undefined
    #heardAt = 0
    /** Until when a sign of life has to come, if one was asked for. */
    #deadline: number | undefined

    constructor(user: PulseUser) {
        this.#user = user
    }

    /** A connection is there. */
    begin(): void {
        this.end()
        this.heard()
        this.#look()
    }

    end(): void {
        clearTimeout(this.#timer)
        this.#timer = this.#deadline = undefined
    }

    /** Something came: as this is called for every frame, no timer is set. */
    heard(): void {
        this.#heardAt = Date.now()
        this.#deadline = undefined
    }

    /** Whether it still lives is wanted to be known soon. */
    doubt(): void {
        if (this.#timer !== undefined) this.#ask(DOUBT)
    }

    #look(): void {
        const now = Date.now()
        const rest = this.#heardAt + QUIET - now
        if (this.#deadline !== undefined) this.#user.lost()
        // A clock that was set does not make it wait for longer.
        else if (rest > 0) this.#arm(Math.min(rest, QUIET))
        else this.#ask(PATIENCE)
    }

    #ask(patience: number): void {
        const deadline = Date.now() + patience
        this.#deadline = Math.min(this.#deadline ?? deadline, deadline)
        this.#arm(this.#deadline - Date.now())
        this.#user.ask()
    }

    #arm(ms: number): void {
        clearTimeout(this.#timer)
        this.#timer = setTimeout(() => this.#look(), ms)
    }
}
