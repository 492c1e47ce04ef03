import { framesOf, type ViewFormat } from './format.ts'
import type { View } from './view.ts'
import type { ViewEvent } from './view-event.ts'

/** Who is shown a view: a peer of an endpoint. */
export interface Subscriber {
    /** @returns whether the frames were taken: all of them or none */
    send(frames: readonly string[]): boolean
    /** Calls back once when there is room again. */
    onDrain(run: () => void): void
}

export interface ViewerParts {
    subscriber: Subscriber
    format: ViewFormat
    view: View
    /** The frames of all that is shown, perhaps built for another viewer just now. */
    snapshot(): readonly string[]
    /** Has {@link Viewer.begin} called when it is time to show all of it. */
    showAnew(viewer: Viewer): void
    /** Does something once the view is there and there is time. */
    later(run: () => void): void
}

/** One viewer of a view. What it does not take is not kept for it: once there is room again it is shown all of the view as it is then. */
export class Viewer {
    readonly view: View
    readonly format: ViewFormat
    readonly #parts: ViewerParts
    /** `waiting`: for the beginning, or for room. `stale`: it is to be shown all of the view before it is told any change. */
    #state: 'waiting' | 'current' | 'stale' | 'ended' = 'waiting'

    constructor(parts: ViewerParts) {
        this.#parts = parts
        this.view = parts.view
        this.format = parts.format
    }

    end(): void {
        this.#state = 'ended'
    }

    /** Does something for it as soon as there is time, unless it has gone by then. */
    show(run: () => void): void {
        this.#parts.later(() => this.#state === 'ended' || run())
    }

    /** Shows all of it. */
    begin(): void {
        if (this.#state !== 'ended') this.#send(this.#parts.snapshot())
    }

    /** Goes on where a viewer was that has come back. */
    resume(seq: number, missed: readonly ViewEvent[]): void {
        this.#send([this.view.standing(seq), ...missed].flatMap((event) => this.format.frames(event)))
    }

    /** Tells what became different, all at once. */
    take(events: readonly ViewEvent[]): void {
        if (this.#state === 'stale' || this.#state === 'current') {
            if (this.#state === 'stale' || (this.format.whole && events.some(isStructural))) this.#showAnew()
            else this.#send(framesOf(events, this.format))
        }
    }

    #send(frames: readonly string[]): void {
        const isSent = frames.length === 0 || this.#parts.subscriber.send(frames)
        this.#state = isSent ? 'current' : 'waiting'
        if (!isSent) this.#parts.subscriber.onDrain(() => this.#state === 'waiting' && this.#showAnew())
    }

    #showAnew(): void {
        this.#state = 'stale'
        this.#parts.showAnew(this)
    }
}

const isStructural = (event: ViewEvent): boolean =>
    event.kind === 'remove' || event.kind === 'move' || (event.kind === 'upsert' && event.isNew)
