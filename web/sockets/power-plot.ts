import uPlot from 'uplot'
import { alpha, axisTime } from '../shared/plot-axes.ts'
import { dragWithFinger, takeSelection } from '../shared/plot-drag.ts'
import type { Range } from '../shared/time-window.ts'
import { gaps, type Kind, type Piece } from './energy-history.ts'
import { axisValues } from './plot-axes.ts'

export interface PlotHandlers {
    zoom(range: Range): void
    /** The piece under the pointer. */
    hover(piece: Piece | undefined): void
}

/** CSS pixels of the plot on the left and on the right of what is drawn. */
export interface Sides {
    left: number
    right: number
}

/** Power as a line with a band from the least to the greatest, or energy in bars, over time. */
export class PowerPlot {
    readonly #host: HTMLElement
    readonly #handlers: PlotHandlers
    readonly #size: ResizeObserver
    #plot: uPlot
    #kind: Kind = 'power'
    #range: Range = { from: 0, to: 1 }
    #pieces: readonly Piece[] = []
    #marked: Range | undefined
    #hovered: Piece | undefined

    constructor(host: HTMLElement, handlers: PlotHandlers) {
        this.#host = host
        this.#handlers = handlers
        this.#plot = this.#create()
        this.#size = new ResizeObserver(() => this.#resize())
        this.#size.observe(host)
    }

    /** @param marked is made stand out */
    draw(kind: Kind, pieces: readonly Piece[], range: Range, marked: Range | undefined): void {
        this.#kind = kind
        this.#pieces = pieces
        this.#range = range
        this.#marked = marked
        this.#host.dataset.points = String(pieces.filter(({ meanW, kWh }) => (kind === 'power' ? meanW : kWh) !== null).length)
        this.#setData()
    }

    get sides(): Sides {
        const { left, width } = this.#plot.bbox
        const ratio = devicePixelRatio
        return { left: left / ratio, right: this.#plot.width - (left + width) / ratio }
    }

    /** Draws it in the colours of another theme. */
    restyle(): void {
        this.#plot.destroy()
        this.#plot = this.#create()
        this.#setData()
    }

    close(): void {
        this.#size.disconnect()
        this.#plot.destroy()
    }

    #resize(): void {
        const { clientWidth: width, clientHeight: height } = this.#host
        if (width > 0 && (width !== this.#plot.width || height !== this.#plot.height)) this.#plot.setSize({ width, height })
    }

    #setData(): void {
        const isPower = this.#kind === 'power'
        const middles = this.#pieces.map(({ from, to }) => (from + to) / 2000)
        const line = (key: 'minW' | 'meanW' | 'maxW') => this.#pieces.map((piece) => (isPower ? piece[key] : null))
        this.#plot.setData([middles, line('meanW'), line('minW'), line('maxW')])
    }

    /** From 0, or below it where power is fed in, with some room above. */
    #yRange(): [number, number] {
        const isPower = this.#kind === 'power'
        const shown = this.#pieces.filter(({ from, to }) => to >= this.#range.from && from <= this.#range.to)
        const values = shown.flatMap(({ minW, meanW, maxW, kWh }) => (isPower ? [minW ?? 0, meanW ?? 0, maxW ?? 0] : [(kWh ?? 0) * 1000]))
        const most = values.reduce((a, b) => Math.max(a, b), 0)
        const least = values.reduce((a, b) => Math.min(a, b), 0)
        return [least * 1.1, most * 1.1 || (isPower ? 10 : 1)]
    }

