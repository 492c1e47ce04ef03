/** What a key may have of what is worked on at the same time. */
export interface Share {
    /** Keys with the same name here share one limit. */
    room: string
    /** How many of all keys in the room. */
    limit: number
    /** How many of this key. */
    each: number
}

/** Keys that may be passed over at the same time: what is due of others waits until there are fewer. */
const MOST_PASSED_OVER = 100_000

const EVERYTHING: Share = { room: '', limit: Number.POSITIVE_INFINITY, each: Number.POSITIVE_INFINITY }

interface Room {
    /** How many are being worked on. */
    running: number
    /** Keys that were passed over: what is due of them has to be asked for by its key. Those first that have waited for longest. */
    readonly waiting: Set<string>
}

interface Key {
    running: number
    room: Room
}

/** How many tasks of each key are being worked on, and of which keys there is more to do. It knows of no other keys. */
export class Keys {
    readonly #share: (key: string) => Share
    readonly #keys = new Map<string, Key>()
    readonly #rooms = new Map<string, Room>()

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
        if (!state?.room.waiting.has(key) && this.#free(key) > 0) return true
        this.#state(key).room.waiting.add(key)
        return false
    }

    count(key: string | null, more: number): void {
        if (key === null) return
        const state = this.#state(key)
        state.running += more
        state.room.running += more
        this.#tidy(key, state)
    }

    /** A key may have something else now, for what is being worked on, too. */
    moved(key: string): void {
        const state = this.#keys.get(key)
        if (!state) return
        const before = state.room
        const room = this.#roomOf(key)
        if (room === before) return
        before.running -= state.running
        room.running += state.running
        if (before.waiting.delete(key)) room.waiting.add(key)
        state.room = room
    }

    /** Keys of which there is more, with how many of each may be begun when its turn comes. */
    *waiting(): Generator<{ key: string; free: number }> {
        for (const room of this.#rooms.values()) {
            // Whoever was served comes again at the end.
            let left = room.waiting.size
            for (const key of room.waiting) {
                if (left-- === 0) break
                this.moved(key)
                if (this.#roomOf(key) !== room) continue
                if (room.running >= this.#share(key).limit) break
                const free = this.#free(key)
                if (free > 0) yield { key, free }
            }
        }
    }

    /** Notes that a key had its turn. */
    served(key: string, hasMore: boolean): void {
        const state = this.#state(key)
        state.room.waiting.delete(key)
        if (hasMore) state.room.waiting.add(key)
        else this.#tidy(key, state)
    }

    #state(key: string): Key {
        const known = this.#keys.get(key)
        if (known && (known.running > 0 || known.room.waiting.has(key))) return known
        const state = { running: 0, room: this.#roomOf(key) }
        this.#keys.set(key, state)
        return state
    }

    #tidy(key: string, { running, room }: Key): void {
        if (running <= 0 && !room.waiting.has(key)) this.#keys.delete(key)
    }

    #roomOf(key: string): Room {
        const { room: name } = this.#share(key)
        const known = this.#rooms.get(name)
        const room = known ?? { running: 0, waiting: new Set<string>() }
        if (!known) this.#rooms.set(name, room)
        return room
    }

    #free(key: string): number {
        const { limit, each } = this.#share(key)
        return Math.min(limit - this.#roomOf(key).running, each - this.running(key))
    }
}
