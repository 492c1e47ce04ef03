import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { entryOf, textInput } from '../shared/fields.ts'
import type { Fault, Refused } from '../shared/rest.ts'
import type { Kept } from './collection.ts'
import type { RecordList } from './record-list.ts'
import type { IoDocument, Pin } from './service.ts'
import { t } from './texts.ts'

const noPin: Pin = { name: '', direction: 'input', address: '' }

/** The form of a controller and its pins. */
export class IoDialog extends LitElement {
    static override properties = {
        ...{ list: {}, record: { state: true }, pins: { state: true }, faults: { state: true }, trouble: { state: true } },
    }
    declare list: RecordList<IoDocument>
    declare save: (key: string, value: IoDocument, version: number) => void
    /** Undefined for a new one. */
    declare record: Kept<IoDocument> | undefined
    declare pins: readonly Pin[]
    declare faults: readonly Fault[]
    declare trouble: string

    constructor() {
        super()
        this.pins = this.faults = []
        this.trouble = ''
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    get #dialog(): HTMLDialogElement {
        return this.querySelector('dialog')!
    }

    get #form(): HTMLFormElement {
        return this.querySelector('form')!
    }

    async open(record: Kept<IoDocument> | undefined): Promise<void> {
        this.record = record
        this.pins = record?.value.pins ?? [noPin]
        this.faults = []
        this.trouble = ''
        await this.updateComplete
        for (const [name, value] of [
            ['io-key', record?.key],
            ['controller', record?.value.controller],
            ['io-kind', record?.value.kind],
        ] as const)
            this.#form.querySelector<HTMLInputElement>(`[name=${name}]`)!.value = value ?? ''
        if (!this.#dialog.open) this.#dialog.showModal()
        this.#form.querySelector<HTMLElement>(record ? '[name=controller]' : '[name=io-key]')!.focus()
    }

    close(): void {
        this.#dialog.close()
    }

    async refuse({ message, faults }: Pick<Refused, 'message' | 'faults'>): Promise<void> {
        this.faults = faults.map((fault) => ({ ...fault, path: fault.path.replace(/^payload\.?/, '') }))
        this.trouble = faults.length > 0 ? t('faults', { count: faults.length }) : t('notSaved', { reason: message })
        await this.updateComplete
        this.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
    }

    #submit(event: Event): void {
        event.preventDefault()
        const value = (name: string) => entryOf(this.#form, name)
        const key = this.record?.key ?? value('io-key')
        if (!key) return void this.refuse({ message: '', faults: [{ path: 'key', message: t('nameMissing') }] })
        this.save(key, { controller: value('controller'), kind: value('io-kind'), pins: [...this.pins] }, this.record?.version ?? 0)
    }

    #add(): void {
        this.pins = [...this.pins, noPin]
        void this.updateComplete.then(() => [...this.querySelectorAll<HTMLElement>('.pin input')].at(-2)?.focus())
    }

    protected override render(): TemplateResult {
        const present = this.record && this.list.find(this.record.key)
        const isOutdated = present !== undefined && present.version > this.record!.version
        return html`<dialog class="form wide" aria-labelledby="controller-heading">
            <form novalidate @submit=${(event: Event) => this.#submit(event)}>
                <h3 id="controller-heading">${this.record ? this.record.key : t('addController')}</h3>
                ${isOutdated ? html`<p class="banner warn" role="alert">${t('changedBanner')} <button type="button" class="link" @click=${() => void this.open(present)}>${t('takeTheirs')}</button></p>` : nothing}
                <p class="fault general" role="alert">${this.trouble}</p>
                <div ?hidden=${this.record !== undefined}>${textInput(this.faults, { name: 'io-key', label: t('name'), paths: ['key'] })}</div>
                <div class="pair">
                    ${textInput(this.faults, { name: 'controller', label: t('controller'), paths: ['controller', ''], placeholder: 'spark-1' })}
                    ${textInput(this.faults, { name: 'io-kind', label: t('kindOfController'), paths: ['kind'], placeholder: 'arduino' })}
                </div>
                <fieldset>
                    <legend>${t('pins')}</legend>
                    ${this.pins.map((pin, index) => this.#pin(pin, index))}
                    ${this.#rest()}
                    <button type="button" @click=${() => this.#add()}>${t('addPin')}</button>
                </fieldset>
                <div class="buttons">
                    <button type="button" @click=${() => this.close()}>${t('dismiss')}</button>
                    <button type="submit" class="primary">${t('save')}</button>
                </div>
            </form>
        </dialog>`
    }

    /** What is wrong with the pins as a whole. */
    #rest(): TemplateResult | typeof nothing {
        const rest = this.faults.filter(({ path }) => path === 'pins')
        return rest.length > 0 ? html`<p class="fault">${rest.map(({ message }) => message).join('; ')}</p>` : nothing
    }

    #pin(pin: Pin, index: number): TemplateResult {
        const put = (part: Partial<Pin>) => {
            this.pins = this.pins.with(index, { ...pin, ...part })
        }
        const remove = () => {
            this.pins = this.pins.toSpliced(index, 1)
        }
        const found = this.faults.filter(({ path }) => path === `pins[${index}]` || path.startsWith(`pins[${index}].`))
        const isWrong = (name: string) => found.some(({ path }) => path.endsWith(`.${name}`))
        const named = (text: string) => t('ofPin', { name: text, number: index + 1 })
        const text = (name: 'name' | 'address', label: string) =>
            html`<input
                autocomplete="off"
                spellcheck="false"
                aria-label=${named(label)}
                placeholder=${label}
                aria-invalid=${isWrong(name)}
                .value=${String(pin[name])}
                @input=${({ target }: Event) => put({ [name]: (target as HTMLInputElement).value })}
            >`
        return html`<div class="pin">
                ${text('name', t('pinName'))}
                <select
                    aria-label=${named(t('direction'))}
                    aria-invalid=${isWrong('direction')}
                    @change=${({ target }: Event) => put({ direction: (target as HTMLSelectElement).value as Pin['direction'] })}
                >
                    ${(['input', 'output'] as const).map((one) => html`<option value=${one} .selected=${pin.direction.slice(0, 2) === one.slice(0, 2)}>${t(one)}</option>`)}
                </select>
                ${text('address', t('address'))}
                <button type="button" class="plain" aria-label=${named(t('remove'))} ?disabled=${this.pins.length < 2} @click=${remove}>✕</button>
            </div>
            ${found.length > 0 ? html`<p class="fault">${found.map(({ message }) => message).join('; ')}</p>` : nothing}`
    }
}

customElements.define('io-dialog', IoDialog)
