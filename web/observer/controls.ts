import { html, type LitElement, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { Filter } from './address.ts'
import { ordered } from './columns.ts'
import type { Preferences } from './preferences.ts'
import { columnName, t } from './texts.ts'

const operations = ['contains', '=', '!=', '<', '<=', '>', '>=', 'silent']
/** Only a device can be silent, not a property of it. */
const operation = (op: string): Partial<Filter> => (op === 'silent' ? { op, property: 'last_status_update' } : { op })
const operationName = (op: string) => (op === 'contains' || op === 'silent' ? t(op) : op)

const fresh: Filter = { property: 'serial_number', op: 'contains', value: '' }

/** Moves the focus to the first element that matches, once the page has been rendered again. */
function focusLater(target: EventTarget | null, selectors: string[]): void {
    const section = (target as HTMLElement).closest('section')
    const page = section?.closest<LitElement>('fleet-observer')
    void page?.updateComplete.then(() => {
        const [first] = selectors.flatMap((selector) => section?.querySelector<HTMLElement>(selector) ?? [])
        first?.focus()
    })
}

/** @param change is given all filters, with the change made */
export function filterRows(filters: Filter[], columns: string[], change: (filters: Filter[]) => void): TemplateResult {
    const properties = ordered(columns, { order: [] })
    const set = (index: number, part: Partial<Filter>) =>
        change(filters.map((filter, at) => (at === index ? { ...filter, ...part } : filter)))
    const input = (event: Event) => (event.target as HTMLInputElement).value
    const add = ({ target }: Event) => {
        change([...filters, fresh])
        focusLater(target, ['li:last-child select'])
    }
    const drop = ({ target }: Event, index: number) => {
        change(filters.filter((_, at) => at !== index))
        focusLater(target, ['[data-adds]'])
    }
    const row = (filter: Filter, index: number) => html`<li>
        <select aria-label=${t('property')} ?disabled=${filter.op === 'silent'} @change=${(event: Event) => set(index, { property: input(event) })}>
            ${[...new Set([...properties, filter.property])].map(
                (property) => html`<option value=${property} .selected=${property === filter.property}>${columnName(property)}</option>`,
            )}
        </select>
        <select aria-label=${t('comparison')} @change=${(event: Event) => set(index, operation(input(event)))}>
            ${operations.map((op) => html`<option value=${op} .selected=${op === filter.op}>${operationName(op)}</option>`)}
        </select>
        <input aria-label=${t('value')} inputmode=${filter.op === 'silent' ? 'decimal' : 'text'} .value=${live(filter.value)} @input=${(event: Event) => set(index, { value: input(event) })}>
        <button type="button" aria-label=${t('removeFilter', { number: index + 1 })} @click=${(event: Event) => drop(event, index)}>
            ✕
        </button>
    </li>`
    return html`<section class="section filters" aria-label=${t('filters')}>
        <ul>
            ${filters.map(row)}
        </ul>
        <button type="button" data-adds @click=${add}>${t('addFilter')}</button>
    </section>`
}

export interface ChooserHandlers {
    toggle(property: string): void
    move(property: string, by: -1 | 1): void
}

export function columnChooser(known: string[], preferences: Preferences, handlers: ChooserHandlers): TemplateResult {
    const columns = ordered(known, preferences).slice(1)
    const move = ({ target }: Event, name: string, by: -1 | 1) => {
        handlers.move(name, by)
        // The focus follows the column; at an end of the list its first button is disabled.
        const labels = [by < 0 ? 'up' : 'down', by < 0 ? 'down' : 'up'].map((key) => t(key as 'up', { name: columnName(name) }))
        focusLater(
            target,
            labels.map((label) => `button:enabled[aria-label="${CSS.escape(label)}"]`),
        )
    }
    return html`<section class="section chooser" aria-label=${t('columns')}>
        <ul>
            ${columns.map((name, index) => {
                const column = columnName(name)
                const shown = t('showColumn', { name: column })
                return html`<li>
                    <label>
                        <input
                            type="checkbox"
                            aria-label=${shown}
                            .checked=${live(!preferences.hidden.includes(name))}
                            @change=${() => handlers.toggle(name)}
                        >
                        ${column}
                    </label>
                    <button type="button" aria-label=${t('up', { name: column })} ?disabled=${index === 0} @click=${(event: Event) => move(event, name, -1)}>
                        ←
                    </button>
                    <button
                        type="button"
                        aria-label=${t('down', { name: column })}
                        ?disabled=${index === columns.length - 1}
                        @click=${(event: Event) => move(event, name, 1)}
                    >
                        →
                    </button>
                </li>`
            })}
        </ul>
    </section>`
}
