import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { Refused } from '../shared/rest.ts'
import { type Range, TimeWindow } from '../shared/time-window.ts'
import { momentText, rangeText } from '../shared/times.ts'
import { type WindowControls, windowKey, windowMoves, windowSpans } from '../shared/window-controls.ts'
import { type EnergyHistory, type Kind, loadHistory, noHistory, type Piece, withReadings } from './energy-history.ts'
import { costText, energyText, powerText } from './format.ts'
import { instanceList } from './instance-list.ts'
import { endOf, lanes, startOf } from './lanes.ts'
import { PowerPlot } from './power-plot.ts'
import { spans } from './preferences.ts'
import type { Instance } from './service.ts'
import type { SocketModel } from './socket-model.ts'
import { t } from './texts.ts'

export interface HistoryHandlers {
    span(seconds: number): void
    kind(kind: Kind): void
    stop(ids: string[]): void
}

/** Milliseconds between two drawings of a plot that only goes on. */
const REDRAW = 1000
/** Milliseconds after a change of the window, and at least between two loads of a history that goes on. */
const [SETTLED, RELOAD] = [150, 30_000]

/** Power over time with the instances that ran, and the list of these. */
export class PowerHistory extends LitElement {
    static override properties = { model: {}, span: {}, kind: {}, hovered: {}, offset: {} }
    declare model: SocketModel
    /** Seconds that it goes back. */
    declare span: number
    declare kind: Kind
    /** What is under the pointer. */
    declare hovered: Piece | undefined
    /** The first instance that is listed. */
    declare offset: number
    handlers!: HistoryHandlers
    #window = new TimeWindow(0)
    #plot: PowerPlot | undefined
    #history: EnergyHistory = noHistory
    #pieces: Piece[] = []
    #instances: Instance[] = []
    #selected: Instance | undefined
    /** Why there is no history, in words. */
    #trouble: Refused | undefined
    #isLoading = true
    #due: ReturnType<typeof setTimeout> | undefined
    /** How often was asked: only the latest answer counts. */
    #asked = 0

    constructor() {
        super()
        this.offset = 0
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    protected override firstUpdated(): void {
        const zoom = (range: Range) => this.#change(() => this.#window.zoom(range))
        const hover = (piece: Piece | undefined) => {
            this.hovered = piece
        }
        this.#plot = new PowerPlot(this.querySelector<HTMLElement>('.plot')!, { zoom, hover })
        setInterval(() => this.#window.isLive && this.changed(), REDRAW)
    }

    protected override willUpdate(changed: PropertyValues<this>): void {
        if (changed.has('model')) {
            this.#selected = undefined
            this.#instances = []
            this.offset = 0
        }
        if (changed.has('span')) this.#window.show(this.span * 1000)
    }

    protected override updated(changed: PropertyValues<this>): void {
        if (changed.has('model') || changed.has('span') || changed.has('kind')) {
            this.#history = noHistory
            this.reload()
            this.changed()
        }
    }

    /** There are new readings, or time has passed. */
    changed(): void {
        this.#pieces = this.kind === 'power' ? withReadings(this.#history, this.model.readings) : this.#history.pieces
        this.#plot?.draw(this.kind, this.#pieces, this.#range, this.#marked)
        this.requestUpdate()
    }

    /** Draws the plot in the colours of another theme. */
    restyle(): void {
        this.#plot?.restyle()
    }

    /** Asks for the history and the instances again. */
    reload(): void {
        clearTimeout(this.#due)
        this.#due = setTimeout(() => void this.#load(), SETTLED)
    }

    get #range(): Range {
        return this.#window.range(this.model.now)
    }

    get #marked(): Range | undefined {
        const { now } = this.model
        return this.#selected && { from: startOf(this.#selected), to: endOf(this.#selected, now) }
    }

    async #load(): Promise<void> {
        const turn = ++this.#asked
        const { service, topic, now } = this.model
        this.#isLoading = true
        const range = this.#window.range(now)
        const ofHistory = loadHistory(service, topic, this.kind, range, now).catch((error: Refused) => error)
        const ofInstances = service.instances(range).catch((): Instance[] => [])
        const [history, instances] = await Promise.all([ofHistory, ofInstances])
        if (turn !== this.#asked) return
        this.#isLoading = false
        this.#trouble = history instanceof Refused ? history : undefined
        if (!(history instanceof Refused)) this.#history = history
        this.#instances = instances
        this.#selected = instances.find(({ id }) => id === this.#selected?.id) ?? this.#selected
        if (this.offset >= instances.length) this.offset = 0
        this.changed()
        if (this.#window.isLive) this.#due = setTimeout(() => void this.#load(), Math.max(this.#history.step / 2, RELOAD))
    }

    #change(change: () => void): void {
        change()
        this.changed()
        this.reload()
    }

    #select(instance: Instance): void {
        const { now } = this.model
        const [from, to] = [startOf(instance), endOf(instance, now)]
        const room = Math.max((to - from) * 0.1, 10_000)
        this.#selected = instance
        this.#change(() => this.#window.zoom({ from: from - room, to: to + room }))
        this.querySelector('.history')?.scrollIntoView({ block: 'nearest' })
    }

