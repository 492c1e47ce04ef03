import type { Clock } from './clock.ts'

/** However far away the next entry is, the wall clock is looked at this often: it may have been set, or the machine may have slept. */
const LONGEST_NAP = 30_000

/** Entries with a due time each, and one timer for the nearest of them, however many there are. */
export class Agenda<Id> {
    readonly #clock: Clock
    readonly #due: (id: Id) => void
    readonly #times = new Map<Id, number>()
    readonly #heap: { at: number; id: Id }[] = []
    #cancel: (() => void) | undefined
    #armedFor = Number.POSITIVE_INFINITY

    /** @param due is called once for each entry whose time has come, soonest first */
    constructor(clock: Clock, due: (id: Id) => void) {
        this.#clock = clock
        this.#due = due
    }

    get size(): number {
        return this.#times.size
    }

    /** The time of the nearest entry, in milliseconds since 1970. */
    get next(): number | undefined {
        return this.#next()?.at
    }

    /** Adds an entry, or moves it. @param at milliseconds since 1970; in the past means at once */
    set(id: Id, at: number): void {
        this.#times.set(id, at)
        push(this.#heap, { at, id })
        this.#arm()
    }

    delete(id: Id): boolean {
        const had = this.#times.delete(id)
        // Entries taken back stay in the heap until they surface; with more of them than live ones it is built anew.
        if (this.#heap.length > 2 * this.#times.size + 64) this.#rebuild()
        return had
    }

    clear(): void {
        this.#times.clear()
        this.#heap.length = 0
        this.#cancel?.()
        this.#cancel = undefined
        this.#armedFor = Number.POSITIVE_INFINITY
    }

    #rebuild(): void {
        this.#heap.length = 0
        for (const [id, at] of this.#times) push(this.#heap, { at, id })
    }

    #arm(): void {
        const next = this.#next()
        if (!next || next.at >= this.#armedFor) return
        this.#cancel?.()
        this.#armedFor = next.at
        const nap = Math.min(Math.max(next.at - this.#clock.now(), 0), LONGEST_NAP)
        this.#cancel = this.#clock.after(nap, () => this.#wake())
    }

    #wake(): void {
        this.#cancel = undefined
        this.#armedFor = Number.POSITIVE_INFINITY
        const now = this.#clock.now()
        for (let next = this.#next(); next && next.at <= now; next = this.#next()) {
            pop(this.#heap)
            this.#times.delete(next.id)
            this.#due(next.id)
        }
        this.#arm()
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
