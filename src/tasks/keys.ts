interface Key {
    /** How many of it are being worked on. */
    running: number
    /** It was passed over: what is due of it has to be asked for by its key. */
    hasMore: boolean
}

/** How many tasks of each key are being worked on, and of which keys there is more to do. It knows only of keys that are being worked on. */
export class Keys {
    readonly #each: ((key: string) => number) | undefined
    readonly #keys = new Map<string, Key>()

    /** @param each how many of a key may be worked on at the same time; undefined for any number */
    constructor(each: ((key: string) => number) | undefined) {
        this.#each = each
    }

    /** Whether one more may be begun. If not, it is noted that there is more. */
    hasTurn(key: string | null): boolean {
        const state = key === null ? undefined : this.#keys.get(key)
        // Those of one key keep their order: where one was passed over, all after it are.
        if (!state || !this.#each || (!state.hasMore && state.running < this.#each(key!))) return true
        state.hasMore = true
        return false
    }

    count(key: string | null, more: number): void {
        if (key === null || !this.#each) return
        const state = this.#keys.get(key) ?? { running: 0, hasMore: false }
        state.running += more
        if (state.running > 0 || state.hasMore) this.#keys.set(key, state)
        else this.#keys.delete(key)
    }

    /** Keys of which there is more, with how many of each may be begun, those first that have waited for longest. */
    waiting(): { key: string; free: number }[] {
        return [...this.#keys].flatMap(([key, { running, hasMore }]) => {
            const free = this.#each!(key) - running
            return hasMore && free > 0 ? [{ key, free }] : []
        })
    }

    /** Notes that a key had its turn. */
    served(key: string, taken: number, hasMore: boolean): void {
        const running = (this.#keys.get(key)?.running ?? 0) + taken
        this.#keys.delete(key)
        if (running > 0 || hasMore) this.#keys.set(key, { running, hasMore })
    }
}
