import { type Clock, Refusal } from '../lib/index.ts'
import type { Reading } from './repository.ts'

export interface MeasurementOptions {
    clock: Clock
    /** Milliseconds the plug has to give a reading. */
    confirm: number
    signal: AbortSignal
    /** Asks the plug for a reading; false when it cannot be asked. */
    ask(): boolean
}

/** Readings that somebody waits for: one at a time, shared by all who ask meanwhile. */
export class Measurement {
    readonly #o: MeasurementOptions
    #measuring: Promise<Reading> | undefined
    #isSurelyHeard = false
    #got: ((reading: Reading) => void) | undefined

    constructor(options: MeasurementOptions) {
        this.#o = options
    }

    /** Whether one is under way that the plug may not have heard of: it was asked for at another time than that of {@link along}. */
    get mayBeUnheard(): boolean {
        return this.#measuring !== undefined && !this.#isSurelyHeard
    }

    take(reading: Reading): void {
        this.#got?.(reading)
    }

    /** Asks along with a command for one that will be wanted once the plug has confirmed that. */
    along(): void {
        if (this.#measuring !== undefined) {
            this.#o.ask()
            return
        }
        this.run().catch(() => {})
        this.#isSurelyHeard = true
    }

    /** @throws {@link Refusal} 500 `NO_READING` */
    run(): Promise<Reading> {
        this.#measuring ??= this.#run().finally(() => {
            this.#measuring = undefined
            this.#isSurelyHeard = false
            this.#got = undefined
        })
        return this.#measuring
    }

    async #run(): Promise<Reading> {
        const { clock, confirm, signal, ask } = this.#o
        const { promise, resolve, reject } = Promise.withResolvers<Reading>()
        this.#got = resolve
        if (!ask()) throw noReading('the broker is not connected')
        const late = clock.after(confirm, () => reject(noReading('the plug gave no reading in time')))
        const abort = () => reject(signal.reason)
        signal.addEventListener('abort', abort)
        try {
            return await promise
        } finally {
            late()
            signal.removeEventListener('abort', abort)
        }
    }
}

const noReading = (message: string) => new Refusal(500, 'NO_READING', message)
