import type { DeviceRow, Fleet, FleetEvent, Query } from '../fleet/index.ts'
import { type Plan, plan, type Scope, tooMany, UPDATED } from '../fleet/index.ts'
import { Agenda, type Clock } from '../lib/index.ts'
import { Columns } from './columns.ts'
import type { ViewFormat } from './format.ts'
import { SharedView } from './shared-view.ts'
import { SilenceTimers } from './silence-timers.ts'
import { Change, View } from './view.ts'
import { type Subscriber, Viewer } from './viewer.ts'

/** Milliseconds that a view without viewers is kept up to date, for one that may come back. */
const LINGER = 60_000
/** Views without viewers. */
const MAX_LINGERING = 50
/** Views of one fleet: each takes time at every change. */
const MAX_VIEWS = 200
/** Devices in all views together: each takes memory. */
const MAX_PLACES = 1_000_000

interface ViewsParts {
    fleet: Fleet
    clock: Clock
    newId(): string
}

/** All live views of a fleet. Viewers with the same query and scope share one, and a change is applied once to each. */
export class Views {
    readonly #parts: ViewsParts
    readonly #shared = new Map<string, SharedView>()
    readonly #columns = new Map<string, Columns>()
    readonly #lingering: Agenda<string>
    readonly #silenceTimers: SilenceTimers
    #changes = new Map<string, Change>()
    #users = 0
    #stop = new AbortController()

