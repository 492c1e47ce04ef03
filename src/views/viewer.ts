import { framesOf, type ViewFormat } from './format.ts'
import type { View } from './view.ts'
import type { ViewEvent } from './view-event.ts'

/** Who receives the frames of a view. */
export interface Subscriber {
    /** @returns whether the frames were taken: all of them or none */
    send(frames: readonly string[]): boolean
    /** Calls back once, when {@link send} works again. */
    onDrain(run: () => void): void
}

interface ViewerParts {
    subscriber: Subscriber
    format: ViewFormat
    view: View
    /** The frames of a snapshot. */
    snapshot(): readonly string[]
    /** Calls {@link Viewer.begin} when it is time for another snapshot. */
    showAnew(viewer: Viewer): void
    /** Calls back once the view is built and there is time. */
    later(run: () => void): void
}

/** One viewer of a view. Nothing is queued for one that does not keep up: it is sent a snapshot once it takes frames again. */
export class Viewer {
    readonly view: View
    readonly format: ViewFormat
    readonly #parts: ViewerParts
    /** `waiting`: for its first snapshot, or until it takes frames again. `stale`: the next thing to send is a snapshot. */
    #state: 'waiting' | 'current' | 'stale' | 'ended' = 'waiting'

    constructor(parts: ViewerParts) {
        this.#parts = parts
        this.view = parts.view
        this.format = parts.format
    }

    end(): void {
        this.#state = 'ended'
    }

    /** Calls back as soon as there is time, unless it has ended by then. */
    show(run: () => void): void {
        this.#parts.later(() => this.#state === 'ended' || run())
    }

    /** Sends a snapshot. */
    begin(): void {
        if (this.#state !== 'ended') this.#send(this.#parts.snapshot())
    }

    /** Continues after a `seq`, for a viewer that has come back. */
    resume(seq: number, missed: readonly ViewEvent[]): void {
        this.#send([this.view.recovery(seq), ...missed].flatMap((event) => this.format.frames(event)))
    }

    /** Sends events. @param isStructural whether rows come, go or move by them */
    take(events: readonly ViewEvent[], isStructural: boolean): void {
        if (this.#state === 'stale' || this.#state === 'current') {
            if (this.#state === 'stale' || (this.format.whole && isStructural)) this.#showAnew()
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
