import { html, nothing, type TemplateResult } from 'lit'
import { momentText } from '../shared/times.ts'
import { nameOf } from './job.ts'
import type { JobsModel } from './jobs-model.ts'
import { t } from './texts.ts'

/** Something that stays until it is closed, or put right. */
export const banner = (text: string, action: string, act: () => void): TemplateResult =>
    html`<p class="banner note" role="status"><span>${text}</span><button type="button" @click=${act}>${action}</button></p>`

/** What fell due while the server was away. */
export function restartBanner(model: JobsModel, close: () => void): TemplateResult | typeof nothing {
    const { restart } = model
    return restart ? banner(t('restart', { ...restart }), t('close'), close) : nothing
}

/**
 * What robots say, the latest first.
 * @param robot the address of the only robot that is asked for; blank for all
 * @param select shows a job
 */
export function saidList(
    { said, jobs }: JobsModel,
    names: ReadonlyMap<string, string>,
    robot: string,
    select: (jobId: string) => void,
): TemplateResult | typeof nothing {
    const shown = said.filter(({ address }) => !robot || address === robot)
    if (shown.length === 0) return nothing
    const of = (jobId: string | undefined) => {
        const job = jobId === undefined ? undefined : jobs.get(jobId)
        return job ? html`<button type="button" class="link" @click=${() => select(job.id)}>${nameOf(job)}</button>` : nothing
    }
    return html`<details class="card said">
        <summary>${t('said')} <small>${shown.length}</small></summary>
        <ol>${shown
            .toReversed()
            .map(
                ({ at, address, text, jobId }) =>
                    html`<li><time datetime=${at}>${momentText(Date.parse(at), 1000)}</time> <b>${names.get(address) ?? address}</b> ${of(jobId)} <span>${text}</span></li>`,
            )}</ol>
    </details>`
}
