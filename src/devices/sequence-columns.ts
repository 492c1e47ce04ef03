import type { Fleet } from './fleet.ts'
import { type SequenceHealth, Sequences } from './sequence.ts'

/** Columns that tell how a device's messages came: counts of those that are missing, came twice, or came after a later one. */
export const HEALTH: ReadonlyMap<string, keyof SequenceHealth> = new Map([
    ['_gaps', 'gaps'],
    ['_duplicates', 'duplicates'],
    ['_reordered', 'reordered'],
])

/** What a message tells beside its content. */
export interface Heading {
    /** Its message id; devices whose messages have none get no columns. */
    sequence?: unknown
    kind?: unknown
    connection?: unknown
}

/** Adds to what a fleet's devices say how their messages came. A column appears with the first fault and stays, over restarts. */
export class SequenceColumns {
    readonly #fleet: Fleet
    readonly #sequences = new Sequences()
    readonly #known = new Set<string>()

    constructor(fleet: Fleet) {
        this.#fleet = fleet
        fleet.listen(({ id, row }) => row === undefined && this.forget(id), new AbortController().signal)
    }

    /**
     * Takes note of a message of a fleet that is loaded. To be called in the order in which messages came.
     * @returns what the device said and the columns, or the very `set` if there is nothing to add to
     */
    add(id: unknown, set: unknown, { sequence, kind, connection }: Heading): unknown {
        if (typeof id !== 'string' || typeof sequence !== 'number') return set
        if (typeof set !== 'object' || set === null || Array.isArray(set)) return set
        const health = this.#health(id, sequence, text(kind), text(connection))
        const columns = new Map<string, unknown>(set instanceof Map ? set : Object.entries(set))
        const row = this.#fleet.rows.get(id)
        for (const [name, count] of HEALTH) {
            // A device cannot speak for itself here.
            columns.delete(name)
            if (health[count] > 0 || row?.properties.has(name)) columns.set(name, health[count])
        }
        return columns
    }

    /** Forgets a device; one that was not taken in costs no memory. */
    forget(id: string): void {
        this.#known.delete(id)
        this.#sequences.forget(id)
    }

    #health(id: string, sequence: number, kind: string | undefined, connection: string | undefined): SequenceHealth {
        if (!this.#known.has(id)) {
            this.#known.add(id)
            const stored = (name: string) => count(this.#fleet.rows.get(id)?.properties.get(name)?.value)
            this.#sequences.resume(id, { gaps: stored('_gaps'), duplicates: stored('_duplicates'), reordered: stored('_reordered') })
        }
        return this.#sequences.heard(id, sequence, kind, connection)
    }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const count = (value: unknown): number => (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0)
