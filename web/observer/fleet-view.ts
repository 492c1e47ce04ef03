import type { ViewEvent } from '../../src/views/view-event.ts'

export type Columns = Map<string, unknown>
export type Step = { do: 'add' | 'move'; id: string; index: number } | { do: 'remove'; id: string }

/** What has changed since the table was last drawn. */
export interface Changes {
    /** Everything has: steps and patches are empty then. */
    whole: boolean
    /** Whether there may have been changes in between that nobody knows, as before a snapshot. */
    missed: boolean
    /** To be applied in this order. */
    steps: Step[]
    patched: Map<string, Columns>
}

/** With more steps, replacing all rows is cheaper. */
const MOST_STEPS = 200
const UPDATED = 'last_status_update'

/** The page's copy of a live view, kept up to date by the server's events. Maps, because any text may be a property's name. */
export class FleetView {
    readonly rows = new Map<string, Columns>()
    readonly order: string[] = []
    columns: string[] = []
    total = 0
    epoch = ''
    seq = 0
    /** Milliseconds that this clock is ahead of the server's: the least that was seen, for the time that a frame takes adds to it. */
    skew = 0
    #isSkewKnown = false
    readonly #updatedAt = new Map<string, number>()
    /** The number of each device that changed last. */
    readonly #lastNumber = new Map<string, string>()
    #changes: Changes = none()

    /** @returns `gap` when an event was missed: nothing can be applied until the server sends what is missing */
    apply(event: ViewEvent, now: number): 'applied' | 'old' | 'gap' {
        if (event.kind === 'snapshot') {
            this.#begin(event, now)
            return 'applied'
        }
        if (event.seq <= this.seq) return 'old'
        if (event.seq !== this.seq + 1 || !this.#step(event, now)) return 'gap'
        this.seq = event.seq
        return 'applied'
    }

    /** Returns the changes, and forgets them. */
    takeChanges(): Changes {
        const changes = this.#changes
        this.#changes = none()
        return changes
    }

    /** When a device last reported, by this clock. */
    updatedAt(id: string): number | undefined {
        return this.#updatedAt.get(id)
    }

    /** A property of a device that is a number: the one that changed last, if that is known. */
    numberOf(id: string): string | undefined {
        const last = this.#lastNumber.get(id)
        if (last !== undefined && typeof this.value(id, last) === 'number') return last
        return [...(this.rows.get(id) ?? [])].find(([, value]) => typeof value === 'number')?.[0]
    }

    value(id: string, property: string): unknown {
        const row = this.rows.get(id)
        return row && property === 'serial_number' ? id : row?.get(property)
    }

    #begin(event: Extract<ViewEvent, { kind: 'snapshot' }>, now: number): void {
        this.columns = event.columns
        this.total = event.total
        // The rows stay, and the events that were missed follow.
        if (event.recovered && event.epoch === this.epoch && event.rows.length === 0 && event.total > 0) {
            this.seq = event.seq
            return
        }
        if (event.epoch !== this.epoch) this.#isSkewKnown = false
        this.epoch = event.epoch
        this.seq = event.seq
        this.rows.clear()
        this.#updatedAt.clear()
        this.#lastNumber.clear()
        this.order.length = 0
        for (const { id, columns } of event.rows) {
            this.rows.set(id, new Map(Object.entries(columns)))
            this.order.push(id)
            const updated = timeOf(this.value(id, UPDATED))
            this.#updatedAt.set(id, Number.isNaN(updated) ? now : Math.min(now, updated + this.skew))
        }
        this.#changes = { ...none(), whole: true, missed: true }
    }

    /** @returns false when its row does not exist */
    #step(event: Exclude<ViewEvent, { kind: 'snapshot' }>, now: number): boolean {
        switch (event.kind) {
            case 'upsert':
                return this.#upsert(event, now)
            case 'move':
                return this.rows.has(event.id) && this.#move(event.id, event.index)
            case 'remove':
                this.#remove(event.id)
                return true
            case 'count':
                this.total = event.total
                return true
            case 'columns':
                this.columns = event.columns
                return true
            default:
                // A newer server may send events that this page does not know.
                return true
        }
    }

    #upsert({ id, patch, index, isNew }: Extract<ViewEvent, { kind: 'upsert' }>, now: number): boolean {
        const changed = new Map(Object.entries(patch))
        const updated = timeOf(changed.get(UPDATED))
        if (!Number.isNaN(updated)) this.skew = this.#isSkewKnown ? Math.min(this.skew, now - updated) : now - updated
        this.#isSkewKnown ||= !Number.isNaN(updated)
        const row = this.rows.get(id)
        if (!row) {
            if (!isNew) return false
            this.rows.set(id, changed)
            const at = Math.min(index ?? this.order.length, this.order.length)
            this.order.splice(at, 0, id)
            this.#addStep({ do: 'add', id, index: at })
        } else {
            for (const [property, value] of changed) {
                row.set(property, value)
                if (typeof value === 'number') this.#lastNumber.set(id, property)
            }
            const patched = this.#changes.patched.get(id)
            if (!patched) this.#changes.patched.set(id, changed)
            else for (const [property, value] of changed) patched.set(property, value)
            if (index !== undefined) this.#move(id, index)
        }
        this.#updatedAt.set(id, now)
        return true
    }

    #move(id: string, index: number): true {
        this.order.splice(this.order.indexOf(id), 1)
        const at = Math.min(index, this.order.length)
        this.order.splice(at, 0, id)
        this.#addStep({ do: 'move', id, index: at })
        return true
    }

    #remove(id: string): void {
        if (!this.rows.delete(id)) return
        this.#updatedAt.delete(id)
        this.#lastNumber.delete(id)
        this.order.splice(this.order.indexOf(id), 1)
        this.#changes.patched.delete(id)
        this.#addStep({ do: 'remove', id })
    }

    #addStep(step: Step): void {
        // A page in the background is not drawn, and the steps would pile up.
        if (this.#changes.whole || this.#changes.steps.push(step) <= MOST_STEPS) return
        this.#changes = { ...none(), whole: true, missed: this.#changes.missed }
    }
}

const none = (): Changes => ({ whole: false, missed: false, steps: [], patched: new Map() })

/** @returns milliseconds since 1970, NaN for what is no time */
export const timeOf = (value: unknown): number =>
    typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN
