import { html, nothing, type TemplateResult } from 'lit'
import { durationText, momentText } from '../shared/times.ts'
import { type HistoryEntry, type Job, nameOf, robotOf, timeOf } from './job.ts'
import { type Action, actionButton, actionsOf } from './job-list.ts'
import { kindOf } from './lanes.ts'
import { inLanguage } from './server-texts.ts'
import { percentOf, statusChip, stepText } from './status.ts'
import { t } from './texts.ts'

export interface PanelOptions {
    job: Job
    names: ReadonlyMap<string, string>
    pending: string | undefined
    /** Why its history is not known, in words. */
    lack: string
    act(action: Action, job: Job): void
    close(): void
}

/** To the second. */
const exactly = (at: string | null | undefined): string | undefined => (at ? momentText(timeOf(at), 1000) : undefined)

/** One job with all that is known of it. */
export function jobPanel({ job, names, pending, lack, act, close }: PanelOptions): TemplateResult {
    const percent = percentOf(job)
    return html`<aside class="card panel" aria-labelledby="panel-heading" tabindex="-1">
        <header>
            <h2 id="panel-heading">${nameOf(job)}</h2>
            <button type="button" class="plain" aria-label=${t('close')} @click=${close}>✕</button>
        </header>
        <div class="is">
            ${statusChip(job)}
            ${percent === undefined ? nothing : html`<progress max="100" .value=${percent} aria-label=${t('progress')}></progress><small>${percent} %</small>`}
        </div>
        ${job.reason ? html`<p class="why ${kindOf(job)}">${inLanguage(job.reason)}</p>` : nothing}
        ${actionsOf(job).length > 0 ? html`<div class="buttons">${actionsOf(job).map((action) => actionButton(action, job, pending === job.id, act))}</div>` : nothing}
        ${facts(job, names)} ${history(job.history, lack)}
    </aside>`
}

/** As it was given: `15-7 9:00`, `0 9 * * 1-5 Europe/Berlin`. */
const scheduleText = ({ date, time, cron, timeZone }: Record<string, unknown>): string =>
    [typeof date === 'string' && /Z$/.test(date) ? exactly(date) : date, time, cron, timeZone]
        .filter((part) => typeof part === 'string')
        .join(' ')

function facts(job: Job, names: ReadonlyMap<string, string>): TemplateResult {
    const known: [string, string | number | undefined][] = [
        [t('robot'), robotOf(job, names)],
        [t('dueAt'), exactly(job.dueAt)],
        [t('lateness'), (job.lateness ?? 0) >= 1000 ? durationText(job.lateness!) : undefined],
        [t('sentAt'), exactly(job.sentAt)],
        [t('endedAt'), exactly(job.endedAt)],
        [t('attempts'), (job.attempt ?? 0) > 1 ? job.attempt : undefined],
        [t('priority'), job.priority || undefined],
        [t('schedule'), scheduleText(job.schedule ?? {})],
        [t('path'), job.package?.path],
        [t('id'), job.id],
    ]
    const given = known.filter(([, value]) => value !== undefined && value !== '')
    return html`<dl class="facts">${given.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

/** Oldest first, as it went. */
function history(entries: readonly HistoryEntry[] | undefined, lack: string): TemplateResult {
    const entry = ({ at, status, step, reason, attempt }: HistoryEntry) =>
        html`<li class=${kindOf({ status } as Job)}>
            <time datetime=${at}>${exactly(at)}</time>
            <span>${stepText(step ?? status)}${(attempt ?? 0) > 1 ? html` <small>${t('attempt', { number: attempt! })}</small>` : nothing}</span>
            ${reason ? html`<small>${inLanguage(reason)}</small>` : nothing}
        </li>`
    return html`<section aria-labelledby="history-heading">
        <h3 id="history-heading">${t('history')}</h3>
        ${lack ? html`<p class="hint">${t('gone', { reason: inLanguage(lack) })}</p>` : nothing}
        ${entries ? html`<ol class="history">${entries.map(entry)}</ol>` : lack ? nothing : html`<p class="hint">${t('loading')}</p>`}
    </section>`
}
