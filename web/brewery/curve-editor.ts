import { html, LitElement, nothing, type PropertyValues, svg, type TemplateResult } from 'lit'
import { ticks, tickText } from '../shared/ticks.ts'
import { momentText } from '../shared/times.ts'
import { DEGREES, numberText } from './format.ts'
import {
    addPoint,
    curveOf,
    type Draft,
    exactDuration,
    extentOf,
    movePoint,
    removePoint,
    roundNumbers,
    type Spot,
    timeStep,
} from './profile.ts'
import { t } from './texts.ts'

/** CSS pixels around what is drawn. */
const [LEFT, RIGHT, TOP, BOTTOM] = [46, 18, 12, 26]
const HEIGHT = 300
/** What set-points are rounded to. */
const DEGREE = 0.5

type Extent = ReturnType<typeof extentOf>

/** The curve of a profile: its points are dragged by the pointer, or moved by keys. */
export class CurveEditor extends LitElement {
    static override properties = { draft: {}, original: {}, now: {}, selected: {}, width: { state: true } }
    declare draft: Draft
    /** The curve that the draft changes, to see the difference. */
    declare original: readonly Spot[] | undefined
    /** By the clock of the server, for profiles by dates. */
    declare now: number
    /** The index of the point that has the focus. */
    declare selected: number | undefined
    declare width: number
    declare changed: (draft: Draft) => void
    declare select: (index: number) => void
    readonly #size = new ResizeObserver(([entry]) => {
        this.width = entry!.contentRect.width
    })
    /** While a point is dragged what is shown stays as it was. */
    #dragged: { index: number; extent: Extent; pointer: number } | undefined

    constructor() {
        super()
        this.width = 600
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    override connectedCallback(): void {
        super.connectedCallback()
        this.#size.observe(this)
    }

    override disconnectedCallback(): void {
        super.disconnectedCallback()
        this.#size.disconnect()
    }

    protected override updated(changed: PropertyValues<this>): void {
        if (changed.has('selected') && this.selected !== undefined && this.contains(document.activeElement)) this.focusPoint(this.selected)
    }

    focusPoint(index: number): void {
        this.querySelector<SVGElement>(`[data-index="${index}"]`)?.focus()
    }

    get #extent(): Extent {
        return this.#dragged?.extent ?? extentOf([...this.draft.points, ...(this.original ?? [])])
    }

    get #scale() {
        const { times, values } = this.#extent
        const [width, height] = [Math.max(this.width - LEFT - RIGHT, 50), HEIGHT - TOP - BOTTOM]
        return {
            x: (at: number) => LEFT + ((at - times.from) / (times.to - times.from)) * width,
            y: (value: number) => TOP + (1 - (value - values.from) / (values.to - values.from)) * height,
            at: (x: number) => times.from + ((x - LEFT) / width) * (times.to - times.from),
            value: (y: number) => values.from + (1 - (y - TOP) / height) * (values.to - values.from),
        }
    }

    /** Where the pointer is, rounded. */
    #spotAt(event: PointerEvent | MouseEvent): Spot {
        const { left, top } = this.querySelector('svg')!.getBoundingClientRect()
        const { at, value } = this.#scale
        const step = timeStep(this.#extent.times)
        return { at: rounded(at(event.clientX - left), step), value: rounded(value(event.clientY - top), DEGREE) }
    }

    #grab(event: PointerEvent, index: number): void {
        if (event.button !== 0) return
        this.select(index)
        if (index < this.draft.fixed) return
        this.#dragged = { index, extent: this.#extent, pointer: event.pointerId }
        const handle = event.currentTarget as SVGElement
        handle.setPointerCapture(event.pointerId)
        handle.focus()
        event.preventDefault()
    }

    #drag(event: PointerEvent): void {
        if (event.pointerId === this.#dragged?.pointer) this.changed(movePoint(this.draft, this.#dragged.index, this.#spotAt(event)))
    }

    #drop(): void {
        this.#dragged = undefined
        this.requestUpdate()
    }

    #add(event: MouseEvent): void {
        this.#insert(this.#spotAt(event))
    }

    #insert(spot: Spot): void {
        const added = addPoint(this.draft, spot)
        if (!added) return
        this.changed(added.draft)
        this.select(added.index)
        void this.updateComplete.then(() => this.focusPoint(added.index))
    }

    #key(event: KeyboardEvent, index: number): void {
        if (event.ctrlKey || event.altKey || event.metaKey) return
        const { points } = this.draft
        const point = points[index]!
        const [far, step] = [event.shiftKey ? 10 : 1, timeStep(this.#extent.times)]
        const move = (at: number, value: number) =>
            this.changed(movePoint(this.draft, index, { at: point.at + at, value: point.value + value }))
        const keys: Record<string, () => void> = {
            ArrowLeft: () => move(-step * far, 0),
            ArrowRight: () => move(step * far, 0),
            ArrowUp: () => move(0, DEGREE * far),
            ArrowDown: () => move(0, -DEGREE * far),
            Delete: () => this.#remove(index),
            Backspace: () => this.#remove(index),
            Insert: () => this.#insert(between(point, points[index + 1], step)),
            '+': () => this.#insert(between(point, points[index + 1], step)),
        }
        if (!Object.hasOwn(keys, event.key)) return
        keys[event.key]!()
        event.preventDefault()
    }

    #remove(index: number): void {
        const draft = removePoint(this.draft, index)
        if (draft === this.draft) return
        this.changed(draft)
        const next = Math.max(index - 1, 0)
        this.select(next)
        void this.updateComplete.then(() => this.focusPoint(next))
    }

    protected override render(): TemplateResult {
        const extent = this.#extent
        const path = (spots: readonly Spot[]) =>
            spots.map(({ at, value }) => `${this.#scale.x(at).toFixed(1)},${this.#scale.y(value).toFixed(1)}`).join(' ')
        const { points } = this.draft
        return html`<svg
                class="curve"
                width=${this.width}
                height=${HEIGHT}
                viewBox="0 0 ${this.width} ${HEIGHT}"
                role="group"
                aria-label=${t('curve')}
                aria-describedby="curve-keys"
                @dblclick=${(event: MouseEvent) => this.#add(event)}
            >
                ${this.#grid(extent)}
                ${this.original ? svg`<polyline class="before" points=${path(this.original)}></polyline>` : nothing}
                <polyline class="line" points=${path(curveOf(this.draft, extent.times.to))}></polyline>
                ${points.map((point, index) => this.#handle(point, index))}
            </svg>
            <p class="hint keys" id="curve-keys">${t('curveKeys')}</p>`
    }

    #grid({ times, values }: Extent): TemplateResult {
        const { x, y } = this.#scale
        const most = Math.max(Math.floor(this.width / 90), 2)
        const isDated = this.draft.kind === 'date'
        const marks = isDated ? ticks(times, most) : offsetTicks(times.from, times.to, most)
        const text = isDated ? tickText : (at: number) => (at === 0 ? '0' : exactDuration(at))
        const isNowShown = isDated && this.now > times.from && this.now < times.to
        return svg`<g class="grid" aria-hidden="true">
            ${roundNumbers(values.from, values.to, 6).map(
                (value) => svg`<line x1=${LEFT} x2=${this.width - RIGHT} y1=${y(value)} y2=${y(value)}></line>
                    <text x=${LEFT - 8} y=${y(value) + 4} text-anchor="end">${numberText(value)}</text>`,
            )}
            ${marks.map((at) => svg`<text x=${x(at)} y=${HEIGHT - 8} text-anchor="middle">${text(at)}</text>`)}
            ${isNowShown ? svg`<line class="now" x1=${x(this.now)} x2=${x(this.now)} y1=${TOP} y2=${HEIGHT - BOTTOM}></line>` : nothing}
        </g>` as TemplateResult
    }

    #handle(point: Spot, index: number): TemplateResult {
        const { x, y } = this.#scale
        const { fixed, points, kind } = this.draft
        const isFixed = index < fixed
        const time = kind === 'date' ? momentText(point.at, 60_000) : exactDuration(point.at)
        const { from, to } = this.#extent.values
        return svg`<g
            class="handle ${isFixed ? 'fixed' : ''} ${index === this.selected ? 'selected' : ''}"
            data-index=${index}
            transform="translate(${x(point.at).toFixed(1)} ${y(point.value).toFixed(1)})"
            role="slider"
            tabindex=${index === (this.selected ?? Math.min(fixed, points.length - 1)) ? 0 : -1}
            aria-label=${t('pointOf', { number: index + 1, count: points.length })}
            aria-valuenow=${point.value}
            aria-valuemin=${Math.floor(Math.min(from, point.value))}
            aria-valuemax=${Math.ceil(Math.max(to, point.value))}
            aria-valuetext=${`${numberText(point.value)} ${DEGREES}, ${time}${isFixed ? `, ${t('pointOver')}` : ''}`}
            aria-disabled=${isFixed ? 'true' : nothing}
            @focus=${() => this.select(index)}
            @keydown=${(event: KeyboardEvent) => this.#walk(event, index)}
            @pointerdown=${(event: PointerEvent) => this.#grab(event, index)}
            @pointermove=${(event: PointerEvent) => this.#drag(event)}
            @pointerup=${() => this.#drop()}
            @pointercancel=${() => this.#drop()}
            @dblclick=${(event: Event) => event.stopPropagation()}
        >
            <circle class="target" r="18"></circle>
            <circle class="dot" r="6"></circle>
            ${index === this.selected ? this.#label(point, time) : nothing}
        </g>` as TemplateResult
    }

    /** What the point that has the focus says; on the side where there is room. */
    #label(point: Spot, time: string): TemplateResult {
        const { x, y } = this.#scale
        const isRight = x(point.at) > this.width / 2
        const isTop = y(point.value) < TOP + 34
        return svg`<text class="label" x=${isRight ? -12 : 12} y=${isTop ? 24 : -12} text-anchor=${isRight ? 'end' : 'start'}>
            ${numberText(point.value)} ${DEGREES} · ${time}</text>` as TemplateResult
    }

    /** Home, End, Page Up and Page Down go from point to point, all other keys move it. */
    #walk(event: KeyboardEvent, index: number): void {
        const last = this.draft.points.length - 1
        const to = ({ PageDown: index + 1, PageUp: index - 1, Home: 0, End: last } as Record<string, number>)[event.key]
        if (to === undefined) this.#key(event, index)
        else {
            event.preventDefault()
            this.focusPoint(Math.min(Math.max(to, 0), last))
        }
    }
}

const rounded = (value: number, step: number): number => Number((Math.round(value / step) * step).toPrecision(15))

/** Between a point and the next one; after the last one, some steps later. */
const between = (point: Spot, next: Spot | undefined, step: number): Spot =>
    next
        ? { at: rounded((point.at + next.at) / 2, 1000), value: rounded((point.value + next.value) / 2, DEGREE) }
        : { at: point.at + 10 * step, value: point.value }

/** Round durations within a time. */
function offsetTicks(from: number, to: number, most: number): number[] {
    const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
    const steps = [1, 2, 5, 10, 15, 30]
        .map((n) => n * minute)
        .concat(
            [1, 2, 3, 6, 12].map((n) => n * hour),
            [1, 2, 5, 10, 30].map((n) => n * day),
        )
    const step = steps.find((one) => (to - from) / one <= most) ?? steps.at(-1)!
    const first = Math.ceil(from / step)
    return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, n) => (first + n) * step)
}

customElements.define('curve-editor', CurveEditor)
