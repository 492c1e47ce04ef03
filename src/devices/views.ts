import { Agenda, type Clock } from '../clock/index.ts'
import { Columns } from './columns.ts'
import type { Dialect } from './dialect.ts'
import type { Fleet, FleetEvent } from './fleet.ts'
import { type Plan, plan, type Scope } from './plan.ts'
import { UPDATED } from './properties.ts'
import type { Query } from './query.ts'
import type { DeviceRow } from './repository.ts'
import { Silences } from './silences.ts'
import { type Change, View } from './view.ts'
import { type Outlet, Viewer } from './viewer.ts'

/** Milliseconds that a view stays up to date for a viewer that may come back. */
const LINGER = 60_000
/** Views that are kept so. */
const MOST_LINGERING = 50
/** Milliseconds between two times that all is shown anew to those who can be told no other way; more where that takes long. */
const PACE = 250
/** How much longer than it takes it is not done again. */
const REST = 10
const LONGEST_PACE = 5000

export interface ViewsParts {
    fleet: Fleet
    clock: Clock
    newId(): string
}

interface Shared {
    view: View
    viewers: Set<Viewer>
    /** Those that wait to be shown all of it, and when that may be done next. */
    stale: Set<Viewer>
    nextAt: number
    cancel: (() => void) | undefined
    snapshots: Map<Dialect, readonly string[]>
}

/** All live views of a fleet: those who ask for the same share one, and a change is looked at once for each of them. */
export class Views {
    readonly #parts: ViewsParts
    readonly #shared = new Map<string, Shared>()
    readonly #columns = new Map<string, Columns>()
    readonly #lingering: Agenda<string>
    readonly #silences: Silences
    readonly #changes = new Map<string, Change>()
    #users = 0
    #stop = new AbortController()

