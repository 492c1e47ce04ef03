import { html, nothing, type TemplateResult } from 'lit'
import type { Fault } from '../shared/rest.ts'
import { DEGREES, numberText, parseNumber } from './format.ts'
import { type Draft, exactDuration, parseDuration, removePoint, sortPoints } from './profile.ts'
import { t } from './texts.ts'

export interface PointsTableOptions {
    draft: Draft
    /** What is wrong with the points: `points[1].at`. */
    faults: readonly Fault[]
    selected: number | undefined
    changed(draft: Draft): void
    select(index: number): void
    add(): void
}

/** The points of a profile as a table; it can do what the curve can. */
export function pointsTable(options: PointsTableOptions): TemplateResult {
    const { draft, add } = options
    return html`<table class="points">
            <thead>
                <tr>
                    <th scope="col">${t('point')}</th>
                    <th scope="col">${t(draft.kind === 'date' ? 'atDate' : 'afterStart')}</th>
                    <th scope="col">${t('setPoint')} (${DEGREES})</th>
                    <td></td>
                </tr>
            </thead>
            <tbody>${draft.points.map((_, index) => row(index, options))}</tbody>
        </table>
        <button type="button" class="add" @click=${add}>${t('addPoint')}</button>`
}

function row(index: number, { draft, faults, selected, changed, select }: PointsTableOptions): TemplateResult {
    const { at, value } = draft.points[index]!
    const isFixed = index < draft.fixed
    const put = (point: { at: number; value: number }) => changed({ ...draft, points: draft.points.with(index, point) })
    const found = faults.filter(({ path }) => path === `points[${index}]` || path.startsWith(`points[${index}].`))
    const isWrong = (name: string) => found.some(({ path }) => path.endsWith(`.${name}`) || path.endsWith(']'))
    const time = ({ target }: Event) => {
        const input = target as HTMLInputElement
        const given = draft.kind === 'date' ? Date.parse(input.value) : parseDuration(input.value)
        if (Number.isNaN(given)) input.value = timeText(draft.kind, at)
        else changed(sortPoints({ ...draft, points: draft.points.with(index, { at: given, value }) }))
    }
    const setPoint = ({ target }: Event) => {
        const input = target as HTMLInputElement
        const given = parseNumber(input.value)
        if (Number.isNaN(given)) input.value = numberText(value)
        else put({ at, value: given })
    }
    const of = (name: string) => t('ofPoint', { name, number: index + 1 })
    return html`<tr class=${index === selected ? 'selected' : ''} @focusin=${() => select(index)}>
            <th scope="row">${index + 1}</th>
            <td>
                <input
                    type=${draft.kind === 'date' ? 'datetime-local' : 'text'}
                    step=${new Date(at).getSeconds() === 0 ? 60 : 1}
                    autocomplete="off"
                    aria-label=${of(t(draft.kind === 'date' ? 'atDate' : 'afterStart'))}
                    aria-invalid=${isWrong(draft.kind === 'date' ? 'at' : 'after')}
                    .value=${timeText(draft.kind, at)}
                    ?disabled=${isFixed}
                    @change=${time}
                >
            </td>
            <td>
                <input
                    inputmode="decimal"
                    autocomplete="off"
                    aria-label=${of(t('setPoint'))}
                    aria-invalid=${isWrong('value')}
                    .value=${numberText(value)}
                    ?disabled=${isFixed}
                    @change=${setPoint}
                >
            </td>
            <td>
                ${
                    isFixed
                        ? html`<small>${t('pointOver')}</small>`
                        : html`<button
                              type="button"
                              class="plain"
                              aria-label=${t('removePoint', { number: index + 1 })}
                              ?disabled=${draft.points.length < 2}
                              @click=${() => changed(removePoint(draft, index))}
                          >✕</button>`
                }
            </td>
        </tr>
        ${found.length > 0 ? html`<tr class="faulty"><td colspan="4"><p class="fault">${found.map(({ message }) => message).join('; ')}</p></td></tr>` : nothing}`
}

/** A time as the inputs have it. */
function timeText(kind: Draft['kind'], at: number): string {
    if (kind === 'offset') return exactDuration(at)
    const date = new Date(at)
    const two = (number: number) => String(number).padStart(2, '0')
    const seconds = date.getSeconds() === 0 ? '' : `:${two(date.getSeconds())}`
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}${seconds}`
}
