import { html, type LitElement, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { Filter } from './address.ts'
import { ordered } from './columns.ts'
import type { Kept } from './kept.ts'
import { columnName, t } from './texts.ts'

const operations = ['contains', '=', '!=', '<', '<=', '>', '>=', 'silent']
/** Only a device as a whole can be silent. */
const operation = (op: string): Partial<Filter> => (op === 'silent' ? { op, property: 'last_status_update' } : { op })
const operationName = (op: string) => (op === 'contains' || op === 'silent' ? t(op) : op)

const fresh: Filter = { property: 'serial_number', op: 'contains', value: '' }

/** Whoever presses a key goes on where it matters, once that is there. */
function focusLater(target: EventTarget | null, selectors: string[]): void {
    const section = (target as HTMLElement).closest('section')
    const page = section?.closest<LitElement>('fleet-observer')
    void page?.updateComplete.then(() => {
        const [first] = selectors.flatMap((selector) => section?.querySelector<HTMLElement>(selector) ?? [])
        first?.focus()
    })
}

/** @param change is given the filters as they are to be */
export function filterRows(filters: Filter[], known: string[], change: (filters: Filter[]) => void): TemplateResult {
    const properties = ordered(known, { order: [] })
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
    return html`<section class="filters" aria-label=${t('filters')}>
        <ul>
            ${filters.map(row)}
        </ul>
        <button type="button" data-adds @click=${add}>${t('addFilter')}</button>
    </section>`
}

export interface ChooserUser {
    toggle(property: string): void
    move(property: string, by: -1 | 1): void
}

export function columnChooser(known: string[], kept: Kept, user: ChooserUser): TemplateResult {
    const columns = ordered(known, kept).slice(1)
    const move = ({ target }: Event, name: string, by: -1 | 1) => {
        user.move(name, by)
        // The column has gone on to another place of the list: so does whoever moves it, also at its end.
        const labels = [by < 0 ? 'up' : 'down', by < 0 ? 'down' : 'up'].map((key) => t(key as 'up', { name: columnName(name) }))
        focusLater(
            target,
            labels.map((label) => `button:enabled[aria-label="${CSS.escape(label)}"]`),
        )
    }
    return html`<section class="chooser" aria-label=${t('columns')}>
        <ul>
            ${columns.map((name, index) => {
                const column = columnName(name)
                const shown = t('showColumn', { name: column })
                return html`<li>
                    <label>
                        <input
                            type="checkbox"
                            aria-label=${shown}
                            .checked=${live(!kept.hidden.includes(name))}
                            @change=${() => user.toggle(name)}
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

/** @param go is given the first row to show */
export function pager(
    offset: number,
    size: number,
    shown: number,
    total: number,
    go: (offset: number) => void,
): TemplateResult | typeof nothing {
    if (size === 0) return nothing
    return html`<nav class="pager" aria-label=${t('pages')}>
        <button type="button" aria-label=${t('previous')} ?disabled=${offset === 0} @click=${() => go(Math.max(0, offset - size))}>‹</button>
        <span>${t('page', { from: shown ? offset + 1 : 0, to: offset + shown, total })}</span>
        <button type="button" aria-label=${t('next')} ?disabled=${offset + size >= total} @click=${() => go(offset + size)}>›</button>
    </nav>`
}

export function accessForm(token: string, use: (token: string) => void): TemplateResult {
    const submit = (event: Event) => {
        event.preventDefault()
        use((event.target as HTMLFormElement).querySelector('input')?.value.trim() ?? '')
    }
    return html`<form class="access" aria-label=${t('access')} @submit=${submit}>
        <label>${t('token')} <input type="password" autocomplete="off" .value=${token} aria-describedby="token-hint"></label>
        <button type="submit">${t('useToken')}</button>
        <small id="token-hint">${t('tokenHint')}</small>
    </form>`
}
