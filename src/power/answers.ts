import type { Clock } from '../lib/index.ts'

/** How long what a plug was told or asked may still be on its way, in milliseconds. */
export const LATE = 60_000

/**
 * Counts what a plug was asked and what it answered. Answers do not say what they answer: the count shows it only while
 * nothing was lost, doubled or asked by others; after that, and after a new beginning, not for as long as an answer may be late.
 */
export class Answers {
    readonly #clock: Clock
    readonly #confirm: number
    #asked = 0
    #answered = 0
    #askedAt = Number.NEGATIVE_INFINITY
    #heardAt = Number.NEGATIVE_INFINITY
    #doubtUntil: number
    #doubted = true

    /** @param confirm milliseconds the plug has for an answer */
    constructor(clock: Clock, confirm: number) {
        this.#clock = clock
        this.#confirm = confirm
        this.#doubtUntil = clock.monotonic() + LATE
    }

    /** Whether the count shows what an answer belongs to. */
    get counted(): boolean {
        return this.#clock.monotonic() >= this.#doubtUntil
    }

    /** How many were answered. */
    get answered(): number {
        return this.#answered
    }

    /** It is asked now. @returns the number of the answer */
    ask(): number {
        const now = this.#clock.monotonic()
        if (this.#heardAt < this.#askedAt && now - this.#askedAt > this.#confirm) this.doubt()
        if (this.#doubted && this.counted) this.#forget()
        this.#askedAt = now
        return ++this.#asked
    }

    /** It has answered. @returns false for an answer that nobody here asked for */
    hear(): boolean {
        this.#heardAt = this.#clock.monotonic()
        if (this.#answered < this.#asked) {
            this.#answered++
            return true
        }
        this.doubt()
        return false
    }

    /** What was asked before may have been lost, or may be answered late. */
    doubt(): void {
        this.#doubted = true
        this.#doubtUntil = this.#clock.monotonic() + LATE
    }

    /** What was not answered by now never will be. */
    #forget(): void {
        this.#doubted = false
        this.#answered = this.#asked
    }
}
