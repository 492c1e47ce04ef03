import { framesOf, type ViewFormat } from './format.ts'
import type { Burst, View } from './view.ts'
import type { ViewEvent } from './view-event.ts'
import { stepsBetween } from './window.ts'

/** Who is shown a view: a peer of an endpoint. */
export interface Outlet {
    /** @returns whether the frames were taken: all of them or none */
    send(frames: readonly string[]): boolean
    /** Calls back once when there is room again. */
    onRoom(run: () => void): void
}

export interface ViewerParts {
    outlet: Outlet
    format: ViewFormat
    view: View
    /** The frames of all that is shown, perhaps built for another viewer just now. */
    snapshot(): readonly string[]
    /** Brings the view up to date, as far as there is time. */
    sync(): void
    /** Does something once the view is there and there is time. */
    later(run: () => void): void
}

/** What a viewer has that does not keep up, and what of it is out of date: never more than its window. */
interface Lag {
    window: string[]
    shown: Set<string>
    /** The columns that are; `all` if it may be another device by now. */
    dirty: Map<string, ReadonlySet<string> | 'all'>
}

/**
 * One viewer of a view. While it does not take what it is sent, it is remembered what it has rather than what it was not sent; once
 * there is room again it is told the difference.
 */
export class Viewer {
    readonly view: View
    readonly format: ViewFormat
    /** How often it was told the difference instead of all that happened. */
    conflated = 0
    readonly #parts: ViewerParts
    #ended = false
    /** Whether all has to be shown anew. */
    #stale = false
    /** Nothing while it keeps up; `blank` when it has nothing that could be gone on from, as in the beginning. */
    #lag: Lag | 'blank' | undefined = 'blank'

    constructor(parts: ViewerParts) {
        this.#parts = parts
        this.view = parts.view
        this.format = parts.format
    }

    end(): void {
        this.#ended = true
    }

    /** Does something for it as soon as there is time, unless it has gone by then. */
    show(run: () => void): void {
        this.#parts.later(() => this.#ended || run())
    }

    /** Shows all of it. */
    begin(): void {
        if (this.#ended) return
        this.#stale = false
        this.#lag = undefined
        if (!this.#parts.outlet.send(this.#parts.snapshot())) this.#wait('blank')
    }

    /** Goes on where a viewer was that has come back. */
    resume(seq: number, missed: readonly ViewEvent[]): void {
        this.#lag = undefined
        if (!this.#send([this.view.standing(seq), ...missed])) this.#wait('blank')
    }

    /** Tells what became different. @returns whether all has to be shown anew, by {@link begin} */
    take(burst: Burst): boolean {
        if (this.#ended) return false
        if (this.#lag) this.#absorb(burst)
        else if (this.format.whole && (this.#stale || isStructural(burst))) this.#stale = true
        else this.#tell(burst)
        return this.#stale && !this.#lag
    }

    #tell(burst: Burst): void {
        const frames = framesOf(burst, this.format)
        if (frames.length === 0 || this.#parts.outlet.send(frames)) return
        this.#wait({ window: [...burst.before], shown: new Set(burst.before), dirty: new Map() })
        this.#absorb(burst)
    }

    #absorb({ patched, gone }: Burst): void {
        if (!this.#lag || this.#lag === 'blank') return
        const { shown, dirty } = this.#lag
        for (const [id, names] of patched) {
            const known = dirty.get(id)
            if (shown.has(id) && known !== 'all') dirty.set(id, known ? new Set([...known, ...names]) : names)
        }
        // While it is not shown nobody tells what changes of it.
        for (const id of gone) if (shown.has(id)) dirty.set(id, 'all')
    }

    #wait(lag: Lag | 'blank'): void {
        this.#lag = lag
        this.#parts.outlet.onRoom(() => this.show(() => this.#catchUp()))
    }

    #catchUp(): void {
        const lag = this.#lag
        if (this.#ended || !lag) return
        this.#parts.sync()
        this.conflated++
        const events = lag === 'blank' || this.#stale ? undefined : this.#difference(lag)
        this.#lag = undefined
        if (lag === 'blank' || !events) this.begin()
        else this.#tellDifference(lag, events)
    }

    #tellDifference(lag: Lag, events: readonly ViewEvent[]): void {
        // These numbers are nobody else's: a viewer that is lost among them cannot be told what it missed, and begins anew.
        const numbered = events.map((event, i) => ({ ...event, seq: i + 1 - events.length }))
        const isTold = this.#send([this.view.standing(-events.length), ...numbered, this.view.standing(this.view.seq)])
        if (!isTold) this.#wait(lag)
    }

    /** What leads from what it has to what there is; undefined if it is better shown all of it. */
    #difference({ window, dirty }: Lag): ViewEvent[] | undefined {
        const stays = window.filter((id) => dirty.get(id) !== 'all')
        const steps = stepsBetween(stays, this.view.window)
        const gone = window.length - stays.length
        if (gone + steps.length > (this.format.whole ? 0 : this.view.window.length)) return undefined
        const shown = new Set(stays)
        for (const step of steps) if (step.do === 'remove') shown.delete(step.id)
        const patches = [...dirty].flatMap(([id, names]) => (names !== 'all' && shown.has(id) ? [this.view.patch(id, names)] : []))
        const left = window.flatMap((id) => (dirty.get(id) === 'all' ? [this.view.step({ do: 'remove', id })] : []))
        return [...left, ...steps.map((step) => this.view.step(step)), ...patches]
    }

    #send(events: readonly ViewEvent[]): boolean {
        const frames = events.flatMap((event) => this.format.frames(event))
        return frames.length === 0 || this.#parts.outlet.send(frames)
    }
}

const isStructural = ({ events }: Burst): boolean =>
    events.some((event) => event.kind === 'remove' || event.kind === 'move' || (event.kind === 'upsert' && event.isNew))
