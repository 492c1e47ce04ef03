import type { Clock } from './clock.ts'

/** However far away the next entry is, the clock is looked at this often: the machine may have slept, or a wall clock been set. */
const LONGEST_NAP = 30_000

export interface AgendaOptions {
    /** Takes what `due` throws; without it, that is thrown once everything else that is due was called. */
    failed?(error: unknown): void
    /**
     * What entries keep to: `monotonic`, unless told otherwise. Their times are of the wall clock, but the distance is taken when they are
     * set: setting the clock later moves none of them. `wall` is for what ends at a time of the day that somebody else has set.
     */
    follows?: 'monotonic' | 'wall'
}

interface Entry<Id> {
    readonly id: Id
    /** In milliseconds of the clock that is followed. */
    at: number
    /** Its index in the heap. */
    place: number
}

/** Entries with a due time each, and one timer for the nearest of them, however many there are. */
export class Agenda<Id> {
    readonly #clock: Clock
    readonly #due: (id: Id) => void
    readonly #failed: ((error: unknown) => void) | undefined
    readonly #isWall: boolean
    readonly #entries = new Map<Id, Entry<Id>>()
    /** The entries as a binary heap: none is due later than the two below it. */
    readonly #heap: Entry<Id>[] = []
    #cancel: (() => void) | undefined
    #armedFor = Number.POSITIVE_INFINITY

    /** @param due is called once for each entry whose time has come, soonest first */
    constructor(clock: Clock, due: (id: Id) => void, { failed, follows = 'monotonic' }: AgendaOptions = {}) {
        this.#clock = clock
        this.#due = due
        this.#failed = failed
        this.#isWall = follows === 'wall'
    }

    get size(): number {
        return this.#heap.length
    }

    /** Milliseconds until the nearest entry is due, 0 if it is already; undefined if there is none. */
    get left(): number | undefined {
        const next = this.#heap[0]
        return next && Math.max(next.at - this.#now(), 0)
    }

    /** Adds an entry, or moves it. @param at milliseconds since 1970; in the past means at once */
    set(id: Id, at: number): void {
        this.after(id, at - this.#clock.now())
    }

    /** Adds an entry, or moves it. @param ms milliseconds from now */
    after(id: Id, ms: number): void {
        const at = this.#now() + ms
        const known = this.#entries.get(id)
        const entry = known ?? { id, at, place: this.#heap.length }
        entry.at = at
        if (!known) {
            this.#entries.set(id, entry)
            this.#heap.push(entry)
        }
        this.#sift(entry)
        this.#arm()
    }

    delete(id: Id): boolean {
        const entry = this.#entries.get(id)
        if (!entry) return false
        this.#remove(entry)
        if (this.#heap.length === 0) this.#disarm()
        return true
    }

    /** The clock that is followed was set: looks at it in a moment, and not only when that was planned. */
    clockSet(): void {
        if (this.#heap.length === 0 || this.#armedFor === Number.NEGATIVE_INFINITY) return
        this.#disarm()
        this.#armedFor = Number.NEGATIVE_INFINITY
        this.#cancel = this.#clock.after(0, () => this.#wake())
    }

    clear(): void {
        this.#entries.clear()
        this.#heap.length = 0
        this.#disarm()
    }

    #now(): number {
        return this.#isWall ? this.#clock.now() : this.#clock.monotonic()
    }

    #disarm(): void {
        this.#cancel?.()
        this.#cancel = undefined
        this.#armedFor = Number.POSITIVE_INFINITY
    }

    #arm(): void {
        const next = this.#heap[0]
        if (!next || next.at >= this.#armedFor) return
        this.#cancel?.()
        this.#armedFor = next.at
        const nap = Math.min(Math.max(next.at - this.#now(), 0), LONGEST_NAP)
        this.#cancel = this.#clock.after(nap, () => this.#wake())
    }

    #wake(): void {
        this.#cancel = undefined
        this.#armedFor = Number.POSITIVE_INFINITY
        const now = this.#now()
        const errors: unknown[] = []
        for (let next = this.#heap[0]; next && next.at <= now; next = this.#heap[0]) {
            this.#remove(next)
            try {
                this.#due(next.id)
            } catch (error) {
                errors.push(error)
            }
        }
        this.#arm()
        for (const error of errors) {
            if (!this.#failed) throw error
            this.#failed(error)
        }
    }

    #remove({ id, place }: Entry<Id>): void {
        this.#entries.delete(id)
        const last = this.#heap.pop()!
        if (last.id === id) return
        this.#put(last, place)
        this.#sift(last)
    }

    #put(entry: Entry<Id>, place: number): void {
        entry.place = place
        this.#heap[place] = entry
    }

    /** Moves an entry to where it belongs, up or down. */
    #sift(entry: Entry<Id>): void {
        const heap = this.#heap
        for (let parent = heap[(entry.place - 1) >> 1]; parent && parent.at > entry.at; parent = heap[(entry.place - 1) >> 1]) {
            const { place } = parent
            this.#put(parent, entry.place)
            this.#put(entry, place)
        }
        for (let child = this.#sooner(entry.place); child && child.at < entry.at; child = this.#sooner(entry.place)) {
            const { place } = child
            this.#put(child, entry.place)
            this.#put(entry, place)
        }
    }

    /** The sooner of those below a place. */
    #sooner(place: number): Entry<Id> | undefined {
        const [left, right] = [this.#heap[2 * place + 1], this.#heap[2 * place + 2]]
        return left && right && right.at < left.at ? right : left
    }
}
