/** What a key may have of what is worked on at the same time. */
export interface Share {
    /** Keys with the same name here share one limit. */
    room: string
    /** How many of all keys in the room. */
    limit: number
    /** How many of this key. */
    each: number
}

interface Key {
    /** How many of it are being worked on. */
    running: number
    /** The room that those are counted in. */
    room: string
    /** It was passed over: what is due of it has to be asked for by its key. */
    hasMore: boolean
}

/**
 * How many tasks of each key are being worked on, and of which keys there is more to do. It knows only of keys that are being worked on or
 * were passed over.
 */
export class Keys {
    readonly #share: ((key: string) => Share) | undefined
    readonly #keys = new Map<string, Key>()
    readonly #rooms = new Map<string, number>()

    /** @param share what a key may have; undefined for any number */
    constructor(share: ((key: string) => Share) | undefined) {
        this.#share = share
    }

    /** Whether one more may be begun. If not, it is noted that there is more. */
    hasTurn(key: string | null): boolean {
        if (key === null || !this.#share) return true
        const state = this.#keys.get(key)
        // Those of one key keep their order: where one was passed over, all after it are.
        if (!state?.hasMore && this.#free(key) > 0) return true
        if (state) state.hasMore = true
        else this.#keys.set(key, { running: 0, room: this.#share(key).room, hasMore: true })
        return false
    }

    count(key: string | null, more: number): void {
        if (key === null || !this.#share) return
        const state = this.#keys.get(key) ?? { running: 0, room: this.#share(key).room, hasMore: false }
        if (state.running === 0) state.room = this.#share(key).room
        state.running += more
        this.#rooms.set(state.room, (this.#rooms.get(state.room) ?? 0) + more)
        if (state.running > 0 || state.hasMore) this.#keys.set(key, state)
        else this.#keys.delete(key)
    }

    /** What is being worked on counts in the room that its key has now. */
    moved(key: string): void {
        const state = this.#keys.get(key)
        const room = this.#share!(key).room
        if (!state || state.room === room) return
        this.#rooms.set(state.room, (this.#rooms.get(state.room) ?? 0) - state.running)
        this.#rooms.set(room, (this.#rooms.get(room) ?? 0) + state.running)
        state.room = room
    }

    /** Keys of which there is more, with how many of each may be begun when its turn comes, those first that have waited for longest. */
    *waiting(): Generator<{ key: string; free: number }> {
        for (const [key, { hasMore }] of [...this.#keys]) {
            const free = hasMore ? this.#free(key) : 0
            if (free > 0) yield { key, free }
        }
    }

    /** Notes that a key had its turn. */
    served(key: string, taken: number, hasMore: boolean): void {
        this.count(key, taken)
        const state = this.#keys.get(key)!
        state.hasMore = hasMore
        this.#keys.delete(key)
        if (state.running > 0 || hasMore) this.#keys.set(key, state)
    }

    #free(key: string): number {
        const { room, limit, each } = this.#share!(key)
        return Math.min(limit - (this.#rooms.get(room) ?? 0), each - (this.#keys.get(key)?.running ?? 0))
    }
}
