import type { Clock } from '../lib/index.ts'
import { own } from '../lib/index.ts'

/** Devices that are counted: anybody may give any number of ids. */
const MOST = 10_000
/** Milliseconds between two changes of the count that somebody is told of. */
const PACE = 250

/** Counts the devices that were refused because nobody knows them, since the start. */
export class Strangers {
    readonly #clock: Clock
    readonly #ids = new Set<string>()
    readonly #listeners = new Set<() => void>()
    #count = 0
    #isDue = false

    constructor(clock: Clock) {
        this.#clock = clock
    }

    /** How many there are, as was told last. */
    get count(): number {
        return this.#count
    }

    /** A device was refused. */
    add(id: string): void {
        if (this.#ids.size >= MOST || this.#ids.has(id)) return
        this.#ids.add(own(id))
        this.#changed()
    }

    /** A device was taken in. */
    delete(id: string): void {
        if (this.#ids.delete(id)) this.#changed()
    }

    /** Calls back when the count is another one, until the signal aborts. */
    listen(listener: () => void, signal: AbortSignal): void {
        if (signal.aborted) return
        this.#listeners.add(listener)
        signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true })
    }

    #changed(): void {
        if (this.#isDue) return
        this.#isDue = true
        this.#clock.after(PACE, () => {
            this.#isDue = false
            if (this.#count === this.#ids.size) return
            this.#count = this.#ids.size
            for (const listener of this.#listeners) listener()
        })
    }
}
