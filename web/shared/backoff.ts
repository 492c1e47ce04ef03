/** Seconds before the first new attempt; twice as many before each further one, up to the longest. */
const FIRST_DELAY = 1
const LONGEST_DELAY = 30

/** Puts off the next attempt to connect, for longer and longer. */
export class Backoff {
    #failures = 0
    #timer: ReturnType<typeof setTimeout> | undefined

    get isWaiting(): boolean {
        return this.#timer !== undefined
    }

    /** The server was there: the next failure is the first one again. */
    reset(): void {
        this.#failures = 0
    }

    cancel(): void {
        clearTimeout(this.#timer)
        this.#timer = undefined
    }

    /** @param least seconds @returns seconds until it runs */
    wait(run: () => void, least = FIRST_DELAY): number {
        this.cancel()
        const longest = Math.min(FIRST_DELAY * 2 ** this.#failures++, LONGEST_DELAY)
        // Spread, so that not all pages come at once after a restart of the server.
        const seconds = Math.max(least, longest * (0.75 + Math.random() / 4))
        this.#timer = setTimeout(() => {
            this.#timer = undefined
            run()
        }, seconds * 1000)
        return Math.round(seconds)
    }
}
