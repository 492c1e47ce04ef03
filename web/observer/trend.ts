import type uPlot from 'uplot'
import { plotted } from './trend-plot.ts'

/** Null where there was no number. */
export interface Point {
    at: number
    value: number | null
}

/** Milliseconds between two drawings of a line that does nothing but go on. */
const REDRAW = 500
/** More than anybody sees. */
const MOST_POINTS = 20_000

/**
 * What a number has been, and goes on to be. In steps: what was said holds until something else is said, and in between nobody knows
 * better. Times are by this clock, in milliseconds since 1970.
 */
export class Trend {
    /** When it was last known to hold; undefined while that is now. */
    until: number | undefined
    readonly #host: HTMLElement
    readonly #plot: uPlot
    readonly #timer: ReturnType<typeof setInterval>
    readonly #size: ResizeObserver
    readonly #drawn: () => void
    #span: number
    /** What was heard live. */
    readonly #heard: Point[] = []
    /** Between these nobody listened. */
    readonly #gaps: { from: number; to: number }[] = []
    #past: Point[] = []
    #frame = 0
    #isBlank = true
    /** Whether it is a number now. */
    #holds = false

    /** @param span seconds that it goes back @param drawn is called when there is something to see, or nothing any more */
    constructor(host: HTMLElement, span: number, drawn: () => void) {
        this.#host = host
        this.#span = span
        this.#drawn = drawn
        this.#plot = plotted(host, () => this.#span)
        this.#timer = setInterval(() => this.#draw(), REDRAW)
        this.#size = new ResizeObserver(() => {
            if (host.clientWidth > 0) this.#plot.setSize({ width: host.clientWidth, height: host.clientHeight })
        })
        this.#size.observe(host)
    }

    /** Whether there is no number in its time. */
    get isBlank(): boolean {
        return this.#isBlank
    }

    set span(seconds: number) {
        this.#span = seconds
        this.#soon()
    }

    /** Goes on with all that another one has. */
    inherit(other: Trend): void {
        this.until = other.until
        this.#holds = other.#holds
        this.#isBlank = other.#isBlank
        this.#past = other.#past
        this.#heard.push(...other.#heard)
        this.#gaps.push(...other.#gaps)
        this.#soon()
    }

    /** What it was while nobody listened. */
    learn(points: readonly Point[]): void {
        const first = this.#heard[0]
        const last = points.at(-1)
        // What it was when one began to listen is no news if it had been so before.
        if (first && last && last.at < first.at && last.value === first.value && this.#heard.length > 1) this.#heard.shift()
        else if (first && last && last.at < first.at && last.value === first.value) first.at = last.at
        const begin = this.#heard[0]?.at ?? Number.POSITIVE_INFINITY
        this.#past = points.filter(({ at }) => at < begin || this.#gaps.some(({ from, to }) => at > from && at < to))
        this.#soon()
    }

    /** @param value null if it is no number any more */
    add(at: number, value: number | null): void {
        const last = this.#heard.at(-1)
        this.#holds = value !== null
        if (value === last?.value || (value === null && !last)) return
        // It was so until then.
        if (value === null && last) this.#heard.push({ at, value: last.value })
        this.#heard.push({ at, value })
        if (this.#heard.length > MOST_POINTS) this.#heard.splice(0, MOST_POINTS / 10)
        this.#soon()
    }

    /** It may have been anything since it was last heard of. */
    missed(now: number): void {
        const last = this.#heard.at(-1)
        if (last) this.#gaps.push({ from: last.at, to: now })
    }

    close(): void {
        clearInterval(this.#timer)
        cancelAnimationFrame(this.#frame)
        this.#size.disconnect()
        this.#plot.destroy()
    }

    #soon(): void {
        this.#frame ||= requestAnimationFrame(() => this.#draw())
    }

    #draw(): void {
        cancelAnimationFrame(this.#frame)
        this.#frame = 0
        const now = Date.now()
        const points = this.#within(now)
        const last = points.at(-1)
        const until = this.until ?? now
        const line = this.#holds && last && last.at < until ? [...points, { at: until, value: last.value }] : points
        this.#plot.setData([line.map(({ at }) => Math.max((at - now) / 1000, -this.#span)), line.map(({ value }) => value)])
        this.#host.dataset.points = String(points.length)
        const isBlank = points.every(({ value }) => value === null)
        if (isBlank === this.#isBlank) return
        this.#isBlank = isBlank
        this.#drawn()
    }

    /** What is to be seen, and the last before it, which still held when that began. */
    #within(now: number): Point[] {
        const all = [...this.#past, ...this.#heard]
        if (this.#gaps.length > 0) all.sort((a, b) => a.at - b.at)
        const begin = now - this.#span * 1000
        const holding = all.findLastIndex(({ at }) => at <= begin)
        return holding > 0 ? all.slice(holding) : all
    }
}
