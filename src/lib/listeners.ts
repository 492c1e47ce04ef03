import { stackOf } from './errors.ts'

/** Functions, or objects of functions, to be called until their signals abort. One that throws does not keep the others from being called. */
export class Listeners<L> {
    readonly #all = new Set<L>()
    readonly #log: (text: string) => void

    /** @param log is told when a listener throws */
    constructor(log: (text: string) => void) {
        this.#log = log
    }

    get size(): number {
        return this.#all.size
    }

    add(listener: L, signal: AbortSignal): void {
        if (signal.aborted) return
        this.#all.add(listener)
        signal.addEventListener('abort', () => this.#all.delete(listener), { once: true })
    }

    tell(call: (listener: L) => void): void {
        for (const listener of this.#all) {
            try {
                call(listener)
            } catch (error) {
                this.#log(`a listener failed: ${stackOf(error)}`)
            }
        }
    }

    clear(): void {
        this.#all.clear()
    }
}
