import type { Clock } from '../clock/index.ts'
import { Refusal } from '../refusal.ts'
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
    #got: ((reading: Reading) => void) | undefined

    constructor(options: MeasurementOptions) {
        this.#o = options
    }

    /** Whether one is under way. */
    get busy(): boolean {
        return this.#measuring !== undefined
    }

    take(reading: Reading): void {
        this.#got?.(reading)
    }

    /** @throws {@link Refusal} 500 `NO_READING` */
    run(): Promise<Reading> {
        this.#measuring ??= this.#run().finally(() => {
            this.#measuring = undefined
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
