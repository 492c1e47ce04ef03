import { html, LitElement, nothing, type PropertyValues, svg, type TemplateResult } from 'lit'
import { type Series, SeriesPlot, valueAt } from '../shared/series-plot.ts'
import { type Range, TimeWindow } from '../shared/time-window.ts'
import { momentText, rangeText } from '../shared/times.ts'
import { type WindowControls, windowKey, windowMoves, windowSpans } from '../shared/window-controls.ts'
import type { BreweryModel } from './brewery-model.ts'
import { DEGREES, numberText, percentText } from './format.ts'
import { spans } from './preferences.ts'
import { t } from './texts.ts'

/** Milliseconds between two drawings of a trend that only goes on, and after a change of its window. */
const [REDRAW, SETTLED] = [1000, 200]
/** Lines beside the temperature and its set-point. */
const MOST_MORE = 4
/** What the service calls the values of the vessel that it keeps, and what the page calls them. */
const kept = { temperature: 'value', setPoint: 'setPoint', demand: 'demand', watts: 'heater.watts' } as const

/** Temperature and set-point over time, with when it was heated, and whatever else somebody wants to see. */
export class TrendCard extends LitElement {
    static override properties = { model: {}, span: {}, hovered: { state: true }, more: { state: true } }
    declare model: BreweryModel
    /** Seconds that it goes back. */
    declare span: number
    declare choose: (span: number) => void
    /** The time under the pointer. */
    declare hovered: number | undefined
    /** Ids of further values that are shown. */
    declare more: readonly string[]
    readonly #window = new TimeWindow(0)
    #plot: SeriesPlot | undefined
    #timer: ReturnType<typeof setInterval> | undefined
    #settled: ReturnType<typeof setTimeout> | undefined
    /** Of which vessel the past was asked for last. */
    #asked = ''

