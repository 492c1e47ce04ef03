import type { JobSteps, Work } from '../fleet/index.ts'
import type { Clock } from '../lib/index.ts'
import type { ViewFormat } from './format.ts'
import { Change, type View } from './view.ts'
import type { ViewEvent } from './view-event.ts'
import type { Viewer } from './viewer.ts'

/** Milliseconds between two snapshots for viewers that are stale. */
const PACE = 250
/** The pause between snapshots is so many times as long as they take. */
const REST = 10
const MAX_PACE = 5000

interface SharedParts {
    view: View
    work: Work
    clock: Clock
    /** Applies all changes so far to all views. */
    sync(): void
    failed(error: unknown): void
}

/** A view and its viewers. Changes are applied in time slices; those that come meanwhile are merged by device. */
export class SharedView {
    readonly view: View
    readonly viewers = new Set<Viewer>()
    /** Resolves once the view is built. */
    readonly ready: Promise<void>
    readonly #parts: SharedParts
    /** Callbacks for when the view is built. */
    readonly #starting: (() => void)[] = []
    readonly #snapshots = new Map<ViewFormat, readonly string[]>()
    /** Viewers that wait for a snapshot, and when the next one may be sent. */
    readonly #stale = new Set<Viewer>()
    #nextAt = Number.NEGATIVE_INFINITY
    #timer: (() => void) | undefined
    #isShowing = false
    /** Changes that came while others are being applied. */
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

    /** Builds the view, in time slices. */
    build(now: number): void {
        this.#run(this.view.build(now), (error) => {
            this.#end(error)
            if (error !== undefined) return
            for (const run of this.#starting.splice(0)) this.later(run)
            this.#goOn()
        })
    }

    /** Calls back once the view is built and there is time. */
    later(run: () => void): void {
        if (!this.view.isBuilt) return void this.#starting.push(run)
        function* steps(): JobSteps {
            yield run()
        }
        this.#run(steps(), (error) => error !== undefined && this.#parts.failed(error))
    }

    /** Applies changes. */
    take(changes: readonly Change[]): void {
        if (this.#isBusy) this.#remember(changes)
        else this.#apply(changes)
    }

    /** Ends a view that has no viewers any more. */
    close(): void {
        this.#isClosed = true
        this.#timer?.()
        for (const cancel of this.#cancels) cancel()
        this.#end()
    }

    /** Sends one of its viewers a snapshot, as soon as the pace allows. */
    showAnew(viewer: Viewer): void {
        if (!this.viewers.has(viewer)) return
        this.#stale.add(viewer)
        if (!this.#isBusy) this.#showStale()
    }

    leave(viewer: Viewer): void {
        this.viewers.delete(viewer)
        this.#stale.delete(viewer)
    }

    /** The frames of a snapshot. */
    snapshot(format: ViewFormat): readonly string[] {
        const known = this.#snapshots.get(format)
        if (known) return known
        const frames = format.frames(this.view.snapshot)
        // Viewers that need it in the same turn of the event loop share the frames.
        this.#snapshots.set(format, frames)
        queueMicrotask(() => this.#snapshots.delete(format))
        return frames
    }

    #remember(changes: readonly Change[]): void {
        this.#waiting ??= new Map()
        for (const change of changes) {
            // A copy, as others have the same.
            const waiting = this.#waiting.get(change.id) ?? new Change(change.id)
            this.#waiting.set(change.id, waiting.add(change))
        }
    }

    #run(steps: JobSteps, over: (error?: unknown) => void): void {
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
            // A view that fails must not end the process.
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

    *#applying(changes: readonly Change[]): JobSteps {
        const events = yield* this.view.apply(changes, this.#parts.clock.monotonic())
        if (events.length === 0) return
        this.#snapshots.clear()
        const isChanged = events.some(isStructural)
        for (const viewer of this.viewers) viewer.take(events, isChanged)
    }

    /** Sends stale viewers a snapshot: at once, but not more often than {@link PACE}. */
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

    *#showing(): JobSteps {
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

const isStructural = (event: ViewEvent): boolean =>
    event.kind === 'remove' || event.kind === 'move' || (event.kind === 'upsert' && event.isNew)
