import { type Clock, pause, Refusal } from '../lib/index.ts'

/** Milliseconds, in case the machine has slept during a job. */
const MAX_PAUSE = 10_000

/** Runs jobs one after the other. After each it pauses for as long as the job took, so that others can use the store as well. */
export class PacedQueue {
    readonly #clock: Clock
    readonly #max: number
    readonly #signal: AbortSignal
    #last: Promise<void> = Promise.resolve()
    #waiting = 0

    /** @param max jobs that may wait @param signal ends pauses */
    constructor(clock: Clock, max: number, signal: AbortSignal) {
        this.#clock = clock
        this.#max = max
        this.#signal = signal
    }

    /** @throws {@link Refusal} 429 `TOO_MANY_REQUESTS` when too many wait, and what `run` throws */
    async take<T>(run: () => Promise<T>): Promise<T> {
        if (this.#waiting >= this.#max) throw new Refusal(429, 'TOO_MANY_REQUESTS', `${this.#max} of these wait already`)
        this.#waiting++
        const result = this.#last.then(() => {
            this.#waiting--
            return this.#timed(run)
        })
        const paused = result.then(
            ({ took }) => took,
            () => 0,
        )
        this.#last = paused.then((took) => (took > 0 ? pause(this.#clock, Math.min(took, MAX_PAUSE), this.#signal) : undefined))
        return (await result).value
    }

    async #timed<T>(run: () => Promise<T>): Promise<{ value: T; took: number }> {
        const start = this.#clock.monotonic()
        const value = await run()
        return { value, took: this.#clock.monotonic() - start }
    }
}
