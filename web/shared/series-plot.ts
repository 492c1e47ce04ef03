import uPlot from 'uplot'
import { alpha, axisTime } from './plot-axes.ts'
import { dragWithFinger, takeSelection } from './plot-drag.ts'
import type { Range } from './time-window.ts'
import { locale } from './times.ts'
import type { Point } from './trend.ts'

/** One line of a plot. */
export interface Series {
    id: string
    points: readonly Point[]
    /** A value holds until the next one, rather than that it goes there in a line. */
    isStepped: boolean
    isDashed?: boolean
    /** Which of the colours of `series.css` it has, from 1 on. */
    color: number
}

export interface SeriesPlotHandlers {
    zoom(range: Range): void
    /** The time under the pointer, in milliseconds since 1970. */
    hover(at: number | undefined): void
}

/** Several values over time, each as a line. */
export class SeriesPlot {
    readonly #host: HTMLElement
    readonly #handlers: SeriesPlotHandlers
    readonly #size: ResizeObserver
    #plot: uPlot | undefined
    #range: Range = { from: 0, to: 1 }
    #shown: readonly Series[] = []
    /** What is drawn, apart from the points: another plot is made once it changes. */
    #look = ''

    constructor(host: HTMLElement, handlers: SeriesPlotHandlers) {
        this.#host = host
        this.#handlers = handlers
        this.#size = new ResizeObserver(() => this.#resize())
        this.#size.observe(host)
    }

    draw(shown: readonly Series[], range: Range): void {
        const look = shown.map(({ id, isStepped, isDashed, color }) => [id, isStepped, isDashed, color].join()).join(' ')
        this.#shown = shown
        this.#range = range
        if (!this.#plot || look !== this.#look) this.#create()
        this.#look = look
        this.#plot!.setData(dataOf(shown, range))
        this.#host.dataset.points = String(shown.reduce((count, { points }) => count + points.length, 0))
    }

    /** Draws it in the colours of another theme. */
    restyle(): void {
        if (!this.#plot) return
        this.#create()
        this.#plot.setData(dataOf(this.#shown, this.#range))
    }

    close(): void {
        this.#size.disconnect()
        this.#plot?.destroy()
    }

    #resize(): void {
        const { clientWidth: width, clientHeight: height } = this.#host
        if (width > 0) this.#plot?.setSize({ width, height })
    }

    #create(): void {
        this.#plot?.destroy()
        const { color, borderTopColor } = getComputedStyle(this.#host)
        const axis = { stroke: color, grid: { stroke: borderTopColor, width: 1 }, ticks: { show: false }, font: '12px system-ui' }
        const plot = new uPlot(
            {
                width: Math.max(this.#host.clientWidth, 100),
                height: Math.max(this.#host.clientHeight, 80),
                padding: [8, 28, 0, 0],
                legend: { show: false },
                cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 8 } },
                scales: {
                    x: { time: true, range: () => [this.#range.from / 1000, this.#range.to / 1000] },
                    y: { range: (_plot, least, greatest) => valueRange(least, greatest) },
                },
                axes: [
                    { ...axis, grid: { show: false }, size: 26, space: 70, values: axisTime },
                    { ...axis, size: 46, values: axisNumbers },
                ],
                series: [{}, ...this.#shown.map((one) => this.#line(one))],
                hooks: {
                    setCursor: [(u) => this.#handlers.hover(timeAt(u))],
                    setSelect: [(u) => this.#selected(u)],
                },
            },
            [[], ...this.#shown.map(() => [])],
            this.#host,
        )
        dragWithFinger(plot, () => this.#selected(plot))
        this.#plot = plot
    }

    #line({ isStepped, isDashed, color }: Series): uPlot.Series {
        const stroke = colorOf(this.#host, color)
        return {
            stroke: isDashed ? alpha(stroke, 0.8) : stroke,
            width: isDashed ? 1.5 : 1.75,
            ...(isDashed && { dash: [6, 4] }),
            points: { show: false },
            ...(isStepped && { paths: uPlot.paths.stepped!({ align: 1 }) }),
        }
    }

    #selected(u: uPlot): void {
        const span = takeSelection(u)
        if (span) this.#handlers.zoom(span)
    }
}

/** The value of a series at a time: the one that held then. */
export function valueAt({ points }: Pick<Series, 'points'>, at: number): number | null {
    let low = 0
    for (let high = points.length; low < high; ) {
        const middle = (low + high) >> 1
        if (points[middle]!.at <= at) low = middle + 1
        else high = middle
    }
    return points[low - 1]?.value ?? null
}

const timeAt = ({ cursor, posToVal }: uPlot): number | undefined =>
    cursor.left === undefined || cursor.left < 0 ? undefined : posToVal(cursor.left, 'x') * 1000

/** The points of all lines on common times; where a line has none of its own it is drawn through. */
function dataOf(shown: readonly Series[], range: Range): uPlot.AlignedData {
    if (shown.length === 0) return [[]]
    const tables = shown.map(({ points }): uPlot.AlignedData => {
        const part = cut(points, range)
        return [part.map(({ at }) => at / 1000), part.map(({ value }) => value)]
    })
    return uPlot.join(tables)
}

/** The points in a range, with the one before and the one after it. */
function cut(points: readonly Point[], { from, to }: Range): readonly Point[] {
    const begin = points.findIndex(({ at }) => at >= from)
    const end = points.findLastIndex(({ at }) => at <= to)
    return points.slice(Math.max((begin < 0 ? points.length : begin) - 1, 0), end + 2)
}

/** As much as there is, and some room, so that noise does not look like a storm. */
function valueRange(least: number | null, greatest: number | null): [number, number] {
    if (least === null || greatest === null) return [0, 1]
    const room = Math.max((greatest - least) * 0.12, (1 - (greatest - least)) / 2, 0.05)
    return [least - room, greatest + room]
}

function axisNumbers(_plot: uPlot, splits: number[]): string[] {
    const number = new Intl.NumberFormat(locale, { maximumSignificantDigits: 4 })
    return splits.map((split) => number.format(split))
}

/** A colour of `series.css` as the theme has it. */
function colorOf(host: HTMLElement, color: number): string {
    const probe = document.createElement('i')
    probe.className = `series-${color}`
    host.append(probe)
    const found = getComputedStyle(probe).color
    probe.remove()
    return found
}