    get #controls(): WindowControls {
        return {
            ...{ window: this.#window, span: this.span, spans, now: () => this.model.now },
            choose: (seconds) => this.handlers.span(seconds),
            change: (change) => {
                this.#change(change)
                if (!this.#window.isZoomed) this.#selected = undefined
            },
        }
    }

    protected override render(): TemplateResult {
        const { now } = this.model
        const sides = this.#plot?.sides ?? { left: 58, right: 28 }
        const id = this.#selected?.id
        return html`<section class="card history" aria-labelledby="history-heading">
                <h2 id="history-heading" class="unseen">${t(this.kind === 'power' ? 'history' : 'energyHistory')}</h2>
                <div class="choices">${this.#kinds()} ${windowSpans(this.#controls)} ${windowMoves(this.#controls)}</div>
                ${this.#figures()} ${this.#plotted()}
                ${lanes(this.#instances, this.#range, now, sides, id, (instance) => this.#select(instance))}
            </section>
            ${instanceList({
                instances: this.#instances,
                now,
                offset: this.offset,
                selected: id,
                go: (offset) => {
                    this.offset = offset
                },
                select: (instance) => this.#select(instance),
                stop: (instance) => this.handlers.stop([instance.id]),
            })}`
    }

    #kinds(): TemplateResult {
        const button = (kind: Kind) =>
            html`<button type="button" aria-pressed=${kind === this.kind} @click=${() => this.handlers.kind(kind)}>${t(kind)}</button>`
        return html`<div class="segments" role="group" aria-label=${t('kind')}>${button('power')} ${button('energy')}</div>`
    }

    /** Of what is under the pointer, or else of the whole time. */
    #figures(): TemplateResult {
        const { step, total } = this.#history
        const figures = this.hovered ?? total
        const time = this.hovered ? momentText(this.hovered.from, step) : rangeText(this.#range)
        const known: [string, string | undefined][] = [
            [t('energy'), typeof figures?.kWh === 'number' ? energyText(figures.kWh * 1000) : undefined],
            [t('cost'), typeof figures?.cost === 'number' ? costText(figures.cost) : undefined],
            [t('mean'), typeof figures?.meanW === 'number' ? powerText(figures.meanW) : undefined],
            [t('least'), this.hovered && typeof figures?.minW === 'number' ? powerText(figures.minW) : undefined],
            [t('greatest'), typeof figures?.maxW === 'number' ? powerText(figures.maxW) : undefined],
        ]
        return html`<dl class="figures">
            <div class="time"><dt>${t('time')}</dt><dd>${time}</dd></div>
            ${known.map(([name, value]) => (value ? html`<div><dt>${name}</dt><dd>${value}</dd></div>` : nothing))}
        </dl>`
    }

    #plotted(): TemplateResult {
        const isBlank = this.#pieces.every((piece) => piece.meanW === null && piece.kWh === null)
        const note = !isBlank ? '' : this.#isLoading ? t('loading') : t('nothingMeasured')
        return html`<div
                class="plot"
                tabindex="0"
                role="group"
                aria-label=${t(this.kind === 'power' ? 'plotOfPower' : 'plotOfEnergy', { time: rangeText(this.#range) })}
                aria-describedby="plot-keys"
                @keydown=${(event: KeyboardEvent) => windowKey(event, this.#controls)}
            >
                ${note ? html`<span class="blank hint">${note}</span>` : nothing}
            </div>
            <p class="unseen" id="plot-keys">${t('plotKeys')}</p>
            ${this.#lack()}`
    }

    /** Why there is no history. */
    #lack(): TemplateResult | typeof nothing {
        if (!this.#trouble) return nothing
        const { message: reason, status } = this.#trouble
        return html`<p class="hint">${t('noHistory', { reason })} ${status === 404 ? t('noReport') : nothing}</p>`
    }
}

customElements.define('power-history', PowerHistory)
