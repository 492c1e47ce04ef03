import type { Clock } from '../lib/index.ts'

/** Milliseconds in which a flow does what it does when it is told of an end, such as writing it to a file. */
const MOMENT = 1000

/** The tasks of commands whose nodes were just told of their end. They go a moment later: whoever is killed meanwhile tells it again. */
export class ToldTasks {
    readonly #clock: Clock
    readonly #remove: (ids: string[]) => void
    /** Whether each counts as under way for as long as it is there. */
    readonly #ids = new Map<string, boolean>()
    #size = 0
    #cancel: (() => void) | undefined

    /** @param remove is given the ids of those that may go */
    constructor(clock: Clock, remove: (ids: string[]) => void) {
        this.#clock = clock
        this.#remove = remove
    }

    /** How many count as under way, though they have ended. */
    get size(): number {
        return this.#size
    }

    /** @param counts false where that is not known, unless it was before */
    add(id: string, counts: boolean): void {
        const known = this.#ids.get(id) ?? false
        if (counts && !known) this.#size++
        this.#ids.set(id, counts || known)
        this.#cancel ??= this.#clock.after(MOMENT, () => this.removeAll())
    }

    /** Somebody else removes it. */
    delete(id: string): void {
        if (this.#ids.get(id)) this.#size--
        this.#ids.delete(id)
    }

    removeAll(): void {
        this.#cancel?.()
        this.#cancel = undefined
        const ids = [...this.#ids.keys()]
        this.#ids.clear()
        this.#size = 0
        if (ids.length > 0) this.#remove(ids)
    }
}
