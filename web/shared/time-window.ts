/** A piece of time, in milliseconds since 1970. */
export interface Range {
    from: number
    to: number
}

/** Milliseconds that are shown at the least, and at the most. */
const SHORTEST = 60_000
const LONGEST = 2 * 366 * 86_400_000
/** A window that ends less than this part of its length before now goes on with time. */
const NEAR = 0.02
/** Windows that zooming out leads back to. */
const MOST_BEFORE = 50

/** The time that the plot shows: the latest, which goes on, or a piece of the past. */
export class TimeWindow {
    /** Milliseconds. */
    span: number
    /** Undefined while it goes on with time. */
    #end: number | undefined
    #before: { span: number; end: number | undefined }[] = []

    constructor(span: number) {
        this.span = span
    }

    get isLive(): boolean {
        return this.#end === undefined
    }

    /** Whether it was zoomed into. */
    get isZoomed(): boolean {
        return this.#before.length > 0
    }

    range(now: number): Range {
        const to = this.#end ?? now
        return { from: to - this.span, to }
    }

    /** Shows the latest time, of another length. */
    show(span: number): void {
        this.span = span
        this.goLive()
        this.#before = []
    }

    goLive(): void {
        this.#end = undefined
    }

    zoom({ from, to }: Range): void {
        this.#before.push({ span: this.span, end: this.#end })
        if (this.#before.length > MOST_BEFORE) this.#before.shift()
        const span = Math.min(Math.max(to - from, SHORTEST), LONGEST)
        this.#end = (from + to + span) / 2
        this.span = span
    }

    zoomOut(): void {
        const before = this.#before.pop()
        if (!before) return
        this.span = before.span
        this.#end = before.end
    }

    /** Shows a longer or a shorter time around the middle, or up to now. */
    scale(factor: number, now: number): void {
        const { from, to } = this.range(now)
        const span = Math.min(Math.max(this.span * factor, SHORTEST), LONGEST)
        if (!this.isLive) this.#endAt((from + to + span) / 2, now)
        this.span = span
    }

    /** @param part of its length; negative for back in time */
    move(part: number, now: number): void {
        this.#endAt(this.range(now).to + this.span * part, now)
    }

    #endAt(end: number, now: number): void {
        this.#end = end >= now - this.span * NEAR ? undefined : end
    }
}
