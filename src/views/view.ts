import type { DeviceRow, Fleet } from '../fleet/index.ts'
import { columnsOf, type Plan, type SortKey, sameSortKey, shownOf, sortKeysOf, tooMany, UPDATED, weightOf } from '../fleet/index.ts'
import type { Columns } from './columns.ts'
import type { ViewEvent } from './view-event.ts'
import { changesBetween, type WindowChange } from './window.ts'

/** Events that are kept for viewers that come back. */
const MAX_KEPT = 1000
/** Bytes of them. */
const MAX_BYTES_KEPT = 1_048_576

/** What has changed of a device since the last changes were applied. */
export class Change {
    readonly id: string
    /** Names of changed columns. */
    readonly names = new Set<string>()
    /** Whether the device is new or gone or belongs to another account, so that it concerns every view. */
    whole = false
    /** Whether it was removed, even if it was registered anew since. */
    replaced = false
    /** Whether only time has passed, so that it may match a filter for silence. */
    timed = false
    /** The changed columns, made by the first view that needs them and shared by the events of all views. */
    patch: Record<string, unknown> | undefined

    constructor(id: string) {
        this.id = id
    }

    /** Adds what has changed later. */
    add({ names, whole, replaced, timed }: Change): this {
        for (const name of names) this.names.add(name)
        this.whole ||= whole
        this.replaced ||= replaced
        this.timed ||= timed
        return this
    }
}

interface ViewParts {
    plan: Plan
    columns: Columns
    fleet: Pick<Fleet, 'rows' | 'weight'>
    epoch: string
    /** Whether there is memory for one more view. */
    room(): boolean
}

/** The devices that match a query, in order, and the window of them that is shown. */
export class View {
    readonly plan: Plan
    readonly epoch: string
    readonly columns: Columns
    readonly #parts: ViewParts
    readonly #devices: ReadonlyMap<string, DeviceRow>
    #sortKeys: SortKey[] = []
    #byId = new Map<string, SortKey>()
    readonly #kept: ViewEvent[] = []
    /** The bytes of each of {@link #kept}. */
    readonly #weights: number[] = []
    #bytesKept = 0
    #window: readonly string[] = []
    #shown: ReadonlySet<string> = new Set()
    #isBuilt = false
    #seq = 1
    #columnsTold: number

    constructor(parts: ViewParts) {
        this.plan = parts.plan
        this.columns = parts.columns
        this.epoch = parts.epoch
        this.#parts = parts
        this.#devices = parts.fleet.rows
        this.#columnsTold = parts.columns.names.length
    }

    /** Finds the devices that match. Changes that happen meanwhile have to be given to {@link apply} afterwards. */
    *build(now: number): Generator<void, void, undefined> {
        this.#sortKeys = yield* sortKeysOf(this.#devices, this.plan, now)
        if (!this.#parts.room()) {
            this.#sortKeys = []
            throw tooMany('the views of the fleet take all the memory that they may')
        }
        this.#byId = new Map(this.#sortKeys.map((key) => [key.id, key]))
        this.#show(this.#slice())
        this.#isBuilt = true
    }

    get isBuilt(): boolean {
        return this.#isBuilt
    }

    /** The ids that are shown, in order. */
    get window(): readonly string[] {
        return this.#window
    }

    /** The number of devices that match. */
    get total(): number {
        return this.#sortKeys.length
    }

    get seq(): number {
        return this.#seq
    }

