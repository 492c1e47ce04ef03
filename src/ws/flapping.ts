import { type Clock, dropOldest } from '../lib/index.ts'

/** So many replacements of a peer within so many milliseconds are no coincidence: two have the same identity, and throw each other out. */
const MOST = 5
const WITHIN = 60_000
/** Peers that are watched at the same time. */
const MAX_WATCHED = 10_000

interface Watched {
    count: number
    since: number
    /** When somebody last tried to take the place of the one that stays; undefined if anybody may. */
    heldAt: number | undefined
}

/**
 * Sees when two devices with one identity replace each other again and again. From then on the one that is connected stays, until nobody
 * has tried to replace it for a while.
 */
export class FlapDetector {
    readonly #clock: Clock
    readonly #log: (text: string) => void
    readonly #watched = new Map<string, Watched>()

    /** @param log is told once of each peer that this begins with */
    constructor(clock: Clock, log: (text: string) => void) {
        this.#clock = clock
        this.#log = log
    }

    /** Whether a connected peer may be replaced by a new connection; that counts as a try. */
    mayReplace(id: string, account: string | undefined): boolean {
        const key = JSON.stringify([id, account])
        const now = this.#clock.monotonic()
        const known = this.#watched.get(key)
        const isOver = !known || now - (known.heldAt ?? known.since) >= WITHIN
        const watched = isOver ? { count: 0, since: now, heldAt: undefined } : known
        this.#watched.delete(key)
        this.#watched.set(key, watched)
        dropOldest(this.#watched, MAX_WATCHED)
        if (watched.heldAt === undefined && ++watched.count <= MOST) return true
        if (watched.heldAt === undefined) this.#log(advice(id))
        watched.heldAt = now
        return false
    }
}

const advice = (id: string) =>
    `connections of ${JSON.stringify(id)} replace each other again and again: two devices seem to have one identity. The one that is connected stays until no other has tried for a minute`
