import { afterTurn, type Clock } from '../lib/index.ts'

/** Milliseconds within which a command that follows what was heard makes the system put off acknowledging what is heard next. */
const RECENT = 200
/** Milliseconds after an urgent command for which its answers are hurried. */
const WINDOW = 100
/** Milliseconds before an answer to a ping is followed by another ping, each time that nothing else has come. */
const PAUSES = [1, 1, 1, 2, 4, 8]

export interface NagleWorkaroundOptions {
    clock: Clock
    /** Sends something that changes nothing. */
    ping(): void
}

/**
 * Has the answers to a command come at once from a broker that leaves Nagle's algorithm on, as Mosquitto does unless told otherwise. Such a
 * broker sends one small packet, and the next only once that is acknowledged. Our system acknowledges at once, unless we speak and listen by
 * turns: then it waits 40 ms for something to send along with that. So it is given something.
 */
export class NagleWorkaround {
    readonly #o: NagleWorkaroundOptions
    #heardAt = Number.NEGATIVE_INFINITY
    #until = Number.NEGATIVE_INFINITY
    /** Urgent commands whose answers are still waited for. */
    #open = 0
    #pings = 0
    /** Whether something was heard since something was sent last. */
    #isOwed = false
    #isWaiting = false

    constructor(options: NagleWorkaroundOptions) {
        this.#o = options
    }

    /** Somebody waits for what the command that is sent now brings about. */
    urgent(): void {
        const now = this.#o.clock.monotonic()
        this.#open = now > this.#until ? 1 : this.#open + 1
        if (now - this.#heardAt < RECENT) this.#until = now + WINDOW
        this.#pings = 0
    }

    /** What one of those brought about has been heard. */
    answered(): void {
        this.#open--
    }

    sent(): void {
        this.#isOwed = false
    }

    heard(isPong: boolean): void {
        const { clock } = this.#o
        this.#heardAt = clock.monotonic()
        this.#isOwed = true
        if (this.#heardAt > this.#until) return
        if (!isPong) {
            this.#pings = 0
            afterTurn(() => this.#ping())
        } else if (this.#open > 0 && this.#pings < PAUSES.length && !this.#isWaiting) {
            this.#isWaiting = true
            clock.after(PAUSES[this.#pings++]!, () => {
                this.#isWaiting = false
                if (this.#open > 0) this.#ping()
            })
        }
    }

    #ping(): void {
        if (this.#isOwed) this.#o.ping()
    }
}
