import { type Clock, cautious } from '../clock/index.ts'
import type { DeviceRepository } from './repository.ts'

const DAY = 86_400_000
const HOUR = 3_600_000

interface Parts {
    name: string
    repository: DeviceRepository
    clock: Clock
    log: (text: string) => void
}

/** Deletes what is too old of a fleet's history, every hour, for as long as somebody wants history kept. */
export class Retention {
    readonly #parts: Parts
    readonly #today: () => number
    /** The days of each that wants it kept. */
    readonly #wishes = new Map<object, number>()
    #cancel: (() => void) | undefined
    #busy = false

    constructor(parts: Parts) {
        this.#parts = parts
        this.#today = cautious(parts.clock)
    }

    /** Keeps history for that many days, or as many as anybody else wants; 0 means for ever. Until the signal aborts. */
    want(days: number, signal: AbortSignal): void {
        if (signal.aborted) return
        this.#wishes.set(signal, days)
        this.#cancel ??= this.#parts.clock.after(0, () => this.#round())
        signal.addEventListener('abort', () => {
            this.#wishes.delete(signal)
            if (this.#wishes.size > 0) return
            this.#cancel?.()
            this.#cancel = undefined
        })
    }

    #round(): void {
        const { name, repository, clock, log } = this.#parts
        this.#cancel = clock.after(HOUR, () => this.#round())
        const days = [...this.#wishes.values()]
        if (this.#busy || days.includes(0)) return
        this.#busy = true
        repository
            .forget(name, this.#today() - Math.max(...days) * DAY)
            .catch((error: unknown) => this.#wishes.size === 0 || log(`old history could not be deleted: ${error}`))
            .finally(() => {
                this.#busy = false
            })
    }
}
