import { html, nothing, type TemplateResult } from 'lit'
import type { Theme } from '../shared/theme.ts'
import { themeSelect } from '../shared/widgets.ts'
import { pageSizes } from './address.ts'
import type { Preferences } from './preferences.ts'
import { t } from './texts.ts'

export type Section = 'filters' | 'columns' | 'access'

export interface ToolbarOptions {
    preferences: Preferences
    /** Rows a page; 0 means all. */
    rows: number
    /** How many filters are active. */
    filters: number
    openSection: Section | undefined
    toggle(section: Section): void
    setRows(rows: number): void
    setAnimate(animate: boolean): void
    setTheme(theme: Theme): void
}

/** Says that devices were refused as they are not registered: they are in no row. */
export const unregisteredNote = (devices: number): TemplateResult | typeof nothing =>
    devices === 0
        ? nothing
        : html`<span class="unregistered" role="status" title=${t('unregisteredHint')}>${t('unregistered', { devices })}</span>`

export function toolbar(options: ToolbarOptions): TemplateResult {
    const opener = (section: Section, text: string, isActive = false) =>
        html`<button
            type="button"
            class=${isActive ? 'active' : ''}
            data-opens=${section}
            aria-expanded=${options.openSection === section}
            @click=${() => options.toggle(section)}
        >
            ${text}
        </button>`
    const rows = ({ target }: Event) => options.setRows(Number((target as HTMLSelectElement).value))
    const animate = ({ target }: Event) => options.setAnimate((target as HTMLInputElement).checked)
    const { filters, preferences } = options
    return html`<div class="toolbar" role="group" aria-label=${t('view')}>
        ${opener('filters', filters ? `${t('filters')} (${filters})` : t('filters'), filters > 0)} ${opener('columns', t('columns'))}
        ${opener('access', t('access'))}
        <label>
            ${t('rows')}
            <select @change=${rows}>
                ${pageSizes.map((size) => html`<option value=${size} .selected=${size === options.rows}>${size || t('all')}</option>`)}
            </select>
        </label>
        <label>
            <input type="checkbox" .checked=${preferences.animate} @change=${animate}>
            ${t('animate')}
        </label>
        ${themeSelect(preferences.theme, options.setTheme)}
    </div>`
}
