import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { canForce, canRetry, isEnded, type Job, nameOf, robotOf } from './job.ts'
import { inLanguage } from './server-texts.ts'
import { percentOf, statusChip, whenOf } from './status.ts'
import { t } from './texts.ts'

/** What can be done with a job. */
export type Action = 'force' | 'cancel' | 'retry'

export interface ListOptions {
    /** In the order in which they are shown. */
    jobs: readonly Job[]
    /** Of robots by their addresses. */
    names: ReadonlyMap<string, string>
    /** By the server's clock. */
    now: number
    selected: string | undefined
    /** The job that something is being done with. */
    pending: string | undefined
    select(job: Job): void
    act(action: Action, job: Job): void
}

export const actionsOf = (job: Job): Action[] => [
    ...(canForce(job) ? ['force' as const] : []),
    ...(canRetry(job) ? ['retry' as const] : []),
    ...(isEnded(job) || job.cancelling ? [] : ['cancel' as const]),
]

/** Jobs, one in a row. */
export const jobList = (options: ListOptions): TemplateResult =>
    html`<table class="jobs" @keydown=${moveFocus}>
        <thead>
            <tr>
                ${(['package', 'status', 'robot', 'when'] as const).map((name) => html`<th scope="col" class=${name === 'robot' ? 'of' : ''}>${t(name)}</th>`)}
                <td></td>
            </tr>
        </thead>
        <tbody>
            ${repeat(
                options.jobs,
                ({ id }) => id,
                (job) => row(job, options),
            )}
        </tbody>
    </table>`

function row(job: Job, { names, now, selected, pending, select, act }: ListOptions): TemplateResult {
    const percent = percentOf(job)
    const { time, note } = whenOf(job, now)
    const name = nameOf(job)
    return html`<tr class=${job.id === selected ? 'selected' : ''} data-id=${job.id} @click=${() => select(job)}>
        <th scope="row">
            <button type="button" class="link" aria-label=${t('show', { job: name })} aria-current=${job.id === selected}>${name}</button>
            ${job.series ? html`<span class="hint repeats" title=${t('everyRun')} role="img" aria-label=${t('everyRun')}>↻</span>` : nothing}
            ${isEnded(job) && job.status !== 'succeeded' && job.reason ? html`<small class="why">${inLanguage(job.reason)}</small>` : nothing}
        </th>
        <td class="is">
            ${statusChip(job)}
            ${percent === undefined ? nothing : html`<progress max="100" .value=${percent} aria-label=${t('progress')}></progress><small>${percent} %</small>`}
        </td>
        <td class="of">${robotOf(job, names)}</td>
        <td class="time">${time} <small>${note}</small></td>
        <td class="end">
            ${actionsOf(job).map((action) => actionButton(action, job, pending === job.id, act))}
        </td>
    </tr>`
}

export const actionButton = (action: Action, job: Job, isPending: boolean, act: ListOptions['act']): TemplateResult =>
    html`<button
        type="button"
        class="act ${action}"
        aria-label=${t('of', { action: t(action), job: nameOf(job) })}
        ?disabled=${isPending}
        @click=${(event: Event) => {
            event.stopPropagation()
            act(action, job)
        }}
    >
        ${t(action)}
    </button>`

/** The arrow keys go from row to row. */
function moveFocus(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.link')]
    const at = all.indexOf(event.target as HTMLElement)
    if (step === 0 || at < 0) return
    event.preventDefault()
    all[at + step]?.focus()
}
