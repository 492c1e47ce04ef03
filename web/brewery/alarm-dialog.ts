import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { entryOf, textInput } from '../shared/fields.ts'
import type { Fault } from '../shared/rest.ts'
import { longSpanText } from '../shared/texts.ts'
import type { Alarm } from './alarm.ts'
import { exactDuration, parseDuration } from './profile.ts'
import type { AlarmOperation, AlarmRequest, AskedOperation } from './service.ts'
import { t } from './texts.ts'

export interface AlarmRequested {
    operation: AlarmOperation
    alarms: readonly Alarm[]
    request: AlarmRequest
}

/** Seconds that alarms are often shelved for. */
const presets = [900, 3600, 8 * 3600, 86_400]

/** What is asked, by operation. */
const headings = { ack: 'ackWhat', shelve: 'shelveWhat', suppress: 'suppressWhat', 'remove-from-service': 'removeWhat' } as const

/** Asks who acknowledges alarms or puts them aside, why, and for how long. */
export class AlarmDialog extends LitElement {
    static override properties = { who: {}, operation: { state: true }, alarms: { state: true }, faults: { state: true } }
    declare who: string
    declare confirmed: (request: AlarmRequested) => void
    declare operation: AskedOperation
    declare alarms: readonly Alarm[]
    declare faults: readonly Fault[]

    constructor() {
        super()
        this.operation = 'ack'
        this.alarms = this.faults = []
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    async open(operation: AskedOperation, alarms: readonly Alarm[]): Promise<void> {
        this.operation = operation
        this.alarms = alarms
        this.faults = []
        await this.updateComplete
        const form = this.querySelector('form')!
        form.reset()
        form.querySelector<HTMLInputElement>('[name=by]')!.value = this.who
        this.#dialog.showModal()
        form.querySelector<HTMLInputElement>(
            operation === 'shelve' ? '[name=duration]' : this.who ? '[name=comment]' : '[name=by]',
        )?.focus()
    }

    get #dialog(): HTMLDialogElement {
        return this.querySelector('dialog')!
    }

    #submit(event: Event): void {
        event.preventDefault()
        const form = event.target as HTMLFormElement
        const [by, comment] = [entryOf(form, 'by'), entryOf(form, 'comment')]
        const minutes = this.operation === 'shelve' ? parseDuration(entryOf(form, 'duration')) / 60_000 : undefined
        if (minutes !== undefined && !(minutes > 0)) {
            this.faults = [{ path: 'duration', message: t('badDuration') }]
            form.querySelector<HTMLInputElement>('[name=duration]')!.focus()
            return
        }
        this.#dialog.close()
        const request = { ...(by && { by }), ...(comment && { comment }), ...(minutes !== undefined && { duration: minutes }) }
        this.confirmed({ operation: this.operation, alarms: this.alarms, request })
    }

    protected override render(): TemplateResult {
        const [first] = this.alarms
        const name = this.alarms.length > 1 ? t('countAlarms', { count: this.alarms.length }) : first?.text || first?.id || ''
        return html`<dialog class="form" aria-labelledby="alarm-heading">
            <form novalidate @submit=${(event: Event) => this.#submit(event)}>
                <h3 id="alarm-heading">${t(headings[this.operation], { alarm: name })}</h3>
                ${this.operation === 'shelve' ? this.#duration() : nothing}
                ${textInput([], { name: 'by', label: t('who'), paths: ['by'], hint: t('whoHint') })}
                ${textInput([], { name: 'comment', label: t('comment'), paths: ['comment'] })}
                <div class="buttons">
                    <button type="button" @click=${() => this.#dialog.close()}>${t('dismiss')}</button>
                    <button type="submit" class="primary">${t(this.operation)}</button>
                </div>
            </form>
        </dialog>`
    }

    #duration(): TemplateResult {
        const use = (seconds: number) => {
            this.querySelector<HTMLInputElement>('[name=duration]')!.value = exactDuration(seconds * 1000)
            this.faults = []
        }
        return html`${textInput(this.faults, { name: 'duration', label: t('shelveFor'), paths: ['duration'], hint: t('durationHint'), value: '1 h' })}
            <div class="presets">
                ${presets.map((seconds) => html`<button type="button" class="link" @click=${() => use(seconds)}>${longSpanText(seconds)}</button>`)}
            </div>`
    }
}

customElements.define('alarm-dialog', AlarmDialog)
