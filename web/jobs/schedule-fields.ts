import { html, nothing, type TemplateResult } from 'lit'
import { entryOf, textInput } from '../shared/fields.ts'
import type { Fault, Refused } from '../shared/rest.ts'
import { locale } from '../shared/times.ts'
import { faultsInLanguage } from './server-texts.ts'
import type { Service, Trigger } from './service.ts'
import { roughly } from './status.ts'
import { t } from './texts.ts'

/** Whether a job runs once or again and again. */
export type Kind = 'once' | 'repeating'

export interface Preview {
    /** The next runs, in ISO 8601. */
    runs: string[]
}

export interface ScheduleHandlers {
    choose(kind: Kind): void
    changed(): void
}

/** Milliseconds from now that a job is due unless something else is chosen. */
const SOON = 600_000

/** Repetitions that are wanted often. */
const crons = [
    ['everyHour', '0 * * * *'],
    ['everyDay', '0 9 * * *'],
    ['weekdays', '0 9 * * 1-5'],
    ['weekly', '0 9 * * 1'],
] as const

export const presets = {
    zones: html`<datalist id="zones">${Intl.supportedValuesOf('timeZone').map((zone) => html`<option value=${zone}></option>`)}</datalist>`,
}

/** What the schedule's fields say, as the server takes it. */
export function readSchedule(form: HTMLFormElement, kind: Kind): Trigger['Schedule'] {
    const value = (name: string) => entryOf(form, name)
    const timeZone = value('timeZone')
    const times = kind === 'once' ? { date: value('date'), time: value('time') } : { cron: value('cron') }
    return { ...times, ...(timeZone && { timeZone }) }
}

/** Asks for the next runs, and for what is wrong with a schedule. A server that does not know them says nothing. */
export function previewed(
    service: Service,
    schedule: Trigger['Schedule'],
): Promise<{ preview: Preview | undefined; faults: readonly Fault[] }> {
    // What was not entered yet is not wrong yet.
    if (Object.values(schedule).some((value) => value === '')) return Promise.resolve({ preview: undefined, faults: [] })
    return service.preview(schedule).then(
        ({ runs }) => ({ preview: Array.isArray(runs) ? { runs } : undefined, faults: [] }),
        ({ faults }: Refused) => ({ preview: undefined, faults: faultsInLanguage(faults) }),
    )
}

export function scheduleFields(
    faults: readonly Fault[],
    kind: Kind,
    preview: Preview | undefined,
    { choose, changed }: ScheduleHandlers,
): TemplateResult {
    const button = (one: Kind) => html`<button type="button" aria-pressed=${one === kind} @click=${() => choose(one)}>${t(one)}</button>`
    return html`<fieldset>
        <legend class="unseen">${t('schedule')}</legend>
        <div class="segments">${button('once')} ${button('repeating')}</div>
        ${kind === 'once' ? onceFields(faults, changed) : cronField(faults, changed)} ${nextRuns(preview)}
    </fieldset>`
}

function onceFields(faults: readonly Fault[], changed: () => void): TemplateResult {
    const soon = new Date(Date.now() + SOON)
    const two = (number: number) => String(number).padStart(2, '0')
    const date = `${soon.getFullYear()}-${two(soon.getMonth() + 1)}-${two(soon.getDate())}`
    const time = `${two(soon.getHours())}:${two(soon.getMinutes())}`
    return html`<div class="pair">
        ${textInput(faults, { name: 'date', label: t('date'), type: 'date', paths: ['Schedule.date', 'Schedule'], value: date, changed })}
        ${textInput(faults, { name: 'time', label: t('time'), type: 'time', paths: ['Schedule.time'], value: time, changed })}
    </div>`
}

function cronField(faults: readonly Fault[], changed: () => void): TemplateResult {
    const use = (event: Event, cron: string) => {
        const input = (event.target as HTMLElement).closest('fieldset')!.querySelector<HTMLInputElement>('[name=cron]')!
        input.value = cron
        changed()
    }
    return html`${textInput(faults, { name: 'cron', label: t('cron'), paths: ['Schedule.cron', 'Schedule'], hint: t('cronHint'), value: '0 9 * * 1-5', changed })}
        <div class="presets">
            ${crons.map(([name, cron]) => html`<button type="button" class="link" @click=${(event: Event) => use(event, cron)}>${t(name)}</button>`)}
        </div>`
}

const moment = new Intl.DateTimeFormat(locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: 'numeric',
    minute: '2-digit',
    year: 'numeric',
})

function nextRuns(preview: Preview | undefined): TemplateResult {
    const runs = preview?.runs ?? []
    return html`<div class="runs" role="status">
        ${
            runs.length > 0
                ? html`<span>${t(runs.length > 1 ? 'nextRuns' : 'nextRun')}</span>
                      <ol>${runs.map((run) => html`<li>${moment.format(Date.parse(run))} <small>${t('inTime', { time: roughly(Date.parse(run) - Date.now()) })}</small></li>`)}</ol>`
                : nothing
        }
    </div>`
}
