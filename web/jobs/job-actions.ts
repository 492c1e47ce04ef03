import { html, nothing, type TemplateResult } from 'lit'
import { createRef, ref } from 'lit/directives/ref.js'
import type { Refused } from '../shared/rest.ts'
import { addressOf, isWithRobot, type Job, nameOf, robotOf } from './job.ts'
import type { Action } from './job-list.ts'
import type { JobsModel } from './jobs-model.ts'
import { inLanguage } from './server-texts.ts'
import { t } from './texts.ts'

export interface ActionHandlers {
    changed(): void
    done(text: string): void
    refused(text: string): void
}

const refusals = { force: 'notForced', cancel: 'notCancelled', retry: 'notRetried' } as const

/** Does what is asked for with a job, and asks before what cannot be taken back. */
export class JobActions {
    /** The id of the job that an answer is waited for. */
    pending: string | undefined
    readonly #model: JobsModel
    readonly #handlers: ActionHandlers
    readonly #dialog = createRef<HTMLDialogElement>()
    #asked: { action: 'force' | 'cancel'; job: Job } | undefined

    constructor(model: JobsModel, handlers: ActionHandlers) {
        this.#model = model
        this.#handlers = handlers
    }

    begin(action: Action, job: Job): void {
        if (action === 'retry') void this.#run(action, job)
        else {
            this.#asked = { action, job }
            this.#handlers.changed()
            this.#dialog.value?.showModal()
        }
    }

    /** @param isWhole whether a job that repeats itself is cancelled with all runs to come */
    async #run(action: Action, { id }: Job, isWhole = true): Promise<void> {
        this.pending = id
        this.#handlers.changed()
        try {
            const job = await this.#model.ask((service) => service[action](id, isWhole))
            this.#handlers.done(doneText(action, job))
        } catch (error) {
            this.#handlers.refused(t(refusals[action], { reason: inLanguage((error as Refused).message) }))
        } finally {
            this.pending = undefined
            this.#handlers.changed()
        }
    }

    /** The dialog that asks. */
    question(): TemplateResult {
        const { action = 'cancel', job } = this.#asked ?? {}
        const close = () => this.#dialog.value?.close()
        const confirm = (isWhole: boolean) => {
            close()
            if (this.#asked) void this.#run(this.#asked.action, this.#asked.job, isWhole)
        }
        const isSeries = action === 'cancel' && Boolean(job?.series)
        const name = job ? nameOf(job) : ''
        return html`<dialog aria-labelledby="ask-heading" aria-describedby="ask-text" ${ref(this.#dialog)}>
            <h3 id="ask-heading">${t(action === 'cancel' ? 'cancelAsk' : 'forceAsk', { job: name })}</h3>
            <p id="ask-text">${job ? this.#consequence(action, job) : nothing}</p>
            <div class="buttons">
                <button type="button" autofocus @click=${close}>${t('keep')}</button>
                ${isSeries ? html`<button type="button" class="danger" @click=${() => confirm(false)}>${t('onlyRun')}</button>` : nothing}
                <button type="button" class=${action === 'cancel' ? 'danger' : 'primary'} @click=${() => confirm(true)}>
                    ${t(isSeries ? 'allRuns' : action === 'cancel' ? 'doCancel' : 'force')}
                </button>
            </div>
        </dialog>`
    }

    #consequence(action: 'force' | 'cancel', job: Job): string {
        const known = this.#model.robots.get(addressOf(job))
        const robot = known?.robotName || robotOf(job, new Map())
        if (action === 'force') return t(known?.connected ? 'forceWhat' : 'forceAway', { robot })
        const what = t(isWithRobot(job) ? 'cancelRunning' : 'cancelWhat', { robot })
        return what
    }
}

function doneText(action: Action, job: Job): string {
    if (action === 'force') return t('forced')
    if (action === 'retry') return t('retried')
    return job.status === 'cancelled' ? t('cancelledNow') : t('cancelAsked')
}
