/** What a key may have of what is worked on at the same time. */
export interface Share {
    /** Keys with the same name here share one limit. */
    group: string
    /** How many of all keys in the group. */
    limit: number
    /** How many of this key. */
    each: number
}

/** Keys that may be passed over at the same time: what is due of others waits until there are fewer. */
const MOST_PASSED_OVER = 100_000

const EVERYTHING: Share = { group: '', limit: Number.POSITIVE_INFINITY, each: Number.POSITIVE_INFINITY }

interface Group {
    /** How many are being worked on. */
    running: number
    /** Keys that were passed over: what is due of them has to be asked for by its key. Those first that have waited for longest. */
    readonly waiting: Set<string>
}

interface Key {
    running: number
    group: Group
}

/** How many tasks of each key are being worked on, and of which keys there is more to do. It knows of no other keys. */
export class Keys {
    readonly #share: (key: string) => Share
    readonly #keys = new Map<string, Key>()
    readonly #groups = new Map<string, Group>()

    /** @param share what a key may have: everything, unless told otherwise */
    constructor(share: (key: string) => Share = () => EVERYTHING) {
        this.#share = share
    }

    /** Whether no more may be passed over. */
    get isFull(): boolean {
        return this.#keys.size >= MOST_PASSED_OVER
    }

    /** How many of a key are being worked on. */
    running(key: string): number {
        return this.#keys.get(key)?.running ?? 0
    }

    /** Whether one more may be begun. If not, it is noted that there is more. */
    hasTurn(key: string | null): boolean {
        if (key === null) return true
        const state = this.#keys.get(key)
        // Those of one key keep their order: where one was passed over, all after it are.
        if (!state?.group.waiting.has(key) && this.#free(key) > 0) return true
        this.#state(key).group.waiting.add(key)
        return false
    }

    count(key: string | null, more: number): void {
        if (key === null) return
        const state = this.#state(key)
        state.running += more
        state.group.running += more
        this.#tidy(key, state)
    }

    /** A key may have something else now, for what is being worked on, too. */
    moved(key: string): void {
        const state = this.#keys.get(key)
        if (!state) return
        const before = state.group
        const group = this.#groupOf(key)
        if (group === before) return
        before.running -= state.running
        group.running += state.running
        if (before.waiting.delete(key)) group.waiting.add(key)
        state.group = group
    }

    /** Keys of which there is more, with how many of each may be begun when its turn comes. @param first what is served before its turn */
    *waiting(first?: string): Generator<{ key: string; free: number }> {
        if (first !== undefined && this.#keys.get(first)?.group.waiting.has(first)) {
            const free = this.#free(first)
            if (free > 0) yield { key: first, free }
        }
        for (const group of this.#groups.values()) {
            // Whoever was served comes again at the end.
            let left = group.waiting.size
            for (const key of group.waiting) {
                if (left-- === 0) break
                this.moved(key)
                if (this.#groupOf(key) !== group) continue
                if (group.running >= this.#share(key).limit) break
                const free = this.#free(key)
                if (free > 0) yield { key, free }
            }
        }
    }

    /** Notes that a key had its turn. */
    served(key: string, hasMore: boolean): void {
        const state = this.#state(key)
        state.group.waiting.delete(key)
        if (hasMore) state.group.waiting.add(key)
        else this.#tidy(key, state)
    }

    #state(key: string): Key {
        const known = this.#keys.get(key)
        if (known && (known.running > 0 || known.group.waiting.has(key))) return known
        const state = { running: 0, group: this.#groupOf(key) }
        this.#keys.set(key, state)
        return state
    }

    #tidy(key: string, { running, group }: Key): void {
        if (running <= 0 && !group.waiting.has(key)) this.#keys.delete(key)
    }

    #groupOf(key: string): Group {
        const { group: name } = this.#share(key)
        const known = this.#groups.get(name)
        const group = known ?? { running: 0, waiting: new Set<string>() }
        if (!known) this.#groups.set(name, group)
        return group
    }

    #free(key: string): number {
        const { limit, each } = this.#share(key)
        return Math.min(limit - this.#groupOf(key).running, each - this.running(key))
    }
}
