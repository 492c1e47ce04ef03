/** Tells what was met before, so that a log says the same only once, and no more than somebody can be bothered to read. */
export class Deduplicator {
    readonly #most: number
    readonly #met = new Set<string>()

    /** @param most how many different texts are new; all later ones count as met */
    constructor(most: number) {
        this.#most = most
    }

    isNew(key: string): boolean {
        if (this.#met.size >= this.#most || this.#met.has(key)) return false
        this.#met.add(key)
        return true
    }
}
