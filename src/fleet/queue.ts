import { type Clock, pause, Refusal } from '../lib/index.ts'

/** Milliseconds: the machine may have slept meanwhile. */
const LONGEST_REST = 10_000

/** Does one thing after the other, and between two of them nothing for as long as the first one took: others have things to do, too. */
export class Queue {
    readonly #clock: Clock
    readonly #most: number
    readonly #signal: AbortSignal
    #last: Promise<void> = Promise.resolve()
    #waiting = 0

    /** @param most how many may wait @param signal ends the waiting between two */
    constructor(clock: Clock, most: number, signal: AbortSignal) {
        this.#clock = clock
        this.#most = most
        this.#signal = signal
    }

    /** @throws {@link Refusal} 429 `TOO_MANY_REQUESTS` when too many wait, and what `run` throws */
    async take<T>(run: () => Promise<T>): Promise<T> {
        if (this.#waiting >= this.#most) throw new Refusal(429, 'TOO_MANY_REQUESTS', `${this.#most} of these wait already`)
        this.#waiting++
        const result = this.#last.then(() => {
            this.#waiting--
            return this.#timed(run)
        })
        const rested = result.then(
            ({ took }) => took,
            () => 0,
        )
        this.#last = rested.then((took) => (took > 0 ? pause(this.#clock, Math.min(took, LONGEST_REST), this.#signal) : undefined))
        return (await result).value
    }

    async #timed<T>(run: () => Promise<T>): Promise<{ value: T; took: number }> {
        const start = this.#clock.monotonic()
        const value = await run()
        return { value, took: this.#clock.monotonic() - start }
    }
}
