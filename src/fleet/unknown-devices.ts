import { type Clock, detached, Listeners } from '../lib/index.ts'

/** Ids that are remembered: a client may send any number of them. */
const MAX_IDS = 10_000
/** Milliseconds between two notifications. */
const PACE = 250

/** Counts the devices that were refused since the start because they are not registered. */
export class UnknownDevices {
    readonly #clock: Clock
    readonly #ids = new Set<string>()
    readonly #listeners: Listeners<() => void>
    #count = 0
    #isDue = false

    constructor(clock: Clock, log: (text: string) => void) {
        this.#clock = clock
        this.#listeners = new Listeners(log)
    }

    /** Their number at the last notification. */
    get count(): number {
        return this.#count
    }

    /** To be called when a device was refused. */
    add(id: string): void {
        if (this.#ids.size >= MAX_IDS || this.#ids.has(id)) return
        this.#ids.add(detached(id))
        this.#changed()
    }

    /** To be called when a device was registered. */
    delete(id: string): void {
        if (this.#ids.delete(id)) this.#changed()
    }

    /** Calls back when {@link count} has changed, until the signal aborts. */
    listen(listener: () => void, signal: AbortSignal): void {
        this.#listeners.add(listener, signal)
    }

    #changed(): void {
        if (this.#isDue) return
        this.#isDue = true
        this.#clock.after(PACE, () => {
            this.#isDue = false
            if (this.#count === this.#ids.size) return
            this.#count = this.#ids.size
            this.#listeners.tell((listener) => listener())
        })
    }
}