    constructor() {
        super()
        this.more = []
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    override connectedCallback(): void {
        super.connectedCallback()
        this.#timer = setInterval(() => this.#window.isLive && this.requestUpdate(), REDRAW)
    }

    override disconnectedCallback(): void {
        super.disconnectedCallback()
        clearInterval(this.#timer)
        clearTimeout(this.#settled)
        this.#plot?.close()
        this.#plot = undefined
    }

    protected override willUpdate(changed: PropertyValues<this>): void {
        if (changed.has('span')) this.#window.show(this.span * 1000)
        if (changed.has('span') || this.model.vessel !== this.#asked) this.reload()
    }

    protected override updated(): void {
        const hover = (at: number | undefined) => {
            this.hovered = at
        }
        const zoom = (range: Range) => this.#change(() => this.#window.zoom(range))
        this.#plot ??= new SeriesPlot(this.querySelector<HTMLElement>('.plot')!, { hover, zoom })
        this.#plot.draw(this.#shown, this.#range)
    }

    restyle(): void {
        this.#plot?.restyle()
    }

    /** Asks for what the flow has kept of the time that is shown. */
    reload(): void {
        this.#asked = this.model.vessel
        clearTimeout(this.#settled)
        this.#settled = setTimeout(() => void this.#load(), SETTLED)
    }

    async #load(): Promise<void> {
        const { vessel, service } = this.model
        if (!vessel) return
        const load = async ([property, name]: [string, string]) => {
            const points = await service.trend(property, this.#range).catch(() => undefined)
            if (points) this.model.seriesOf(`${vessel}.${name}`).keep(points)
        }
        await Promise.all(Object.entries(kept).map(load))
        this.requestUpdate()
    }

    get #range(): Range {
        return this.#window.range(this.model.now)
    }

    get #controls(): WindowControls {
        return {
            ...{ window: this.#window, span: this.span, spans, now: () => this.model.now },
            choose: this.choose,
            change: (change) => this.#change(change),
        }
    }

    #change(change: () => void): void {
        change()
        this.reload()
        this.requestUpdate()
    }

    get #shown(): Series[] {
        const { vessel } = this.model
        const own = [
            this.#line(`${vessel}.setPoint`, 2, { isStepped: true, isDashed: true }),
            this.#line(`${vessel}.value`, 1, { isStepped: false }),
        ]
        return [...own, ...this.more.map((id, i) => this.#line(id, i + 3, { isStepped: true }))]
    }

    /** A line that goes on to now, as the last value still holds. */
    #line(id: string, color: number, more: Pick<Series, 'isStepped' | 'isDashed'>): Series {
        const { points } = this.model.seriesOf(id)
        const last = points.at(-1)
        const { now, connection } = this.model
        const goesOn = more.isStepped && last && last.value !== null && connection.is === 'open' && last.at < now
        return { id, color, points: goesOn ? [...points, { at: now, value: last.value }] : points, ...more }
    }

    /** Numbers that may be shown beside those of the vessel itself. */
    get #choices(): string[] {
        const { vessel, series } = this.model
        const own = [`${vessel}.value`, `${vessel}.setPoint`, `${vessel}.demand`]
        const isChoice = (id: string) =>
            !own.includes(id) && !id.startsWith(`${vessel}.profile.`) && series.get(id)!.points.some(({ value }) => value !== null)
        return [...series.keys()].filter(isChoice).sort()
    }

    protected override render(): TemplateResult {
        const time = rangeText(this.#range)
        const isBlank = this.#shown.every(({ points }) => points.length === 0)
        return html`<section class="card trend-card" aria-labelledby="trend-heading">
            <h2 id="trend-heading" class="unseen">${t('trend')}</h2>
            <div class="choices">${windowSpans(this.#controls)} <span class="hint range">${time}</span> ${windowMoves(this.#controls)}</div>
            ${this.#legend()}
            <div
                class="plot"
                tabindex="0"
                role="group"
                aria-label=${t('trendOf', { time })}
                aria-describedby="trend-keys"
                @keydown=${(event: KeyboardEvent) => windowKey(event, this.#controls)}
            >
                ${isBlank ? html`<span class="blank hint">${t('noTrend')}</span>` : nothing}
            </div>
            ${this.#heating()}
            <p class="unseen" id="trend-keys">${t('trendKeys')}</p>
        </section>`
    }

    #legend(): TemplateResult {
        const { vessel, now } = this.model
        const at = this.hovered ?? Math.min(this.#range.to, now)
        const entry = (series: Series, name: string, unit: string) => {
            const value = valueAt(series, at)
            return html`<div><dt><i class="swatch series-${series.color} ${series.isDashed ? 'dashed' : ''}"></i>${name}</dt>
                <dd>${value === null ? '–' : `${numberText(Math.round(value * 100) / 100)}${unit && ` ${unit}`}`}</dd></div>`
        }
        const [setPoint, value, ...more] = this.#shown as [Series, Series, ...Series[]]
        return html`<div class="legend">
            <dl class="figures">
                ${entry(value, t('temperature'), DEGREES)} ${entry(setPoint, t('setPoint'), DEGREES)}
                ${this.#demand(at)} ${more.map((series) => entry(series, series.id.replace(`${vessel}.`, ''), ''))}
                ${this.hovered === undefined ? nothing : html`<div class="time"><dt>${t('time')}</dt><dd>${momentText(this.hovered, 1000)}</dd></div>`}
            </dl>
            ${this.#chooser()}
        </div>`
    }

    #demand(at: number): TemplateResult | typeof nothing {
        const demand = valueAt(this.model.seriesOf(`${this.model.vessel}.demand`), at)
        return demand === null
            ? nothing
            : html`<div><dt><i class="swatch heat"></i>${t('heating')}</dt><dd>${percentText(demand)}</dd></div>`
    }

    /** Which further values are shown. */
    #chooser(): TemplateResult | typeof nothing {
        const choices = this.#choices
        if (choices.length === 0) return nothing
        const toggle = (id: string) => {
            this.more = this.more.includes(id) ? this.more.filter((one) => one !== id) : [...this.more, id].slice(-MOST_MORE)
        }
        return html`<details class="chooser">
            <summary>${t('furtherValues')}</summary>
            ${choices.map(
                (id) =>
                    html`<label><input type="checkbox" .checked=${this.more.includes(id)} @change=${() => toggle(id)}> ${id.replace(`${this.model.vessel}.`, '')}</label>`,
            )}
        </details>`
    }

    /** When it was heated, below the plot: the darker, the more. */
    #heating(): TemplateResult | typeof nothing {
        const { from, to } = this.#range
        const line = this.#line(`${this.model.vessel}.demand`, 1, { isStepped: true })
        const { points } = line
        if (points.length === 0) return nothing
        const x = (at: number) => ((Math.min(Math.max(at, from), to) - from) / (to - from)) * 1000
        const bars = points.flatMap(({ at, value }, i) => {
            const end = points[i + 1]?.at ?? at
            const isShown = value !== null && value > 0 && end > from && at < to
            return isShown
                ? svg`<rect x=${x(at)} y="0" width=${Math.max(x(end) - x(at), 0.5)} height="10" opacity=${0.25 + 0.75 * value}></rect>`
                : []
        })
        return html`<div class="heating" title=${t('heating')}>
            <svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${bars}</svg>
        </div>`
    }
}

customElements.define('trend-card', TrendCard)
