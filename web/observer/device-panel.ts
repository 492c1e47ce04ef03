import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { isSettable, type Mark, markText, shown, typed } from './cells.ts'
import { ordered } from './columns.ts'
import type { FleetView } from './fleet-view.ts'
import { columnName, t } from './texts.ts'
import { Trend } from './trend.ts'

/** Seconds that the trend goes back. */
const SECONDS = 30

export interface PanelUser {
    history(id: string, property: string, seconds: number): void
    set(id: string, property: string, value: unknown): void
    mark(id: string, property: string): Mark | undefined
    close(): void
}

/** One device: a property's last seconds as a trend, and a way to set it. */
export class DevicePanel extends LitElement {
    static override properties = { device: {}, property: {} }
    declare device: string
    declare property: string
    view!: FleetView
    user!: PanelUser
    #trend: Trend | undefined

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    override disconnectedCallback(): void {
        super.disconnectedCallback()
        this.#trend?.close()
        this.#trend = undefined
    }

    /** There is news of it. */
    changed(patch: ReadonlyMap<string, unknown> | undefined): void {
        const value = patch?.get(this.property)
        if (typeof value === 'number') {
            if (this.#trend) this.#trend.add(Date.now(), value)
            else this.#begin()
        }
        this.requestUpdate()
    }

    /** What it was before it was looked at. Times are the server's. */
    history(id: string, property: string, points: { at: number; value: number }[]): void {
        if (id !== this.device || property !== this.property) return
        this.#trend?.prepend(points.map(({ at, value }) => ({ at: at + this.view.skew, value })))
    }

    /** Draws it again, as colours have become others. */
    restart(): void {
        this.#begin()
    }

    protected override updated(changed: PropertyValues<this>): void {
        if (!changed.has('device') && !changed.has('property')) return
        const input = this.querySelector<HTMLInputElement>('input')
        if (input) input.value = ''
        this.#begin()
    }

    #begin(): void {
        this.#trend?.close()
        this.#trend = undefined
        const value = this.view.value(this.device, this.property)
        const host = this.querySelector<HTMLElement>('.trend')
        if (typeof value !== 'number' || !host) return
        this.#trend = new Trend(host, SECONDS)
        this.#trend.add(Date.now(), value)
        this.user.history(this.device, this.property, SECONDS)
        this.requestUpdate()
    }

    protected override render(): TemplateResult {
        const { device, property, view } = this
        const value = view.value(device, property)
        const name = columnName(property)
        const isThere = view.rows.has(device)
        const choose = (event: Event) => {
            this.property = (event.target as HTMLSelectElement).value
        }
        return html`<header>
                <h2>${t('device', { id: device })}</h2>
                <button type="button" aria-label=${t('close')} @click=${() => this.user.close()}>✕</button>
            </header>
            <p class="value">
                <select aria-label=${t('property')} @change=${choose}>
                    ${ordered(view.columns, { order: [] }).map(
                        (one) => html`<option value=${one} ?selected=${one === property}>${columnName(one)}</option>`,
                    )}
                </select>
                <output>${property === 'serial_number' ? device : shown(property, value)}</output>
            </p>
            <div
                class="trend"
                role="img"
                aria-label=${t('trend', { name, seconds: SECONDS, value: shown(property, value) })}
                ?hidden=${typeof value !== 'number'}
            ></div>
            ${typeof value === 'number' ? nothing : html`<p class="hint">${isThere ? t('noTrend') : t('gone')}</p>`}
            ${isThere && isSettable(property) ? this.#form(value) : nothing}`
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

customElements.define('device-panel', DevicePanel)