    get snapshot(): ViewEvent {
        const rows = this.#window.map((id) => ({ id, columns: this.#columns(id) }))
        return { ...this.#recovery(), seq: this.#seq, rows, recovered: false }
    }

    /** A snapshot that says that the rows a viewer has are valid as of a `seq`. */
    recovery(seq: number): ViewEvent {
        return { ...this.#recovery(), seq, rows: [], recovered: true }
    }

    /** The events after a `seq`; undefined if they are not kept any more. */
    since(seq: number): ViewEvent[] | undefined {
        const first = this.#kept[0]?.seq ?? this.#seq + 1
        // A snapshot without rows is as short.
        if (seq < first - 1 || seq > this.#seq || this.#window.length === 0) return undefined
        return this.#kept.slice(seq - first + 1)
    }

    /** Applies changes. @returns the events that tell of them */
    *apply(changes: readonly Change[], now: number): Generator<void, readonly ViewEvent[], undefined> {
        const total = this.#sortKeys.length
        let moved = false
        for (const change of changes) {
            if (!this.#isTouchedBy(change)) continue
            if (this.#place(change, now)) moved = true
            yield
        }
        const before = this.#window
        const replaced = new Set<string>()
        for (const change of changes) if (change.replaced && this.#shown.has(change.id)) replaced.add(change.id)
        const kept = replaced.size > 0 ? before.filter((id) => !replaced.has(id)) : before
        if (moved) this.#show(this.#slice())
        const steps = moved || replaced.size > 0 ? changesBetween(kept, this.#window) : []
        const inserted = new Set(steps.flatMap((step) => (step.do === 'insert' ? [step.id] : [])))
        const patched = this.#patched(changes, inserted)
        const events = this.#columnsEvent()
        for (const id of replaced) events.push({ kind: 'remove', seq: 0, id, why: 'deleted' })
        for (const step of steps) events.push(this.#step(step))
        for (const change of changes) {
            if (!patched.has(change.id)) continue
            change.patch ??= this.#columns(change.id, change.names)
            events.push({ kind: 'upsert', seq: 0, id: change.id, patch: change.patch, isNew: false })
        }
        if (this.#sortKeys.length !== total) events.push({ kind: 'count', seq: 0, total: this.#sortKeys.length })
        this.#number(events)
        return events
    }

    /** The event of a step; its number is set later. */
    #step(step: WindowChange): ViewEvent {
        const { id } = step
        if (step.do === 'remove') return { kind: 'remove', seq: 0, id, why: this.#devices.has(id) ? 'left' : 'deleted' }
        if (step.do === 'move') return { kind: 'move', seq: 0, id, index: step.index }
        return { kind: 'upsert', seq: 0, id, patch: this.#columns(id), index: step.index, isNew: true }
    }

    #columns(id: string, names?: Iterable<string>): Record<string, unknown> {
        const row = this.#devices.get(id)
        // A device that was removed since is taken out by the next change.
        return row ? columnsOf(row, names) : {}
    }

    #recovery() {
        const kind = 'snapshot' as const
        return { kind, epoch: this.epoch, total: this.#sortKeys.length, columns: [...this.columns.names] }
    }

    #isTouchedBy({ names, whole, timed }: Change): boolean {
        if (whole || (timed && this.plan.silences.length > 0)) return true
        for (const name of this.plan.uses) if (names.has(name)) return true
        return false
    }

    /** @returns whether the order has changed */
    #place({ id }: Change, now: number): boolean {
        const old = this.#byId.get(id)
        const row = this.#devices.get(id)
        const key = row && this.plan.matches(row, now) ? this.plan.order.sortKey(row) : undefined
        if (old && key && sameSortKey(old, key)) return false
        if (old) this.#sortKeys.splice(this.#indexOf(old), 1)
        if (key) this.#sortKeys.splice(this.#indexOf(key), 0, key)
        if (key) this.#byId.set(id, key)
        else this.#byId.delete(id)
        return old !== key
    }

    /** The index of a sort key, or where it would have to be inserted. */
    #indexOf(key: SortKey): number {
        let low = 0
        for (let high = this.#sortKeys.length; low < high; ) {
            const middle = (low + high) >> 1
            if (this.plan.order.compare(this.#sortKeys[middle]!, key) < 0) low = middle + 1
            else high = middle
        }
        return low
    }

    /** The devices that were shown before, still are and have changed. A report without a change counts only if the query uses its time. */
    #patched(changes: readonly Change[], inserted: ReadonlySet<string>): Set<string> {
        const patched = new Set<string>()
        for (const { id, names } of changes) {
            if (!this.#shown.has(id) || inserted.has(id) || names.size === 0) continue
            const isReportOnly = names.size === 1 && names.has(UPDATED)
            if (!isReportOnly || this.plan.uses.has(UPDATED)) patched.add(id)
        }
        return patched
    }

    #columnsEvent(): ViewEvent[] {
        const { names } = this.columns
        if (names.length === this.#columnsTold) return []
        this.#columnsTold = names.length
        return [{ kind: 'columns', seq: 0, columns: [...names] }]
    }

    #number(events: ViewEvent[]): void {
        for (const event of events) event.seq = ++this.#seq
        for (const event of events) {
            const bytes = event.kind === 'upsert' ? weightOf(event.patch) : event.kind === 'columns' ? weightOf(event.columns) : 0
            this.#kept.push(event)
            this.#weights.push(bytes)
            this.#bytesKept += bytes
        }
        // Many at once, as each removal moves all others.
        if (this.#kept.length > 1.25 * MAX_KEPT || this.#bytesKept > 1.25 * MAX_BYTES_KEPT) this.#forget()
    }

    #forget(): void {
        let count = Math.max(this.#kept.length - MAX_KEPT, 0)
        for (const bytes of this.#weights.slice(0, count)) this.#bytesKept -= bytes
        for (; this.#bytesKept > MAX_BYTES_KEPT; count++) this.#bytesKept -= this.#weights[count]!
        this.#kept.splice(0, count)
        this.#weights.splice(0, count)
    }

    #slice(): string[] {
        return shownOf(this.#sortKeys, this.plan.query, (id) => this.#parts.fleet.weight(id))
    }

    #show(window: readonly string[]): void {
        this.#window = window
        this.#shown = new Set(window)
    }
}
