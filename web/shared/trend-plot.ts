import uPlot from 'uplot'
import { language } from './texts.ts'

/** Seconds between two lines of the grid, by seconds of the span. */
const GRID: Record<number, number> = { 30: 10, 300: 60, 3600: 900, 86400: 21_600 }
/** Up to so many points are drawn as dots, too. */
const SPARSE = 40
/** From LARGE on and below SMALL numbers are written with an exponent, from COMPACT on as in `1.2M`. */
const LARGE = 1e15
const SMALL = 1e-4
const COMPACT = 1e5

/** An empty plot of one line in steps, in the colours of its host. @param span seconds that it goes back */
export function createPlot(host: HTMLElement, span: () => number): uPlot {
    const style = getComputedStyle(host)
    const axis = { stroke: style.color, grid: { stroke: style.borderTopColor, width: 1 }, ticks: { show: false }, font: '12px system-ui' }
    return new uPlot(
        {
            width: Math.max(host.clientWidth, 100),
            height: Math.max(host.clientHeight, 80),
            // Half of the last label lies beyond the right end.
            padding: [10, 14, 0, 0],
            legend: { show: false },
            cursor: { show: false },
            scales: { x: { time: false, range: () => [-span(), 0] }, y: { range: (_plot, least, greatest) => yRange(least, greatest) } },
            axes: [
                { ...axis, size: 28, splits: () => grid(span()), values: (_plot, splits) => splits.map(ago) },
                { ...axis, size: (_plot, values) => 16 + 7 * Math.max(3, ...(values ?? []).map((text) => text.length)), values: numbers },
            ],
            series: [
                {},
                {
                    stroke: style.accentColor,
                    width: 2,
                    paths: uPlot.paths.stepped?.({ align: 1 }) as uPlot.Series.PathBuilder,
                    points: { show: true, size: 5, fill: style.accentColor, filter: dots },
                },
            ],
        },
        [[], []],
        host,
    )
}

/** Only reported values get a dot: not where the line enters the span, and not its end, which is now. */
function dots(plot: uPlot): number[] {
    const [xs, ys] = plot.data
    const begin = plot.scales.x?.min ?? Number.NEGATIVE_INFINITY
    if (xs.length > SPARSE) return []
    return Array.from(xs).flatMap((x, i) => (typeof ys?.[i] === 'number' && x > begin && i < xs.length - 1 ? [i] : []))
}

/** A flat line has room above and below, too. */
function yRange(least: number | null, greatest: number | null): [number, number] {
    if (least === null || greatest === null) return [0, 1]
    const room = (greatest - least) * 0.1 || Math.abs(greatest) * 0.1 || 1
    return [least - room, greatest + room]
}

function grid(span: number): number[] {
    const step = GRID[span] ?? span / 3
    return Array.from({ length: Math.round(span / step) + 1 }, (_, n) => n * step - span)
}

function ago(seconds: number): string {
    const [by, unit] = seconds <= -7200 ? [3600, 'h'] : seconds <= -60 ? [60, 'min'] : [1, 's']
    return seconds === 0 ? '0' : `−${-seconds / by} ${unit}`
}

/** No more digits than it takes to tell one line of the grid from the next. */
function numbers(_plot: uPlot, splits: number[], _axis: number, _space: number, step: number): string[] {
    const most = Math.max(...splits.map(Math.abs))
    const digits = Math.min(Math.max(Math.ceil(Math.log10(most / step)) + 1, 1), 15) || 1
    const notation = most >= LARGE || most < SMALL ? 'scientific' : most >= COMPACT ? 'compact' : 'standard'
    const format = new Intl.NumberFormat(language, { notation, maximumSignificantDigits: digits })
    return splits.map((split) => format.format(split))
}
