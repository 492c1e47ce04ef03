import type { Steps, Work } from '../fleet/index.ts'
import type { Clock } from '../lib/index.ts'
import type { ViewFormat } from './format.ts'
import type { Change, View } from './view.ts'
import type { Viewer } from './viewer.ts'

/** Milliseconds between two times that all is shown anew to those who can be told no other way; more where that takes long. */
const PACE = 250
/** How much longer than it takes it is not done again. */
const REST = 10
const MAX_PACE = 5000

export interface SharedParts {
    view: View
    work: Work
    clock: Clock
    /** Tells all views what has changed by now. */
    sync(): void
    failed(error: unknown): void
}

/** A view and those who look at it. It is brought up to date as there is time: what changes meanwhile is put together, by device. */
export class SharedView {
    readonly view: View
    readonly viewers = new Set<Viewer>()
    /** Resolves once the view is there. */
    readonly ready: Promise<void>
    readonly #parts: SharedParts
    /** What is to be done once the view is there. */
    readonly #starting: (() => void)[] = []
    readonly #snapshots = new Map<ViewFormat, readonly string[]>()
    /** Those that wait to be shown all of it, and when that may be done next. */
    readonly #stale = new Set<Viewer>()
    #nextAt = Number.NEGATIVE_INFINITY
    #timer: (() => void) | undefined
    #isShowing = false
    /** What has changed since the view is being brought up to date. */
    #waiting: Map<string, Change> | undefined
    #isBusy = true
    #isClosed = false
    #end: (error?: unknown) => void = () => {}
    readonly #cancels = new Set<() => void>()

    constructor(parts: SharedParts) {
        this.view = parts.view
        this.#parts = parts
        this.ready = new Promise((resolve, reject) => {
            this.#end = (error) => (error === undefined ? resolve() : reject(error))
        })
        this.ready.catch(() => {})
    }

    /** Makes the view, as there is time. */
    build(now: number): void {
        this.#run(this.view.build(now), (error) => {
            this.#end(error)
            if (error !== undefined) return
            for (const run of this.#starting.splice(0)) this.later(run)
            this.#goOn()
        })
    }

    /** Does something for a viewer once the view is there and there is time. */
    later(run: () => void): void {
        if (!this.view.isThere) return void this.#starting.push(run)
        function* steps(): Steps {
            yield run()
        }
        this.#run(steps(), (error) => error !== undefined && this.#parts.failed(error))
    }

    /** Takes note of what has changed. */
    take(changes: readonly Change[]): void {
        if (this.#isBusy) this.#remember(changes)
        else this.#apply(changes)
    }

    /** Ends a view that nobody looks at any more. */
    close(): void {
        this.#isClosed = true
        this.#timer?.()
        for (const cancel of this.#cancels) cancel()
        this.#end()
    }

    /** Has all of the view shown to one of its viewers, as soon as it may be. */
    showAnew(viewer: Viewer): void {
        if (!this.viewers.has(viewer)) return
        this.#stale.add(viewer)
        if (!this.#isBusy) this.#showStale()
    }

    leave(viewer: Viewer): void {
        this.viewers.delete(viewer)
        this.#stale.delete(viewer)
    }

    /** The frames of all that is shown. */
    snapshot(format: ViewFormat): readonly string[] {
        const known = this.#snapshots.get(format)
        if (known) return known
        const frames = format.frames(this.view.snapshot)
        // Others who are shown it in the same turn of events get the same frames; what comes later may be different.
        this.#snapshots.set(format, frames)
        queueMicrotask(() => this.#snapshots.delete(format))
        return frames
    }

    #remember(changes: readonly Change[]): void {
        this.#waiting ??= new Map()
        for (const change of changes) this.#waiting.set(change.id, both(this.#waiting.get(change.id), change))
    }

    #run(steps: Steps, over: (error?: unknown) => void): void {
        let cancel = () => {}
        let isOver = false
        cancel = this.#parts.work.add(steps, (error) => {
            isOver = true
            this.#cancels.delete(cancel)
            over(error)
        })
        if (!isOver) this.#cancels.add(cancel)
    }

    #apply(changes: readonly Change[]): void {
        this.#isBusy = true
        this.#run(this.#applying(changes), (error) => {
            // One view that fails keeps no other from being shown, and does not end the process.
            if (error !== undefined) this.#parts.failed(error)
            this.#goOn()
        })
    }

    #goOn(): void {
        this.#isBusy = false
        const waiting = this.#waiting
        this.#waiting = undefined
        if (this.#isClosed) return
        if (waiting) this.#apply([...waiting.values()])
        if (this.#stale.size > 0) this.#showStale()
    }

    *#applying(changes: readonly Change[]): Steps {
        const events = yield* this.view.apply(changes, this.#parts.clock.monotonic())
        if (events.length === 0) return
        this.#snapshots.clear()
        for (const viewer of this.viewers) viewer.take(events)
    }

    /** Shows all anew to those who need it: at once, but not more often than people can look. */
    #showStale(): void {
        if (this.#timer || this.#isShowing) return
        const { clock } = this.#parts
        const wait = Math.min(this.#nextAt - clock.monotonic(), MAX_PACE)
        if (wait <= 0) this.#show()
        else
            this.#timer = clock.after(wait, () => {
                this.#timer = undefined
                this.#parts.sync()
                this.#show()
            })
    }

    #show(): void {
        this.#isShowing = true
        this.#run(this.#showing(), () => {
            this.#isShowing = false
            if (this.#stale.size > 0) this.#showStale()
        })
    }

    *#showing(): Steps {
        const { clock, failed } = this.#parts
        const begin = clock.monotonic()
        let took = 0
        const stale = [...this.#stale]
        this.#stale.clear()
        for (const viewer of stale) {
            const start = clock.monotonic()
            try {
                viewer.begin()
            } catch (error) {
                failed(error)
            }
            took += clock.monotonic() - start
            yield
        }
        this.#nextAt = begin + Math.max(PACE, REST * took)
    }
}

/** Two changes of a device as one. */
function both(first: Change | undefined, { id, names, whole, replaced, timed }: Change): Change {
    if (!first) return { id, names, whole, replaced, timed }
    return {
        id,
        names: new Set([...first.names, ...names]),
        whole: first.whole || whole,
        replaced: first.replaced || replaced,
        timed: first.timed || timed,
    }
}
