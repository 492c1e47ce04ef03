import uPlot from 'uplot'

/** Milliseconds. */
const REDRAW = 500

/** What a number has been in the last seconds, and goes on to be. */
export class Trend {
    readonly #host: HTMLElement
    readonly #seconds: number
    readonly #plot: uPlot
    readonly #timer: ReturnType<typeof setInterval>
    readonly #size: ResizeObserver
    #points: { at: number; value: number }[] = []

    constructor(host: HTMLElement, seconds: number) {
        this.#host = host
        this.#seconds = seconds
        const style = getComputedStyle(host)
        const axis = { stroke: style.color, grid: { stroke: style.borderTopColor, width: 1 }, ticks: { show: false } }
        this.#plot = new uPlot(
            {
                width: Math.max(host.clientWidth, 100),
                height: Math.max(host.clientHeight, 80),
                legend: { show: false },
                cursor: { show: false },
                scales: { x: { time: false, range: () => [-seconds, 0] } },
                axes: [
                    { ...axis, values: (_plot, values) => values.map((value) => `${value} s`) },
                    { ...axis, size: 60 },
                ],
                series: [
                    {},
                    { stroke: style.accentColor, width: 2, paths: uPlot.paths.stepped?.({ align: 1 }) as uPlot.Series.PathBuilder },
                ],
            },
            [[], []],
            host,
        )
        this.#timer = setInterval(() => this.draw(), REDRAW)
        this.#size = new ResizeObserver(() => this.#plot.setSize({ width: host.clientWidth, height: host.clientHeight }))
        this.#size.observe(host)
    }

    /** What came before; what was added already stays. Times by this clock, in milliseconds since 1970. */
    prepend(points: { at: number; value: number }[]): void {
        const first = this.#points[0]?.at ?? Number.POSITIVE_INFINITY
        this.#points = [...points.filter(({ at }) => at < first), ...this.#points]
        this.draw()
    }

    add(at: number, value: number): void {
        this.#points.push({ at, value })
        this.draw()
    }

    draw(): void {
        const now = Date.now()
        const begin = now - this.#seconds * 1000
        // The last one before the beginning still holds there.
        const holding = this.#points.findLastIndex(({ at }) => at <= begin)
        if (holding > 0) this.#points.splice(0, holding)
        const xs = this.#points.map(({ at }) => Math.max(at - now, -this.#seconds * 1000) / 1000)
        const ys = this.#points.map(({ value }) => value)
        const latest = ys.at(-1)
        this.#plot.setData(
            latest === undefined
                ? [[], []]
                : [
                      [...xs, 0],
                      [...ys, latest],
                  ],
        )
        this.#host.dataset.points = String(ys.length)
    }

    close(): void {
        clearInterval(this.#timer)
        this.#size.disconnect()
        this.#plot.destroy()
    }
}
