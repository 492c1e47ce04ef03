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

/** Entries with a due time each, and one timer for the nearest of them, however many there are. */
export class Agenda<Id> {
    readonly #clock: Clock
    readonly #due: (id: Id) => void
    readonly #failed: ((error: unknown) => void) | undefined
    readonly #isWall: boolean
    /** In milliseconds of the clock that is followed, as everything below. */
    readonly #times = new Map<Id, number>()
    readonly #heap: { at: number; id: Id }[] = []
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
        return this.#times.size
    }

    /** Milliseconds until the nearest entry is due, 0 if it is already; undefined if there is none. */
    get left(): number | undefined {
        const next = this.#next()
        return next && Math.max(next.at - this.#now(), 0)
    }

    /** Adds an entry, or moves it. @param at milliseconds since 1970; in the past means at once */
    set(id: Id, at: number): void {
        this.after(id, at - this.#clock.now())
    }

    /** Adds an entry, or moves it. @param ms milliseconds from now */
    after(id: Id, ms: number): void {
        const at = this.#now() + ms
        if (this.#times.get(id) === at) return
        this.#times.set(id, at)
        push(this.#heap, { at, id })
        this.#tidy()
        this.#arm()
    }

    delete(id: Id): boolean {
        const had = this.#times.delete(id)
        this.#tidy()
        return had
    }

    clear(): void {
        this.#times.clear()
        this.#heap.length = 0
        this.#cancel?.()
        this.#cancel = undefined
        this.#armedFor = Number.POSITIVE_INFINITY
    }

    #now(): number {
        return this.#isWall ? this.#clock.now() : this.#clock.monotonic()
    }

    /** Entries moved or taken back stay in the heap until they surface; with more of them than live ones it is built anew. */
    #tidy(): void {
        if (this.#heap.length <= 2 * this.#times.size + 64) return
        this.#heap.length = 0
        for (const [id, at] of this.#times) push(this.#heap, { at, id })
    }

    #arm(): void {
        const next = this.#next()
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
        for (let next = this.#next(); next && next.at <= now; next = this.#next()) {
            pop(this.#heap)
            this.#times.delete(next.id)
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

    /** The nearest entry that still stands, dropping those that were moved or taken back. */
    #next(): { at: number; id: Id } | undefined {
        for (let top = this.#heap[0]; top; top = this.#heap[0]) {
            if (this.#times.get(top.id) === top.at) return top
            pop(this.#heap)
        }
        return undefined
    }
}

function push<T extends { at: number }>(heap: T[], entry: T): void {
    let i = heap.push(entry) - 1
    while (i > 0) {
        const parent = (i - 1) >> 1
        if (heap[parent]!.at <= entry.at) break
        heap[i] = heap[parent]!
        i = parent
    }
    heap[i] = entry
}

function pop<T extends { at: number }>(heap: T[]): void {
    const last = heap.pop()
    if (!last || heap.length === 0) return
    let i = 0
    for (;;) {
        let child = 2 * i + 1
        if (child >= heap.length) break
        if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++
        if (heap[child]!.at >= last.at) break
        heap[i] = heap[child]!
        i = child
    }
    heap[i] = last
}
