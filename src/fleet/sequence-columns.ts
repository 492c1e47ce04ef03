import { HEALTH } from '../sequence-health.ts'
import { type Fleet, isForeign } from './fleet.ts'
import type { DeviceRow } from './repository.ts'
import { digestOf, type SequenceHealth, Sequences } from './sequence.ts'

/** What a message tells in addition to its content. */
export interface MessageInfo {
    /** Its message id; without one, the message is not checked. */
    sequence?: unknown
    kind?: unknown
    connection?: unknown
    /** As in {@link UpdateOptions}. */
    owner?: string | null | undefined
}

/** A checked message. */
interface Checked {
    /** The properties to store: those that no later message has set, and the counts; or the given object if there is nothing to change. */
    set: unknown
    /** To be called once it is stored. */
    done(): void
    /** To be called if it was refused: later messages are checked as if it had not come. */
    undo(): void
}

/**
 * Counts faults in the order of messages as columns of a device, and removes from a late message what a later one has set. A column
 * appears with the first fault and stays, also over restarts.
 */
export class SequenceColumns {
    readonly #fleet: Fleet
    readonly #sequences = new Sequences()
    readonly #known = new Set<string>()
    /** For each device, the order of the message that has set each property last. */
    readonly #setters = new Map<string, Map<string, number>>()

    constructor(fleet: Fleet) {
        this.#fleet = fleet
        fleet.listen(({ id, removed }) => removed && this.forget(id), new AbortController().signal)
    }

    /** Checks a message. To be called in the order in which messages came, once the fleet is loaded. */
    add(id: unknown, set: unknown, { sequence, kind, connection, owner }: MessageInfo): Checked {
        if (typeof id !== 'string' || typeof sequence !== 'number') return asIs(set)
        if (typeof set !== 'object' || set === null || Array.isArray(set)) return asIs(set)
        const row = this.#fleet.rows.get(id)
        // A peer of another account must not disturb the counts.
        if (row && isForeign(row, owner)) return asIs(set)
        this.#resume(id)
        const { counts, order, isOld } = this.#sequences.add(id, sequence, text(kind), text(connection), digestOf(set))
        const names = set instanceof Map ? [...set.keys()] : Object.keys(set)
        const isPlaced = order !== undefined && !isOld
        const before = isPlaced ? this.#take(id, names, order) : []
        const isWhole = !isOld && !names.some((name) => HEALTH.has(name)) && !before.some((setter) => isLater(setter, order))
        const isAsSent = isWhole && isFaultless(counts, row)
        const kept = () => names.filter((_, i) => !isOld && !isLater(before[i], order))
        const values = isAsSent ? set : withCounts(set, kept(), counts, row)
        if (!isPlaced) return new Placed(values, nothing, () => this.#forgetUnknown(id))
        return new Placed(
            values,
            () => this.#sequences.stored(id, order),
            () => this.#undo(id, names, before, order),
        )
    }

    /** Forgets a device. */
    forget(id: string): void {
        this.#known.delete(id)
        this.#sequences.forget(id)
        this.#setters.delete(id)
    }

    /** Continues the counts that are stored of a device. */
    #resume(id: string): void {
        if (this.#known.has(id)) return
        this.#known.add(id)
        const stored = (name: string) => count(this.#fleet.rows.get(id)?.properties.get(name)?.value)
        this.#sequences.resume(id, { gaps: stored('_gaps'), duplicates: stored('_duplicates'), reordered: stored('_reordered') })
    }

    /** Remembers which message sets properties, unless a later one has. @returns the orders of those that did before */
    #take(id: string, names: readonly string[], order: number): (number | undefined)[] {
        const setters = this.#setters.get(id) ?? new Map<string, number>()
        this.#setters.set(id, setters)
        return names.map((name) => {
            const setter = setters.get(name)
            if (!isLater(setter, order)) setters.set(name, order)
            return setter
        })
    }

    /** A device that was never stored is as unknown as before. */
    #forgetUnknown(id: string): void {
        if (!this.#fleet.rows.has(id)) this.forget(id)
    }

    #undo(id: string, names: readonly string[], before: readonly (number | undefined)[], order: number): void {
        this.#forgetUnknown(id)
        const setters = this.#setters.get(id)
        names.forEach((name, i) => {
            const setter = before[i]
            if (setters?.get(name) !== order) return
            if (setter === undefined) setters.delete(name)
            else setters.set(name, setter)
        })
    }
}

/** A message that was checked. A class for the reason told at {@link Outcome}. */
class Placed implements Checked {
    readonly set: unknown
    readonly done: () => void
    readonly undo: () => void

    constructor(set: unknown, done: () => void, undo: () => void) {
        this.set = set
        this.done = done
        this.undo = undo
    }
}

/** The properties of those names, and the counts, which a device cannot set itself. */
function withCounts(set: object, names: readonly string[], counts: SequenceHealth, row: DeviceRow | undefined): Map<string, unknown> {
    const values = new Map<string, unknown>()
    for (const name of names) if (!HEALTH.has(name)) values.set(name, set instanceof Map ? set.get(name) : Reflect.get(set, name))
    for (const [name, count] of HEALTH) if (counts[count] > 0 || row?.properties.has(name)) values.set(name, counts[count])
    return values
}

const asIs = (set: unknown): Checked => ({ set, done: nothing, undo: nothing })

const COLUMNS = [...HEALTH.keys()]

const nothing = (): void => {}

const isLater = (setter: number | undefined, order: number | undefined): boolean =>
    setter !== undefined && order !== undefined && setter > order

/** Whether a device has no such columns, and needs none. */
const isFaultless = ({ gaps, duplicates, reordered }: SequenceHealth, row: DeviceRow | undefined): boolean =>
    gaps + duplicates + reordered === 0 && !(row && COLUMNS.some((name) => row.properties.has(name)))

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const count = (value: unknown): number => (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0)
