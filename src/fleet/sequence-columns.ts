import { HEALTH } from '../sequence-health.ts'
import { type Fleet, isForeign } from './fleet.ts'
import type { DeviceRow } from './repository.ts'
import { digestOf, type SequenceHealth, Sequences } from './sequence.ts'

/** What a message tells beside its content. */
export interface Heading {
    /** Its message id; devices whose messages have none get no columns. */
    sequence?: unknown
    kind?: unknown
    connection?: unknown
    /** Whose peer said it, as an update has it. */
    owner?: string | null | undefined
}

/** What of a message is to be taken. */
export interface Noted {
    /** What still counts of what the device said, and the columns; or the very set that was given if there is nothing to do to it. */
    set: unknown
    /** To be called once that is kept: if the same message comes again it is old. */
    done(): void
    /** To be called if that was not taken: others count as if it had never come. */
    undo(): void
}

/** The order of the message that had set a property. */
interface Before {
    name: string
    setter: number | undefined
}

/**
 * Adds to what a fleet's devices say how their messages came, and takes out of a message that was overtaken what later ones have said
 * anew. A column appears with the first fault and stays, over restarts.
 */
export class SequenceColumns {
    readonly #fleet: Fleet
    readonly #sequences = new Sequences()
    readonly #known = new Set<string>()
    /** For each device, the order of the message that set a property last: a device that is taken in has a limited number of them. */
    readonly #setters = new Map<string, Map<string, number>>()

    constructor(fleet: Fleet) {
        this.#fleet = fleet
        fleet.listen(({ id, removed }) => removed && this.forget(id), new AbortController().signal)
    }

    /** Takes note of a message of a fleet that is loaded. To be called in the order in which messages came. */
    add(id: unknown, set: unknown, { sequence, kind, connection, owner }: Heading): Noted {
        const asIs = { set, done: nothing, undo: nothing }
        if (typeof id !== 'string' || typeof sequence !== 'number') return asIs
        if (typeof set !== 'object' || set === null || Array.isArray(set)) return asIs
        const row = this.#fleet.rows.get(id)
        // Nobody else may put a device's count into disorder.
        if (row && isForeign(row, owner)) return asIs
        this.#meet(id)
        const { counts, order, isOld } = this.#sequences.heard(id, sequence, text(kind), text(connection), digestOf(set))
        const names = set instanceof Map ? [...set.keys()] : Object.keys(set)
        const before = order === undefined || isOld ? [] : this.#take(id, names, order)
        const done = order === undefined || isOld ? nothing : () => this.#sequences.kept(id, order)
        const undo = order === undefined || isOld ? nothing : () => this.#giveBack(id, before, order)
        const isWhole = !isOld && !names.some((name) => HEALTH.has(name)) && !before.some(({ setter }) => isLater(setter, order))
        if (isWhole && isFaultless(counts, row)) return { set, done, undo }
        const said = new Map<string, unknown>(isOld ? [] : set instanceof Map ? set : Object.entries(set))
        for (const { name, setter } of before) if (isLater(setter, order)) said.delete(name)
        for (const [name, count] of HEALTH) {
            // A device cannot speak for itself here.
            said.delete(name)
            if (counts[count] > 0 || row?.properties.has(name)) said.set(name, counts[count])
        }
        return { set: said, done, undo }
    }

    /** Forgets a device; one that was not taken in costs no memory. */
    forget(id: string): void {
        this.#known.delete(id)
        this.#sequences.forget(id)
        this.#setters.delete(id)
    }

    /** Goes on from what is stored of a device that was not heard of since the start. */
    #meet(id: string): void {
        if (this.#known.has(id)) return
        this.#known.add(id)
        const stored = (name: string) => count(this.#fleet.rows.get(id)?.properties.get(name)?.value)
        this.#sequences.resume(id, { gaps: stored('_gaps'), duplicates: stored('_duplicates'), reordered: stored('_reordered') })
    }

    /** Takes note of the message that sets properties, but for those that a later one has set. @returns what set them before */
    #take(id: string, names: readonly string[], order: number): Before[] {
        const setters = this.#setters.get(id) ?? new Map<string, number>()
        this.#setters.set(id, setters)
        return names.map((name) => {
            const setter = setters.get(name)
            if (!isLater(setter, order)) setters.set(name, order)
            return { name, setter }
        })
    }

    #giveBack(id: string, before: readonly Before[], order: number): void {
        const setters = this.#setters.get(id)
        for (const { name, setter } of before) {
            if (setters?.get(name) !== order) continue
            if (setter === undefined) setters.delete(name)
            else setters.set(name, setter)
        }
    }
}

const COLUMNS = [...HEALTH.keys()]

const nothing = (): void => {}

const isLater = (setter: number | undefined, order: number | undefined): boolean =>
    setter !== undefined && order !== undefined && setter > order

/** Whether a device has no columns that tell how its messages came, and needs none. */
const isFaultless = ({ gaps, duplicates, reordered }: SequenceHealth, row: DeviceRow | undefined): boolean =>
    gaps + duplicates + reordered === 0 && !(row && COLUMNS.some((name) => row.properties.has(name)))

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const count = (value: unknown): number => (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0)