    constructor(parts: ViewsParts) {
        this.#parts = parts
        this.#lingering = new Agenda(parts.clock, (key) => this.#drop(key), {
            failed: (error) => parts.fleet.log(`a view failed: ${error}`),
        })
        this.#silences = new Silences(parts.clock, parts.fleet.rows, (id) => this.#note(id, { timed: true }))
    }

    /** How many different views there are. */
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

    /** Shows a viewer what it asks for, from now on. Scope is what it may see, whatever it asks for. */
    show(query: Query, scope: Scope, outlet: Outlet, dialect: Dialect): Viewer {
        this.sync()
        const viewer = this.#join(plan(query, scope), scope, outlet, dialect)
        viewer.begin()
        return viewer
    }

    /** As {@link show}, for one that has come back: if that is still known, it is told only what it missed. */
    resume(query: Query, scope: Scope, outlet: Outlet, dialect: Dialect, last: { epoch: string; seq: number }): Viewer {
        this.sync()
        const viewer = this.#join(plan(query, scope), scope, outlet, dialect)
        const missed = viewer.view.epoch === last.epoch ? viewer.view.since(last.seq) : undefined
        if (missed && !dialect.whole) viewer.resume(last.seq, missed)
        else viewer.begin()
        return viewer
    }

    /** Ends a view for a viewer. @param returns whether it may come back and want to know what it missed */
    leave(viewer: Viewer, returns: boolean): void {
        viewer.end()
        const { key } = viewer.view.plan
        const shared = this.#shared.get(key)
        if (!shared?.viewers.delete(viewer) || shared.viewers.size > 0) return
        shared.stale.clear()
        if (!returns || this.#lingering.size >= MOST_LINGERING) this.#drop(key)
        else this.#lingering.after(key, LINGER)
    }

    /** Tells all viewers what has changed by now. */
    sync = (): void => {
        if (this.#changes.size === 0) return
        const changes = [...this.#changes.values()]
        this.#changes.clear()
        for (const columns of this.#columns.values()) for (const change of changes) this.#addColumns(columns, change)
        const now = this.#parts.clock.now()
        for (const shared of this.#shared.values()) this.#guard(() => this.#update(shared, changes, now))
    }

    #update(shared: Shared, changes: readonly Change[], now: number): void {
        const burst = shared.view.apply(changes, now)
        if (!burst) return
        shared.snapshots.clear()
        for (const viewer of shared.viewers) if (viewer.take(burst)) shared.stale.add(viewer)
        if (shared.stale.size > 0) this.#showAnew(shared)
    }

    /** One view that fails keeps no other from being shown, and does not end the process. */
    #guard(run: () => void): void {
        try {
            run()
        } catch (error) {
            this.#parts.fleet.log(`a view failed: ${error}`)
        }
    }

    #hear({ id, row, changed, registered, moved }: FleetEvent): void {
        if (this.#shared.size === 0) return
        this.#note(id, { names: [...changed, UPDATED], whole: registered || moved || !row, replaced: !row })
        if (row) this.#silences.heard(row)
    }

    #note(
        id: string,
        { names = [], whole = false, replaced = false, timed = false }: Partial<Omit<Change, 'id' | 'names'>> & { names?: string[] },
    ): void {
        if (this.#changes.size === 0) queueMicrotask(this.sync)
        const change = this.#changes.get(id)
        if (!change) return void this.#changes.set(id, { id, names: new Set(names), whole, replaced, timed })
        for (const name of names) change.names.add(name)
        change.whole ||= whole
        change.replaced ||= replaced
        change.timed ||= timed
    }

    #addColumns(columns: Columns, { id, names, whole }: Change): void {
        const row = this.#parts.fleet.rows.get(id)
        if (row) columns.add(row, whole ? row.properties.keys() : namesIn(row, names))
    }

    #join(wanted: Plan, scope: Scope, outlet: Outlet, dialect: Dialect): Viewer {
        const shared = this.#shared.get(wanted.key) ?? this.#make(wanted, scope)
        this.#lingering.delete(wanted.key)
        const viewer = new Viewer({ outlet, dialect, view: shared.view, sync: this.sync, snapshot: () => this.#snapshot(shared, dialect) })
        shared.viewers.add(viewer)
        return viewer
    }

    #make(wanted: Plan, scope: Scope): Shared {
        const { fleet, clock, newId } = this.#parts
        const key = JSON.stringify(scope)
        const columns = this.#columns.get(key) ?? new Columns(scope, fleet.rows.values())
        this.#columns.set(key, columns)
        const view = new View({ plan: wanted, columns, devices: fleet.rows, epoch: newId(), now: clock.now() })
        const shared = {
            view,
            viewers: new Set<Viewer>(),
            stale: new Set<Viewer>(),
            nextAt: Number.NEGATIVE_INFINITY,
            cancel: undefined,
            snapshots: new Map(),
        }
        this.#shared.set(wanted.key, shared)
        this.#silences.watch(this.#durations())
        return shared
    }

    #snapshot({ view, snapshots }: Shared, dialect: Dialect): readonly string[] {
        const known = snapshots.get(dialect)
        if (known) return known
        const frames = dialect.frames(view.snapshot)
        // Others who are shown it in the same turn of events get the same frames; what comes later may be different.
        snapshots.set(dialect, frames)
        queueMicrotask(() => snapshots.delete(dialect))
        return frames
    }

    /** Shows all anew to those who need it: at once, but not more often than people can look. */
    #showAnew(shared: Shared): void {
        if (shared.cancel) return
        const { clock } = this.#parts
        const show = () => {
            shared.cancel = undefined
            const start = clock.monotonic()
            shared.nextAt = start + PACE
            this.sync()
            const stale = [...shared.stale]
            shared.stale.clear()
            for (const viewer of stale) this.#guard(() => viewer.begin())
            shared.nextAt = start + Math.max(PACE, REST * (clock.monotonic() - start))
        }
        const wait = Math.min(shared.nextAt - clock.monotonic(), LONGEST_PACE)
        if (wait <= 0) show()
        else shared.cancel = clock.after(wait, show)
    }

    #durations(): Set<number> {
        return new Set([...this.#shared.values()].flatMap(({ view }) => view.plan.silences))
    }

    #drop(key: string): void {
        const shared = this.#shared.get(key)
        if (!shared) return
        shared.cancel?.()
        this.#shared.delete(key)
        this.#lingering.delete(key)
        const used = new Set([...this.#shared.values()].map(({ view }) => view.columns))
        for (const [scope, columns] of this.#columns) if (!used.has(columns)) this.#columns.delete(scope)
        this.#silences.watch(this.#durations())
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
