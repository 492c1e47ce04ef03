import type { ViewEvent } from '../../src/views/view-event.ts'

export type Columns = Map<string, unknown>
export type Step = { do: 'add' | 'move'; id: string; index: number } | { do: 'remove'; id: string }

/** What has become different since it was last asked for. */
export interface Changes {
    /** All of it: the steps and the patches do not matter then. */
    whole: boolean
    /** Whether more may have happened than was told, as by a snapshot. */
    missed: boolean
    /** To be taken in this order. */
    steps: Step[]
    patched: Map<string, Columns>
}

/** Beyond so many steps, beginning anew is cheaper than taking them one by one. */
const MOST_STEPS = 200
const UPDATED = 'last_status_update'

/** The window that the server shows of a fleet, kept up to date by its events. Property names are the devices' own, hence the maps. */
export class FleetView {
    readonly rows = new Map<string, Columns>()
    readonly order: string[] = []
    columns: string[] = []
    total = 0
    epoch = ''
    seq = 0
    /** Milliseconds that this clock is ahead of the server's, as far as it can be told: what comes late seems to be more. */
    skew = 0
    #isSkewKnown = false
    readonly #heard = new Map<string, number>()
    readonly #moving = new Map<string, string>()
    #changes: Changes = none()

    /** @returns `gap` when something has been missed, so that nothing more can be understood until the server says it again */
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

    /** What has become different; from then on it counts anew. */
    take(): Changes {
        const changes = this.#changes
        this.#changes = none()
        return changes
    }

    /** When there was news of a device, by this clock. */
    heard(id: string): number | undefined {
        return this.#heard.get(id)
    }

    /** A number of a device: the one that changed last, if that is known. */
    number(id: string): string | undefined {
        const moving = this.#moving.get(id)
        if (moving !== undefined && typeof this.value(id, moving) === 'number') return moving
        return [...(this.rows.get(id) ?? [])].find(([, value]) => typeof value === 'number')?.[0]
    }

    value(id: string, property: string): unknown {
        const row = this.rows.get(id)
        return row && property === 'serial_number' ? id : row?.get(property)
    }

    #begin(event: Extract<ViewEvent, { kind: 'snapshot' }>, now: number): void {
        this.columns = event.columns
        this.total = event.total
        // Nothing was missed but what follows.
        if (event.recovered && event.epoch === this.epoch && event.rows.length === 0 && event.total > 0) {
            this.seq = event.seq
            return
        }
        if (event.epoch !== this.epoch) this.#isSkewKnown = false
        this.epoch = event.epoch
        this.seq = event.seq
        this.rows.clear()
        this.#heard.clear()
        this.#moving.clear()
        this.order.length = 0
        for (const { id, columns } of event.rows) {
            this.rows.set(id, new Map(Object.entries(columns)))
            this.order.push(id)
            const updated = timeOf(this.value(id, UPDATED))
            this.#heard.set(id, Number.isNaN(updated) ? now : Math.min(now, updated + this.skew))
        }
        this.#changes = { ...none(), whole: true, missed: true }
    }

    /** @returns false when it speaks of a row that is not there */
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
                // A server that is newer than the page may have more to tell.
                return true
        }
    }

    #upsert({ id, patch, index, isNew }: Extract<ViewEvent, { kind: 'upsert' }>, now: number): boolean {
        const news = new Map(Object.entries(patch))
        const updated = timeOf(news.get(UPDATED))
        if (!Number.isNaN(updated)) this.skew = this.#isSkewKnown ? Math.min(this.skew, now - updated) : now - updated
        this.#isSkewKnown ||= !Number.isNaN(updated)
        const row = this.rows.get(id)
        if (!row) {
            if (!isNew) return false
            this.rows.set(id, news)
            const at = Math.min(index ?? this.order.length, this.order.length)
            this.order.splice(at, 0, id)
            this.#note({ do: 'add', id, index: at })
        } else {
            for (const [property, value] of news) {
                row.set(property, value)
                if (typeof value === 'number') this.#moving.set(id, property)
            }
            const patched = this.#changes.patched.get(id)
            if (!patched) this.#changes.patched.set(id, news)
            else for (const [property, value] of news) patched.set(property, value)
            if (index !== undefined) this.#move(id, index)
        }
        this.#heard.set(id, now)
        return true
    }

    #move(id: string, index: number): true {
        this.order.splice(this.order.indexOf(id), 1)
        const at = Math.min(index, this.order.length)
        this.order.splice(at, 0, id)
        this.#note({ do: 'move', id, index: at })
        return true
    }

    #remove(id: string): void {
        if (!this.rows.delete(id)) return
        this.#heard.delete(id)
        this.#moving.delete(id)
        this.order.splice(this.order.indexOf(id), 1)
        this.#changes.patched.delete(id)
        this.#note({ do: 'remove', id })
    }

    #note(step: Step): void {
        // A page in the background is not drawn, so that nobody takes the steps.
        if (this.#changes.whole || this.#changes.steps.push(step) <= MOST_STEPS) return
        this.#changes = { ...none(), whole: true, missed: this.#changes.missed }
    }
}

const none = (): Changes => ({ whole: false, missed: false, steps: [], patched: new Map() })

/** The milliseconds since 1970 of what a server may call a time; NaN if it is none. */
export const timeOf = (value: unknown): number =>
    typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN
