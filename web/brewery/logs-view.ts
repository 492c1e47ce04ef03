import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { momentText } from '../shared/times.ts'
import type { BreweryModel } from './brewery-model.ts'
import { type LogEntry, type Severity, selectLogs, severities } from './log.ts'
import type { PageHandlers } from './page-handlers.ts'
import type { Preferences } from './preferences.ts'
import { t } from './texts.ts'

/** Rows to begin with, and that are added at a time. */
const ROWS = 200

/** What the flow and its devices say. */
class LogsView extends LitElement {
    static override properties = { model: {}, preferences: {}, search: { state: true }, rows: { state: true }, held: { state: true } }
    declare model: BreweryModel
    declare preferences: Preferences
    declare search: string
    declare rows: number
    /** What is shown while nothing new is to come. */
    declare held: readonly LogEntry[] | undefined
    handlers!: PageHandlers

    constructor() {
        super()
        this.search = ''
        this.rows = ROWS
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    protected override render(): TemplateResult {
        const { severity } = this.preferences
        const all = this.held ?? this.model.logs
        const found = selectLogs(all, severity, this.search)
        return html`<section class="card" aria-labelledby="logs-heading">
            <h2 id="logs-heading" class="unseen">${t('logs')}</h2>
            ${this.#choices(severity)}
            ${
                found.length > 0
                    ? html`<ol class="logs">${repeat(found.slice(0, this.rows), ({ id }) => id, entry)}</ol>`
                    : html`<p class="hint">${t(all.length > 0 ? 'noSuchLog' : 'noLogs')}</p>`
            }
            ${found.length > this.rows ? html`<button type="button" class="more" @click=${() => this.#more()}>${t('more')}</button>` : nothing}
        </section>`
    }

    #more(): void {
        this.rows += ROWS
    }

    #choices(severity: Severity): TemplateResult {
        const choose = ({ target }: Event) => this.handlers.prefer({ severity: (target as HTMLSelectElement).value as Severity })
        const type = ({ target }: Event) => {
            this.search = (target as HTMLInputElement).value
        }
        const hold = () => {
            this.held = this.held ? undefined : [...this.model.logs]
        }
        const missed = this.held ? this.model.logs.filter(({ id }) => id > (this.held!.at(-1)?.id ?? 0)).length : 0
        return html`<div class="choices">
            <label>${t('leastSeverity')}
                <select @change=${choose}>
                    ${severities.map((one) => html`<option value=${one} ?selected=${one === severity}>${t(`severity_${one}`)}</option>`)}
                </select>
            </label>
            <input type="search" aria-label=${t('search')} placeholder=${t('search')} .value=${this.search} @input=${type}>
            <button type="button" class="end" aria-pressed=${this.held !== undefined} @click=${hold}>
                ${t('hold')}${missed > 0 ? html` <small>${t('newLogs', { count: missed })}</small>` : nothing}
            </button>
        </div>`
    }
}

function entry({ at, severity, source, text, isGap }: LogEntry): TemplateResult {
    if (isGap) return html`<li class="gap">${t('logsMissed')}</li>`
    return html`<li class=${severity}>
        <time datetime=${new Date(at).toISOString()}>${momentText(at, 1000)}</time>
        <span class="severity">${t(`severity_${severity}`)}</span>
        <span class="source">${source}</span>
        <span class="text">${text}</span>
    </li>`
}

customElements.define('logs-view', LogsView)