    #create(): uPlot {
        const { color, accentColor, borderTopColor } = getComputedStyle(this.#host)
        const axis = { stroke: color, grid: { stroke: borderTopColor, width: 1 }, ticks: { show: false }, font: '12px system-ui' }
        const hidden = { stroke: 'transparent', width: 0, points: { show: false } }
        const plot = new uPlot(
            {
                width: Math.max(this.#host.clientWidth, 100),
                height: Math.max(this.#host.clientHeight, 80),
                padding: [8, 28, 0, 0],
                legend: { show: false },
                cursor: {
                    y: false,
                    drag: { x: true, y: false, setScale: false },
                    points: { size: 9 },
                },
                scales: {
                    x: { time: true, range: () => [this.#range.from / 1000, this.#range.to / 1000] },
                    y: { range: () => this.#yRange() },
                },
                axes: [
                    { ...axis, grid: { show: false }, size: 26, space: 70, values: axisTime },
                    { ...axis, size: 58, values: (_u, splits) => axisValues(splits, this.#kind) },
                ],
                series: [{}, lineOf(accentColor), hidden, hidden],
                bands: [{ series: [3, 2], fill: alpha(accentColor, 0.22) }],
                hooks: {
                    drawClear: [(u) => this.#drawUnder(u, color)],
                    draw: [(u) => this.#kind === 'energy' && this.#drawBars(u, accentColor)],
                    setCursor: [(u) => this.#hover(u)],
                    setSelect: [(u) => this.#selected(u)],
                },
            },
            [[], [], [], []],
            this.#host,
        )
        dragWithFinger(plot, () => this.#selected(plot))
        return plot
    }

    /** What was marked, and where nothing is known. */
    #drawUnder(u: uPlot, color: string): void {
        const { ctx, bbox } = u
        const x = (at: number) => Math.round(Math.min(Math.max(u.valToPos(at / 1000, 'x', true), bbox.left), bbox.left + bbox.width))
        const fill = ({ from, to }: Range) => ctx.fillRect(x(from), bbox.top, x(to) - x(from), bbox.height)
        ctx.save()
        if (this.#marked) {
            ctx.fillStyle = alpha(color, 0.09)
            fill(this.#marked)
        }
        ctx.fillStyle = hatching(ctx, alpha(color, 0.22))
        for (const gap of gaps(this.#pieces)) fill(gap)
        ctx.restore()
    }

    #drawBars(u: uPlot, color: string): void {
        const { ctx, bbox } = u
        ctx.save()
        ctx.beginPath()
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
        ctx.clip()
        for (const piece of this.#pieces) {
            if (piece.kWh === null) continue
            const [left, right] = [piece.from, piece.to].map((at) => u.valToPos(at / 1000, 'x', true)) as [number, number]
            const [top, bottom] = [piece.kWh * 1000, 0].map((wh) => u.valToPos(wh, 'y', true)) as [number, number]
            const space = Math.min((right - left) * 0.12, 8 * devicePixelRatio)
            ctx.fillStyle = alpha(color, piece === this.#hovered ? 1 : 0.78)
            ctx.beginPath()
            ctx.roundRect(left + space, top, Math.max(right - left - 2 * space, 1), bottom - top, [
                4 * devicePixelRatio,
                4 * devicePixelRatio,
                0,
                0,
            ])
            ctx.fill()
        }
        ctx.restore()
    }

    #hover(u: uPlot): void {
        const at = u.cursor.left === undefined || u.cursor.left < 0 ? undefined : u.posToVal(u.cursor.left, 'x') * 1000
        const piece = at === undefined ? undefined : this.#pieces.find(({ from, to }) => at >= from && at < to)
        if (piece === this.#hovered) return
        this.#hovered = piece
        this.#handlers.hover(piece)
        if (this.#kind === 'energy') u.redraw(false)
    }

    #selected(u: uPlot): void {
        const span = takeSelection(u)
        if (span) this.#handlers.zoom(span)
    }
}

const lineOf = (color: string): uPlot.Series => ({
    stroke: color,
    width: 1.75,
    fill: (u) => {
        const gradient = u.ctx.createLinearGradient(0, u.bbox.top, 0, u.bbox.top + u.bbox.height)
        gradient.addColorStop(0, alpha(color, 0.3))
        gradient.addColorStop(1, alpha(color, 0.02))
        return gradient
    },
    // A point between two gaps would be seen nowhere.
    points: { show: true, size: 4, fill: color, filter: (u) => lonely(u.data[1]!) },
})

const lonely = (values: ArrayLike<number | null | undefined>): number[] =>
    Array.from(values).flatMap((value, i) => (typeof value === 'number' && values[i - 1] == null && values[i + 1] == null ? [i] : []))

/** Slanting lines. */
function hatching(ctx: CanvasRenderingContext2D, color: string): CanvasPattern | string {
    const size = Math.round(7 * devicePixelRatio)
    const tile = new OffscreenCanvas(size, size)
    const pen = tile.getContext('2d')!
    pen.strokeStyle = color
    pen.lineWidth = devicePixelRatio
    for (const shift of [-size, 0, size]) {
        pen.moveTo(shift - 1, size + 1)
        pen.lineTo(shift + size + 1, -1)
    }
    pen.stroke()
    return ctx.createPattern(tile, 'repeat') ?? 'transparent'
}
