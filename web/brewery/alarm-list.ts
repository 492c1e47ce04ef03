import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { durationText, whenText } from '../shared/times.ts'
import { type Alarm, type AlarmState, canReset, canShelve, isAside, isUnacknowledged, priorities, states } from './alarm.ts'
import { valueText } from './format.ts'
import type { AlarmOperation } from './service.ts'
import { t } from './texts.ts'

export interface AlarmListOptions {
    /** In the order in which they are shown. */
    alarms: readonly Alarm[]
    /** By the clock of the server. */
    now: number
    selected: string | undefined
    select(alarm: Alarm): void
    act(operation: AlarmOperation, alarm: Alarm): void
}

/** What ends each state in which an alarm is put aside. */
const returns: Partial<Record<AlarmState, AlarmOperation>> = {
    shelved: 'unshelve',
    suppressed: 'unsuppress',
    'out-of-service': 'return-to-service',
}

const operationsOf = (alarm: Alarm): AlarmOperation[] => [
    ...(isUnacknowledged(alarm) ? ['ack' as const] : []),
    ...(canReset(alarm) ? ['reset' as const] : []),
    ...(canShelve(alarm) ? ['shelve' as const] : []),
    ...[returns[alarm.state] ?? []].flat(),
]

/** How urgent it is: a mark whose shape tells it as well as its colour. */
export function priorityMark({ priority, state }: Pick<Alarm, 'priority' | 'state'>): TemplateResult {
    const known = priorities.find((one) => one === priority) ?? 'medium'
    const style = `priority ${known} ${isUnacknowledged({ state }) ? 'new' : ''} ${isAside({ state }) ? 'aside' : ''}`
    return html`<span class=${style} role="img" aria-label=${t(`priority_${known}`)} title=${t(`priority_${known}`)}></span>`
}

/** The state in a word; one that this page does not know as the flow calls it. */
export function alarmState({ state }: Pick<Alarm, 'state'>): string {
    const known = states.find((one) => one === state)
    return known ? t(`state_${known}`) : state
}

export const alarmList = (options: AlarmListOptions): TemplateResult =>
    html`<ul class="alarms">
        ${repeat(
            options.alarms,
            ({ id }) => id,
            (alarm) => row(alarm, options),
        )}
    </ul>`

function row(alarm: Alarm, { now, selected, select, act }: AlarmListOptions): TemplateResult {
    const name = alarm.text || alarm.id
    const operations = operationsOf(alarm)
    return html`<li data-id=${alarm.id} class=${alarm.id === selected ? 'selected' : ''}>
        ${priorityMark(alarm)}
        <div class="what">
            <button type="button" class="link" aria-current=${alarm.id === selected} aria-label=${t('showAlarm', { alarm: name })} @click=${() => select(alarm)}>${name}</button>
            <small>${[alarm.id === name ? '' : alarm.id, alarm.value === null || alarm.value === undefined ? '' : valueText(alarm.value)].filter(Boolean).join(' · ')}</small>
            ${alarm.comment ? html`<small class="comment">${alarm.by ? `${alarm.by}: ` : ''}${alarm.comment}</small>` : nothing}
        </div>
        <div class="how">
            <span class=${isUnacknowledged(alarm) ? 'urgent' : ''}>${alarmState(alarm)}</span>
            <small>${when(alarm, now)}</small>
        </div>
        <div class="acts">
            ${operations.map((one) => html`<button type="button" class=${one === 'ack' ? 'act ack' : 'act'} aria-label=${t('actOf', { action: t(one), alarm: name })} @click=${() => act(one, alarm)}>${t(one)}</button>`)}
        </div>
    </li>`
}

function when({ since, shelvedUntil, state }: Alarm, now: number): string {
    const until = Date.parse(shelvedUntil ?? '')
    if (state === 'shelved' && !Number.isNaN(until))
        return t('shelvedUntil', { time: whenText(until, now), left: durationText(Math.ceil(Math.max(until - now, 0) / 60_000) * 60_000) })
    return whenText(Date.parse(since), now)
}