    constructor(parts: ViewsParts) {
        this.#parts = parts
        this.#lingering = new Agenda(parts.clock, (key) => this.#drop(key), {
            failed: (error) => parts.fleet.log(`a view failed: ${error}`),
        })
        this.#silenceTimers = new SilenceTimers(parts.clock, parts.fleet.rows, (id) => {
            this.#note(id).timed = true
        })
    }

    /** The number of views. */
    get size(): number {
        return this.#shared.size
    }

    /** Keeps views up to date until the signal aborts. */
    use(signal: AbortSignal): void {
        if (signal.aborted) return
        if (this.#users++ === 0) {
            this.#stop = new AbortController()
            this.#parts.fleet.listen((event) => this.#hear(event), this.#stop.signal)
        }
        signal.addEventListener('abort', () => --this.#users === 0 && this.#clear(), { once: true })
    }

    /**
     * Shows the live answer to a query, once it is built. @param scope what the viewer may see, whatever the query
     * @throws {@link Refusal} 503 `TOO_MANY_VIEWS`
     */
    show(query: Query, scope: Scope, subscriber: Subscriber, format: ViewFormat): Viewer {
        this.sync()
        const viewer = this.#join(plan(query, scope), scope, subscriber, format)
        viewer.show(() => viewer.begin())
        return viewer
    }

    /** As {@link show}, for a viewer that has come back: it is sent only what it has missed, if that is still kept. */
    resume(query: Query, scope: Scope, subscriber: Subscriber, format: ViewFormat, last: { epoch: string; seq: number }): Viewer {
        this.sync()
        const viewer = this.#join(plan(query, scope), scope, subscriber, format)
        viewer.show(() => {
            const missed = viewer.view.epoch === last.epoch ? viewer.view.since(last.seq) : undefined
            if (missed && !format.whole) viewer.resume(last.seq, missed)
            else viewer.begin()
        })
        return viewer
    }

    /** Removes a viewer. @param returns whether it may come back and ask for what it has missed */
    leave(viewer: Viewer, returns: boolean): void {
        viewer.end()
        const { key } = viewer.view.plan
        const shared = this.#shared.get(key)
        if (!shared?.viewers.has(viewer)) return
        shared.leave(viewer)
        if (shared.viewers.size > 0) return
        if (!returns || !shared.view.isBuilt || this.#lingering.size >= MAX_LINGERING) this.#drop(key)
        else this.#lingering.after(key, LINGER)
    }

    /** Applies all changes so far to all views. */
    sync = (): void => {
        if (this.#changes.size === 0) return
        const changes = Array.from(this.#changes.values())
        // Not cleared: what a map held before it was cleared stays in memory for as long as the map.
        this.#changes = new Map()
        for (const columns of this.#columns.values()) for (const change of changes) this.#addColumns(columns, change)
        for (const shared of this.#shared.values()) shared.take(changes)
    }

    /** Resolves once the view of a viewer is built or ended. @throws {@link Refusal} 503 `TOO_MANY_VIEWS` */
    async ready({ view }: Viewer): Promise<void> {
        await this.#shared.get(view.plan.key)?.ready
    }

    #hear({ id, set, removed, owner }: FleetEvent): void {
        if (this.#shared.size === 0) return
        const change = this.#note(id)
        for (const [name] of set) change.names.add(name)
        change.names.add(UPDATED)
        change.whole ||= removed || owner !== undefined
        change.replaced ||= removed
        const row = this.#parts.fleet.rows.get(id)
        if (row) this.#silenceTimers.heard(row)
    }

    /** What has changed of a device since changes were applied last. */
    #note(id: string): Change {
        if (this.#changes.size === 0) queueMicrotask(this.sync)
        const known = this.#changes.get(id)
        if (known) return known
        const change = new Change(id)
        this.#changes.set(id, change)
        return change
    }

    #addColumns(columns: Columns, { id, names, whole }: Change): void {
        const row = this.#parts.fleet.rows.get(id)
        if (row) columns.add(row, whole ? row.properties.keys() : namesIn(row, names))
    }

    #join(wanted: Plan, scope: Scope, subscriber: Subscriber, format: ViewFormat): Viewer {
        const shared = this.#shared.get(wanted.key) ?? this.#make(wanted, scope)
        this.#lingering.delete(wanted.key)
        const later = (run: () => void) => shared.later(run)
        const viewer: Viewer = new Viewer({
            subscriber,
            format,
            view: shared.view,
            showAnew: (stale) => shared.showAnew(stale),
            later,
            snapshot: () => shared.snapshot(format),
        })
        shared.viewers.add(viewer)
        return viewer
    }

    #make(wanted: Plan, scope: Scope): SharedView {
        this.#makeRoom()
        const { fleet, clock, newId } = this.#parts
        const key = JSON.stringify(scope)
        const columns = this.#columns.get(key) ?? new Columns(scope, fleet.rows.values())
        this.#columns.set(key, columns)
        const view = new View({ plan: wanted, columns, fleet, epoch: newId(), room: () => this.#places() < MAX_PLACES })
        const failed = (error: unknown) => fleet.log(`a view failed: ${error}`)
        const shared = new SharedView({ view, work: fleet.work, clock, sync: this.sync, failed })
        this.#shared.set(wanted.key, shared)
        this.#silenceTimers.watch(this.#durations())
        shared.build(clock.monotonic())
        return shared
    }

    /** Drops views without viewers first. */
    #makeRoom(): void {
        for (const [key, { viewers }] of this.#shared) {
            if (this.#shared.size < MAX_VIEWS) return
            if (viewers.size === 0) this.#drop(key)
        }
        if (this.#shared.size >= MAX_VIEWS) throw tooMany(`${MAX_VIEWS} different views of the fleet are looked at already`)
    }

    #places(): number {
        let places = 0
        for (const { view } of this.#shared.values()) places += view.total
        return places
    }

    #durations(): Set<number> {
        return new Set([...this.#shared.values()].flatMap(({ view }) => view.plan.silences))
    }

    #drop(key: string): void {
        const shared = this.#shared.get(key)
        if (!shared) return
        shared.close()
        this.#shared.delete(key)
        this.#lingering.delete(key)
        const used = new Set([...this.#shared.values()].map(({ view }) => view.columns))
        for (const [scope, columns] of this.#columns) if (!used.has(columns)) this.#columns.delete(scope)
        this.#silenceTimers.watch(this.#durations())
    }

    #clear(): void {
        this.#stop.abort()
        for (const key of [...this.#shared.keys()]) this.#drop(key)
        this.#lingering.clear()
        this.#changes.clear()
    }
}

function* namesIn(row: DeviceRow, names: Iterable<string>): Generator<string> {
    for (const name of names) if (row.properties.has(name)) yield name
}
