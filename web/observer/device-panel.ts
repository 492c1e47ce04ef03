import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { isSettable, type Mark, markText, shown, typed } from './cells.ts'
import { ordered } from './columns.ts'
import { type Columns, type FleetView, timeOf } from './fleet-view.ts'
import { spans } from './kept.ts'
import { columnName, spanName, t } from './texts.ts'
import { Trend } from './trend.ts'

/** Milliseconds that an answer may take. */
const PATIENCE = 30_000
/** Seconds of history that are asked for at least: what held when the trend begins may have been said long before. */
const LEAST_HISTORY = 300

export interface PanelUser {
    /** @returns whether it was asked for */
    history(id: string, property: string, seconds: number): boolean
    /** When what is seen was so for certain last. */
    seenAt(): number
    set(id: string, property: string, value: unknown): void
    mark(id: string, property: string): Mark | undefined
    /** Seconds that the trend is to go back, from now on. */
    span(seconds: number): void
    /** Another property is to be shown. */
    look(property: string): void
    close(): void
}

/** One device: a property of it as a trend, and a way to set it. */
export class DevicePanel extends LitElement {
    static override properties = { device: {}, property: {}, span: {}, isLive: {} }
    declare device: string
    declare property: string
    declare span: number
    /** Whether what the view tells is so now. */
    declare isLive: boolean
    view!: FleetView
    user!: PanelUser
    #trend: Trend | undefined
    /** When the history was asked for that is not there yet. */
    #askedAt: number | undefined
    /** Whether it has to be asked for again. */
    #isStale = false

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    override disconnectedCallback(): void {
        super.disconnectedCallback()
        this.#trend?.close()
        this.#trend = undefined
    }

    /** There is news of it. */
    heard(patch: Columns): void {
        if (!patch.has(this.property)) return
        // What was missed comes all at once, each with the time it had.
        const said = timeOf(patch.get('last_status_update')) + this.view.skew
        this.#trend?.add(Number.isNaN(said) ? Date.now() : Math.min(said, Date.now()), numberOf(patch.get(this.property)))
    }

    /** Something of what is seen is different. @param missed if nobody knows what came before */
    changed(missed: boolean): void {
        const now = Date.now()
        if (missed) this.#trend?.missed(now)
        this.#trend?.add(now, numberOf(this.#value))
        if (missed) this.#askOnce()
        this.requestUpdate()
    }

    /** What it was before it was looked at. Times are the server's. */
    history(id: string, property: string, points: { at: number; value: number }[]): void {
        if (id !== this.device || property !== this.property) return
        this.#trend?.learn(points.map(({ at, value }) => ({ at: at + this.view.skew, value })))
        this.#askedAt = undefined
        if (this.#isStale) this.#ask()
    }

    /** Draws it again, as colours have become others. */
    restart(): void {
        this.#begin(this.#trend)
    }

    protected override updated(changed: PropertyValues<this>): void {
        if (changed.has('device') || changed.has('property')) {
            const input = this.querySelector<HTMLInputElement>('input')
            if (input) input.value = ''
            this.#begin()
        } else if (changed.has('span')) {
            if (this.#trend) this.#trend.span = this.span
            this.#ask()
        }
        if (changed.has('isLive')) this.#freeze()
        // What was asked by a connection that has ended is not answered any more.
        const isBack = this.isLive && changed.get('isLive') === false
        if (isBack && (this.#isStale || this.#askedAt !== undefined)) this.#ask()
    }

    /** A line does not go on while nobody knows whether it does. */
    #freeze(): void {
        if (this.#trend) this.#trend.until = this.isLive ? undefined : this.user.seenAt()
    }

    /** As {@link #ask}, but not while an answer is awaited: then, once that is there. */
    #askOnce(): void {
        if (this.#askedAt !== undefined && Date.now() - this.#askedAt < PATIENCE) this.#isStale = true
        else this.#ask()
    }

    get #value(): unknown {
        return this.view.value(this.device, this.property)
    }

    /** @param before the same trend, if it is only drawn anew */
    #begin(before?: Trend): void {
        this.#trend?.close()
        const host = this.querySelector<HTMLElement>('.trend')
        if (!host) return
        this.#trend = new Trend(host, this.span, () => this.requestUpdate())
        if (before) this.#trend.inherit(before)
        else {
            this.#trend.add(Date.now(), numberOf(this.#value))
            this.#freeze()
            this.#ask()
        }
        this.requestUpdate()
    }

    #ask(): void {
        const isAsked = this.user.history(this.device, this.property, Math.max(2 * this.span, LEAST_HISTORY))
        this.#askedAt = isAsked ? Date.now() : undefined
        this.#isStale = !isAsked
    }

    protected override render(): TemplateResult {
        const { device, property, view } = this
        const value = this.#value
        const isThere = view.rows.has(device)
        return html`<header>
                <h2>${t('device', { id: device })}</h2>
                <button type="button" aria-label=${t('close')} @click=${() => this.user.close()}>✕</button>
            </header>
            ${this.#chooser()}
            <output class="value">${shown(property, value)}</output>
            ${this.#plot(shown(property, value), isThere)} ${isThere && isSettable(property) ? this.#form(value) : nothing}`
    }

    #chooser(): TemplateResult {
        const choose = (event: Event) => this.user.look((event.target as HTMLSelectElement).value)
        return html`<select aria-label=${t('property')} @change=${choose}>
            ${ordered(this.view.columns, { order: [] }).map(
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
                        html`<button type="button" aria-pressed=${span === this.span} @click=${() => this.user.span(span)}>${spanName(span)}</button>`,
                )}
            </div>
            <div class="trend" role="img" aria-label=${t('trend', { name, span: spanName(this.span), value })} ?hidden=${isBlank}></div>
            ${isThere ? nothing : html`<p class="hint">${t('gone')}</p>`}
            ${isThere && isBlank ? html`<p class="hint">${t('noTrend', { name })}</p>` : nothing}`
    }

    #form(before: unknown): TemplateResult {
        const submit = (event: Event) => {
            event.preventDefault()
            const input = (event.target as HTMLFormElement).querySelector('input')
            if (input?.value) this.user.set(this.device, this.property, typed(input.value, before))
        }
        const mark = this.user.mark(this.device, this.property)
        return html`<form @submit=${submit}>
            <input aria-label=${t('newValue')} placeholder=${t('newValue')} autocomplete="off">
            <button type="submit">${t('set')}</button>
            <output class=${mark ? `mark ${mark.state}` : 'mark'} role="status">${mark ? markText(mark) : ''}</output>
        </form>`
    }
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null)

customElements.define('device-panel', DevicePanel)
