import uPlot from 'uplot'
import { language } from './texts.ts'

/** Seconds between two lines of the grid, for each span. */
const GRID: Record<number, number> = { 30: 10, 300: 60, 3600: 900, 86400: 21_600 }
/** Fewer points than this are shown as points, too. */
const SPARSE = 40
/** Beyond these, numbers are written with an exponent. */
const LARGE = 1e15
const SMALL = 1e-4
const COMPACT = 1e5

/** An empty plot of one line in steps, in the colours of its place. @param span seconds that it goes back */
export function plotted(host: HTMLElement, span: () => number): uPlot {
    const style = getComputedStyle(host)
    const axis = { stroke: style.color, grid: { stroke: style.borderTopColor, width: 1 }, ticks: { show: false }, font: '12px system-ui' }
    return new uPlot(
        {
            width: Math.max(host.clientWidth, 100),
            height: Math.max(host.clientHeight, 80),
            // Room for half of the last label.
            padding: [10, 14, 0, 0],
            legend: { show: false },
            cursor: { show: false },
            scales: { x: { time: false, range: () => [-span(), 0] }, y: { range: (_plot, least, greatest) => roomFor(least, greatest) } },
            axes: [
                { ...axis, size: 28, splits: () => gridOf(span()), values: (_plot, splits) => splits.map(ago) },
                { ...axis, size: (_plot, values) => 16 + 7 * Math.max(3, ...(values ?? []).map((text) => text.length)), values: numbers },
            ],
            series: [
                {},
                {
                    stroke: style.accentColor,
                    width: 2,
                    paths: uPlot.paths.stepped?.({ align: 1 }) as uPlot.Series.PathBuilder,
                    points: { show: true, size: 5, fill: style.accentColor, filter: said },
                },
            ],
        },
        [[], []],
        host,
    )
}

/** What was really said: not that it holds until now, and not that it held when this begins. */
function said(plot: uPlot): number[] {
    const [xs, ys] = plot.data
    const begin = plot.scales.x?.min ?? Number.NEGATIVE_INFINITY
    if (xs.length > SPARSE) return []
    return Array.from(xs).flatMap((x, i) => (typeof ys?.[i] === 'number' && x > begin && i < xs.length - 1 ? [i] : []))
}

/** A line that does not move has room above and below. */
function roomFor(least: number | null, greatest: number | null): [number, number] {
    if (least === null || greatest === null) return [0, 1]
    const room = (greatest - least) * 0.1 || Math.abs(greatest) * 0.1 || 1
    return [least - room, greatest + room]
}

function gridOf(span: number): number[] {
    const step = GRID[span] ?? span / 3
    return Array.from({ length: Math.round(span / step) + 1 }, (_, n) => n * step - span)
}

function ago(seconds: number): string {
    const [by, unit] = seconds <= -7200 ? [3600, 'h'] : seconds <= -60 ? [60, 'min'] : [1, 's']
    return seconds === 0 ? '0' : `−${-seconds / by} ${unit}`
}

/** Not more digits than it takes to tell one line of the grid from the next. */
function numbers(_plot: uPlot, splits: number[], _axis: number, _space: number, step: number): string[] {
    const most = Math.max(...splits.map(Math.abs))
    const digits = Math.min(Math.max(Math.ceil(Math.log10(most / step)) + 1, 1), 15) || 1
    const notation = most >= LARGE || most < SMALL ? 'scientific' : most >= COMPACT ? 'compact' : 'standard'
    const format = new Intl.NumberFormat(language, { notation, maximumSignificantDigits: digits })
    return splits.map((split) => format.format(split))
}
