import { html, nothing, type TemplateResult } from 'lit'
import { pageSizes } from './address.ts'
import type { Kept } from './kept.ts'
import { t } from './texts.ts'

export type Opened = 'filters' | 'columns' | 'access'

export interface ToolbarUser {
    kept: Kept
    /** Rows a page; 0 means all. */
    rows: number
    /** How many filters there are. */
    filters: number
    opened: Opened | undefined
    toggle(which: Opened): void
    resize(rows: number): void
    animate(isOn: boolean): void
    paint(theme: Kept['theme']): void
}

/** Says that devices were refused because nobody knows them: they are in no row. */
export const unregisteredNote = (devices: number): TemplateResult | typeof nothing =>
    devices === 0
        ? nothing
        : html`<span class="unregistered" role="status" title=${t('unregisteredHint')}>${t('unregistered', { devices })}</span>`

/** What is there all the time to change what is seen. */
export function toolbar(user: ToolbarUser): TemplateResult {
    const opener = (which: Opened, text: string, isActive = false) =>
        html`<button
            type="button"
            class=${isActive ? 'active' : ''}
            data-opens=${which}
            aria-expanded=${user.opened === which}
            @click=${() => user.toggle(which)}
        >
            ${text}
        </button>`
    const chosen = ({ target }: Event) => (target as HTMLSelectElement).value
    const { filters, kept } = user
    return html`<div class="toolbar" role="group" aria-label=${t('view')}>
        ${opener('filters', filters ? `${t('filters')} (${filters})` : t('filters'), filters > 0)} ${opener('columns', t('columns'))}
        ${opener('access', t('access'))}
        <label>
            ${t('rows')}
            <select @change=${(event: Event) => user.resize(Number(chosen(event)))}>
                ${pageSizes.map((size) => html`<option value=${size} .selected=${size === user.rows}>${size || t('all')}</option>`)}
            </select>
        </label>
        <label>
            <input type="checkbox" .checked=${kept.animate} @change=${({ target }: Event) => user.animate((target as HTMLInputElement).checked)}>
            ${t('animate')}
        </label>
        <label>
            ${t('theme')}
            <select @change=${(event: Event) => user.paint(chosen(event) as Kept['theme'])}>
                ${(['auto', 'light', 'dark'] as const).map(
                    (theme) => html`<option value=${theme} ?selected=${theme === kept.theme}>${t(theme)}</option>`,
                )}
            </select>
        </label>
    </div>`
}
