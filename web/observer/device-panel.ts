import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { spanText } from '../shared/texts.ts'
import { Trend } from '../shared/trend.ts'
import { displayText, isSettable, parseInput, statusText } from './cells.ts'
import { ordered } from './columns.ts'
import { type Columns, timeOf } from './fleet-view.ts'
import { spans } from './preferences.ts'
import { columnName, t } from './texts.ts'
import type { ViewClient } from './view-client.ts'

/** Milliseconds that an answer may take. */
const PATIENCE = 30_000
/** Seconds of history that are requested at least: the value at the beginning of the trend may have been reported long before. */
const LEAST_HISTORY = 300

export interface PanelHandlers {
    /** Another span was chosen, in seconds. */
    span(seconds: number): void
    /** Another property was chosen. */
    select(property: string): void
    close(): void
}

/** One device: a property of it as a trend, and a form to set it. */
export class DevicePanel extends LitElement {
    static override properties = { device: {}, property: {}, span: {}, isLive: {} }
    declare device: string
    declare property: string
    declare span: number
    /** Whether there is a connection, so that the view is up to date. */
    declare isLive: boolean
    client!: ViewClient
    handlers!: PanelHandlers
    #trend: Trend | undefined
    /** When a history was requested that has not come yet. */
    #requestedAt: number | undefined
    /** Whether the history has to be requested again. */
    #isStale = false

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    override disconnectedCallback(): void {
        super.disconnectedCallback()
        this.#trend?.close()
        this.#trend = undefined
    }

    /** The device has reported. */
    reported(patch: Columns): void {
        if (!patch.has(this.property)) return
        // After a gap, many reports come at once, each with its own time.
        const at = timeOf(patch.get('last_status_update')) + this.client.view.skew
        this.#trend?.add(Number.isNaN(at) ? Date.now() : Math.min(at, Date.now()), numberOf(patch.get(this.property)))
    }

    /** The view has changed. @param missed whether there may have been changes before that nobody knows */
    changed(missed: boolean): void {
        const now = Date.now()
        if (missed) this.#trend?.addGap(now)
        this.#trend?.add(now, numberOf(this.#value))
        if (missed) this.#requestOnce()
        this.requestUpdate()
    }

    /** @param points their times are by the server's clock */
    history(id: string, property: string, points: { at: number; value: number }[]): void {
        if (id !== this.device || property !== this.property) return
        this.#trend?.setHistory(points.map(({ at, value }) => ({ at: at + this.client.view.skew, value })))
        this.#requestedAt = undefined
        if (this.#isStale) this.#request()
    }

    /** Draws the trend again, in the colours of another theme. */
    redraw(): void {
        this.#startTrend(this.#trend)
    }

    protected override updated(changed: PropertyValues<this>): void {
        if (changed.has('device') || changed.has('property')) {
            const input = this.querySelector<HTMLInputElement>('input')
            if (input) input.value = ''
            this.#startTrend()
        } else if (changed.has('span')) {
            if (this.#trend) this.#trend.span = this.span
            this.#request()
        }
        if (changed.has('isLive')) this.#freeze()
        // The connection that the request was sent over is gone.
        const isBack = this.isLive && changed.get('isLive') === false
        if (isBack && (this.#isStale || this.#requestedAt !== undefined)) this.#request()
    }

    /** Without a connection the line ends where the value was last known. */
    #freeze(): void {
        if (this.#trend) this.#trend.holdsUntil = this.isLive ? undefined : this.client.lastSeen
    }

    get #value(): unknown {
        return this.client.view.value(this.device, this.property)
    }

    /** @param before the same trend, if it is only drawn again */
    #startTrend(before?: Trend): void {
        this.#trend?.close()
        const host = this.querySelector<HTMLElement>('.trend')
        if (!host) return
        this.#trend = new Trend(host, this.span, () => this.requestUpdate())
        if (before) this.#trend.copy(before)
        else {
            this.#trend.add(Date.now(), numberOf(this.#value))
            this.#freeze()
            this.#request()
        }
        this.requestUpdate()
    }

    #request(): void {
        const isSent = this.client.requestHistory(this.device, this.property, Math.max(2 * this.span, LEAST_HISTORY))
        this.#requestedAt = isSent ? Date.now() : undefined
        this.#isStale = !isSent
    }

    /** Requests the history, after the answer to the last request if that is still to come. */
    #requestOnce(): void {
        if (this.#requestedAt !== undefined && Date.now() - this.#requestedAt < PATIENCE) this.#isStale = true
        else this.#request()
    }

    protected override render(): TemplateResult {
        const { device, property } = this
        const isThere = this.client.view.rows.has(device)
        const value = this.#value
        return html`<header>
                <h2>${t('device', { id: device })}</h2>
                <button type="button" aria-label=${t('close')} @click=${() => this.handlers.close()}>✕</button>
            </header>
            ${this.#chooser()}
            <output class="value">${displayText(property, value)}</output>
            ${this.#plot(displayText(property, value), isThere)} ${isThere && isSettable(property) ? this.#form(value) : nothing}`
    }

    #chooser(): TemplateResult {
        const choose = (event: Event) => this.handlers.select((event.target as HTMLSelectElement).value)
        return html`<select aria-label=${t('property')} @change=${choose}>
            ${ordered(this.client.view.columns, { order: [] }).map(
                (one) => html`<option value=${one} .selected=${one === this.property}>${columnName(one)}</option>`,
            )}
        </select>`
    }

    #plot(value: string, isThere: boolean): TemplateResult {
        const name = columnName(this.property)
        const isBlank = this.#trend?.isBlank ?? true
        return html`<div class="spans" role="group" aria-label=${t('span')} ?hidden=${isBlank}>
                ${spans.map(
                    (span) =>
                        html`<button type="button" aria-pressed=${span === this.span} @click=${() => this.handlers.span(span)}>${spanText(span)}</button>`,
                )}
            </div>
            <div class="trend" role="img" aria-label=${t('trend', { name, span: spanText(this.span), value })} ?hidden=${isBlank}></div>
            ${isThere ? nothing : html`<p class="hint">${t('gone')}</p>`}
            ${isThere && isBlank ? html`<p class="hint">${t('noTrend', { name })}</p>` : nothing}`
    }

    #form(before: unknown): TemplateResult {
        const submit = (event: Event) => {
            event.preventDefault()
            const input = (event.target as HTMLFormElement).querySelector('input')
            if (input?.value) this.client.commands.set(this.device, this.property, parseInput(input.value, before))
        }
        const status = this.client.commands.status(this.device, this.property)
        return html`<form @submit=${submit}>
            <input aria-label=${t('newValue')} placeholder=${t('newValue')} autocomplete="off">
            <button type="submit">${t('set')}</button>
            <output class=${status ? `mark ${status.state}` : 'mark'} role="status">${status ? statusText(status) : ''}</output>
        </form>`
    }
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null)

customElements.define('device-panel', DevicePanel)
