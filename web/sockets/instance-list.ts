import { html, nothing, type TemplateResult } from 'lit'
import { clockText, durationText, whenText } from '../shared/times.ts'
import { pager } from '../shared/widgets.ts'
import { costText, energyText, powerText } from './format.ts'
import { endOf, startOf } from './lanes.ts'
import { type Instance, MOST_INSTANCES } from './service.ts'
import { t } from './texts.ts'

export interface ListOptions {
    /** Newest first. */
    instances: readonly Instance[]
    /** By the server's clock. */
    now: number
    offset: number
    selected: string | undefined
    go(offset: number): void
    select(instance: Instance): void
    stop(instance: Instance): void
}

const PAGE = 10

/** The instances of the time that is shown, with what they have used. */
export function instanceList(options: ListOptions): TemplateResult {
    const { instances, offset, go } = options
    const shown = instances.slice(offset, offset + PAGE)
    const count = instances.length
    const counted = count >= MOST_INSTANCES ? t('mostInstances', { count }) : t('instancesOf', { count })
    return html`<section class="card instances" aria-labelledby="instances-heading">
        <header>
            <h2 id="instances-heading">${t('instances')}</h2>
            <span class="hint">${count > 0 ? counted : nothing}</span>
        </header>
        ${count > 0 ? table(shown, options) : html`<p class="hint">${t('noInstances')}</p>`}
        ${pager(offset, count > PAGE ? PAGE : 0, shown.length, count, go)}
    </section>`
}

function table(shown: readonly Instance[], options: ListOptions): TemplateResult {
    const hasCost = options.instances.some(({ summary }) => typeof summary?.cost === 'number')
    const hasMax = options.instances.some(({ summary }) => typeof summary?.maxW === 'number')
    const optional = [...(hasCost ? [t('cost')] : []), t('mean'), ...(hasMax ? [t('greatest')] : [])]
    const columns = [t('began'), t('duration'), t('energy'), ...optional]
    return html`<table>
        <thead>
            <tr>
                ${columns.map((name) => html`<th scope="col">${name}</th>`)}
                <td></td>
            </tr>
        </thead>
        <tbody>
            ${shown.map((instance) => row(instance, { hasCost, hasMax }, options))}
        </tbody>
    </table>`
}

function row(
    instance: Instance,
    { hasCost, hasMax }: { hasCost: boolean; hasMax: boolean },
    { now, selected, select, stop }: ListOptions,
): TemplateResult {
    const { summary, stopTimestamp, id } = instance
    const when = whenText(startOf(instance), now)
    const cost = typeof summary?.cost === 'number' ? costText(summary.cost) : '–'
    return html`<tr class=${id === selected ? 'selected' : ''}>
        <th scope="row">
            <button type="button" class="link" aria-label=${t('show', { when })} @click=${() => select(instance)}>${when}</button>
        </th>
        <td class="detail duration">${durationText(endOf(instance, now) - startOf(instance))}</td>
        <td>${energyText(summary?.energyWh)}</td>
        ${hasCost ? html`<td>${cost}</td>` : nothing}
        <td class="detail" data-name=${t('mean')}>${powerText(summary?.meanW)}</td>
        ${hasMax ? html`<td class="detail" data-name=${t('greatest')}>${powerText(summary?.maxW)}</td>` : nothing}
        <td class="end">
            <span class="hint">${endText(instance)}</span>
            ${
                stopTimestamp === null
                    ? html`<button type="button" aria-label=${t('stopOne', { when })} @click=${() => stop(instance)}>${t('stop')}</button>`
                    : nothing
            }
        </td>
    </tr>`
}

/** When it will stop by itself, or why it was stopped, if somebody else did that. */
function endText(instance: Instance): string {
    const { stopTimestamp, timeout, isEmergencyStopped, isManuallyStopped } = instance
    if (stopTimestamp === null) return timeout > 0 ? t('stopsAt', { time: clockText(startOf(instance) + timeout) }) : t('running')
    if (isEmergencyStopped) return t('endedEmergency')
    return isManuallyStopped ? t('endedManually') : ''
}
