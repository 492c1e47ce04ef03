/** Who is told something, until their signals abort. One that throws keeps none of the others from hearing of it. */
export class Listeners<L> {
    readonly #all = new Set<L>()
    readonly #log: (text: string) => void

    constructor(log: (text: string) => void) {
        this.#log = log
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
                this.#log(`a listener failed: ${error}`)
            }
        }
    }
}
