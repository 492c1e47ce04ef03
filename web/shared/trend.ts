import type uPlot from 'uplot'
import { createPlot } from './trend-plot.ts'

/** A value and when it began to hold, in milliseconds since 1970 by the clock of this page; null where it is no number. */
export interface Point {
    at: number
    value: number | null
}

/** Milliseconds between two drawings of a line that only goes on. */
const REDRAW = 500
/** More points than anybody sees. */
const MOST_POINTS = 20_000

/** A plot of a value's last seconds that moves on with time. The line is drawn in steps: a value holds until the next one is reported. */
export class Trend {
    /** When the value was last known to hold; undefined while it is live. */
    holdsUntil: number | undefined
    readonly #host: HTMLElement
    readonly #plot: uPlot
    readonly #timer: ReturnType<typeof setInterval>
    readonly #size: ResizeObserver
    readonly #changed: () => void
    #span: number
    /** Points that were received live. */
    readonly #live: Point[] = []
    /** Between these times nothing was received. */
    readonly #gaps: { from: number; to: number }[] = []
    #history: Point[] = []
    #frame = 0
    #isBlank = true
    /** Whether the value is a number now. */
    #isNumber = false

    /** @param span seconds that it goes back @param changed is called when {@link isBlank} has changed */
    constructor(host: HTMLElement, span: number, changed: () => void) {
        this.#host = host
        this.#span = span
        this.#changed = changed
        this.#plot = createPlot(host, () => this.#span)
        this.#timer = setInterval(() => this.#draw(), REDRAW)
        this.#size = new ResizeObserver(() => {
            if (host.clientWidth > 0) this.#plot.setSize({ width: host.clientWidth, height: host.clientHeight })
        })
        this.#size.observe(host)
    }

    /** Whether there is no number in its span. */
    get isBlank(): boolean {
        return this.#isBlank
    }

    set span(seconds: number) {
        this.#span = seconds
        this.#drawSoon()
    }

    /** Takes the points of another trend, to go on in its place. */
    copy(other: Trend): void {
        this.holdsUntil = other.holdsUntil
        this.#isNumber = other.#isNumber
        this.#isBlank = other.#isBlank
        this.#history = other.#history
        this.#live.push(...other.#live)
        this.#gaps.push(...other.#gaps)
        this.#drawSoon()
    }

    /** @param points what the server has kept, in the order of time */
    setHistory(points: readonly Point[]): void {
        const first = this.#live[0]
        const last = points.at(-1)
        // The first live point only repeats the value that the history ends with.
        if (first && last && last.at < first.at && last.value === first.value) {
            if (this.#live.length > 1) this.#live.shift()
            else first.at = last.at
        }
        const begin = this.#live[0]?.at ?? Number.POSITIVE_INFINITY
        this.#history = points.filter(({ at }) => at < begin || this.#gaps.some(({ from, to }) => at > from && at < to))
        this.#drawSoon()
    }

    /** @param value null if it is no number any more */
    add(at: number, value: number | null): void {
        const last = this.#live.at(-1)
        this.#isNumber = value !== null
        if (value === last?.value || (value === null && !last)) return
        // The last number held until now.
        if (value === null && last) this.#live.push({ at, value: last.value })
        this.#live.push({ at, value })
        if (this.#live.length > MOST_POINTS) this.#live.splice(0, MOST_POINTS / 10)
        this.#drawSoon()
    }

    /** Nothing was received since the last live point: the history fills the gap. */
    addGap(now: number): void {
        const last = this.#live.at(-1)
        if (last) this.#gaps.push({ from: last.at, to: now })
    }

    close(): void {
        clearInterval(this.#timer)
        cancelAnimationFrame(this.#frame)
        this.#size.disconnect()
        this.#plot.destroy()
    }

    #drawSoon(): void {
        this.#frame ||= requestAnimationFrame(() => this.#draw())
    }

    #draw(): void {
        cancelAnimationFrame(this.#frame)
        this.#frame = 0
        const now = Date.now()
        const points = this.#inSpan(now)
        const last = points.at(-1)
        const until = this.holdsUntil ?? now
        const line = this.#isNumber && last && last.at < until ? [...points, { at: until, value: last.value }] : points
        this.#plot.setData([line.map(({ at }) => Math.max((at - now) / 1000, -this.#span)), line.map(({ value }) => value)])
        this.#host.dataset.points = String(points.length)
        const isBlank = points.every(({ value }) => value === null)
        if (isBlank === this.#isBlank) return
        this.#isBlank = isBlank
        this.#changed()
    }

    /** The points of the span, and the one before it, which still held when the span began. */
    #inSpan(now: number): Point[] {
        const all = [...this.#history, ...this.#live]
        if (this.#gaps.length > 0) all.sort((a, b) => a.at - b.at)
        const begin = now - this.#span * 1000
        const holding = all.findLastIndex(({ at }) => at <= begin)
        return holding > 0 ? all.slice(holding) : all
    }
}
