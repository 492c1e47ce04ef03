import { type Clock, retentionClock } from '../lib/index.ts'
import type { Sweep } from './module.ts'

const HOUR = 3_600_000

export interface RetentionOptions {
    clock: Clock
    warn(text: string): void
}

/** Runs the sweeps of all modules every hour. */
export class Retention {
    readonly #clock: Clock
    readonly #warn: (text: string) => void
    readonly #today: () => number
    readonly #sweeps: Sweep[] = []
    readonly #running = new Set<Sweep>()
    /** Those that are to run once more when they have ended. */
    readonly #again = new Set<Sweep>()
    readonly #ending = new AbortController()
    readonly #cancel = new Map<Sweep, () => void>()
    #isStarted = false

    constructor({ clock, warn }: RetentionOptions) {
        this.#clock = clock
        this.#warn = warn
        this.#today = retentionClock(clock)
    }

    /** @returns what runs it now, or once more if it is running */
    add(sweep: Sweep): () => void {
        this.#sweeps.push(sweep)
        return () => this.#run(sweep)
    }

    /** Has an effect only once. */
    start(): void {
        if (this.#isStarted) return
        this.#isStarted = true
        for (const sweep of this.#sweeps)
            if (sweep.wait)
                this.#cancel.set(
                    sweep,
                    this.#clock.after(sweep.wait, () => this.#hourly(sweep)),
                )
            else this.#hourly(sweep)
    }

    end(): void {
        this.#ending.abort()
        for (const cancel of this.#cancel.values()) cancel()
    }

    #hourly(sweep: Sweep): void {
        this.#cancel.set(
            sweep,
            this.#clock.after(HOUR, () => this.#hourly(sweep)),
        )
        this.#run(sweep)
    }

    #run(sweep: Sweep): void {
        if (this.#running.has(sweep)) this.#again.add(sweep)
        else void this.#whileAsked(sweep)
    }

    async #whileAsked(sweep: Sweep): Promise<void> {
        const { signal } = this.#ending
        this.#running.add(sweep)
        do {
            this.#again.delete(sweep)
            try {
                if (!signal.aborted) await sweep.run(this.#today(), signal)
            } catch (error) {
                if (!signal.aborted) this.#warn(`${sweep.what} could not be deleted: ${error}`)
            }
        } while (this.#again.has(sweep))
        this.#running.delete(sweep)
    }
}
