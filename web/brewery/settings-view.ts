import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { entryOf, field, textInput } from '../shared/fields.ts'
import type { Fault, Refused } from '../shared/rest.ts'
import { whenText } from '../shared/times.ts'
import type { Kept } from './collection.ts'
import './conflict-dialog.ts'
import type { ConflictDialog } from './conflict-dialog.ts'
import { parseNumber, valueText } from './format.ts'
import { attempt, type PageHandlers } from './page-handlers.ts'
import { askDialog } from './question.ts'
import type { RecordList } from './record-list.ts'
import type { SettingDocument } from './service.ts'
import { t } from './texts.ts'
import './versions-dialog.ts'
import type { VersionsDialog } from './versions-dialog.ts'

const kinds = ['text', 'number', 'boolean', 'json'] as const
type Kind = (typeof kinds)[number]

/** The settings of the brewery: names with a value each. */
class SettingsView extends LitElement {
    static override properties = {
        ...{ list: {}, now: {}, edited: { state: true }, kind: { state: true } },
        ...{ faults: { state: true }, trouble: { state: true } },
    }
    declare list: RecordList<SettingDocument>
    /** By the clock of the server. */
    declare now: number
    /** The setting in the dialog; one of the version 0 is new. */
    declare edited: Kept<SettingDocument> | undefined
    declare kind: Kind
    declare faults: readonly Fault[]
    declare trouble: string
    handlers!: PageHandlers
    #doomed: Kept<SettingDocument> | undefined

    constructor() {
        super()
        this.kind = 'text'
        this.faults = []
        this.trouble = ''
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    get #form(): HTMLFormElement {
        return this.querySelector('form')!
    }

    async #open(record: Kept<SettingDocument>): Promise<void> {
        this.edited = record
        this.kind = kindOf(record.value.value)
        this.faults = []
        this.trouble = ''
        await this.updateComplete
        this.#form.reset()
        this.#fill('key', record.key)
        this.#fill('value', record.version === 0 ? '' : entryText(record.value.value))
        this.querySelector<HTMLDialogElement>('dialog.form')!.showModal()
        this.#form.querySelector<HTMLElement>(record.version === 0 ? '[name=key]' : '[name=value]')!.focus()
    }

    #fill(name: string, value: string): void {
        this.#form.querySelector<HTMLInputElement>(`[name=${name}]`)!.value = value
    }

    #submit(event: Event): void {
        event.preventDefault()
        const { version, key: known } = this.edited!
        const key = version === 0 ? entryOf(this.#form, 'key') : known
        const value = readValue(this.kind, entryOf(this.#form, 'value'))
        this.faults = [
            ...(key ? [] : [{ path: 'key', message: t('nameMissing') }]),
            ...(value === undefined ? [{ path: 'value', message: t(`bad_${this.kind}`) }] : []),
        ]
        if (this.faults.length > 0)
            return void this.updateComplete.then(() => this.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
        void this.list.save({
            ...{ key, value: { value }, version, name: key },
            dialog: this.querySelector<ConflictDialog>('conflict-dialog')!,
            saved: () => this.#done(t('savedSetting', { key })),
            took: () => this.#done(''),
            refused: (error) => this.#refuse(error),
        })
    }

    #done(text: string): void {
        this.querySelector<HTMLDialogElement>('dialog.form')!.close()
        if (text) this.handlers.done(text)
    }

    #refuse({ message, faults }: Refused): void {
        this.faults = faults.map((fault) => ({ ...fault, path: fault.path.replace(/^payload\.?/, '') }))
        this.trouble = t('notSaved', { reason: message })
    }

    #remove(): void {
        const record = this.#doomed!
        const failed = (reason: string) => t('notDeleted', { reason })
        void attempt(this.handlers, () => this.list.collection.remove(record), t('deletedSetting', { key: record.key }), failed).then(() =>
            this.list.reloadSoon(),
        )
    }

    #askRemove(record: Kept<SettingDocument>): void {
        this.#doomed = record
        this.requestUpdate()
        this.querySelector<HTMLDialogElement>('#delete-ask')!.showModal()
    }

    #versions(record: Kept<SettingDocument>): void {
        const dialog = this.querySelector<ConflictDialog>('conflict-dialog')!
        const { list, handlers } = this
        void this.querySelector<VersionsDialog>('versions-dialog')!.open({ list, record, name: record.key, dialog, handlers })
    }

    protected override render(): TemplateResult {
        const { records, isKnown, trouble } = this.list
        const add = () => void this.#open({ key: '', version: 0, value: { value: '' } })
        return html`<section class="card" aria-labelledby="settings-heading">
                <header>
                    <h2 id="settings-heading">${t('settings')}</h2>
                    <button type="button" @click=${add}>${t('addSetting')}</button>
                </header>
                ${trouble ? html`<p class="hint">${t('notRead', { reason: trouble.message })}</p>` : nothing}
                ${records.length > 0 ? this.#table(records) : isKnown ? html`<p class="hint">${t('noSettings')}</p>` : nothing}
            </section>
            ${this.#dialog()}
            <conflict-dialog></conflict-dialog>
            <versions-dialog></versions-dialog>
            ${askDialog({
                ...{ id: 'delete-ask', heading: t('deleteAsk', { name: this.#doomed?.key ?? '' }), text: t('deleteWhat') },
                ...{ action: t('delete'), run: () => this.#remove() },
            })}`
    }

    #table(records: readonly Kept<SettingDocument>[]): TemplateResult {
        const row = (record: Kept<SettingDocument>) => html`<tr>
            <th scope="row">${record.key}</th>
            <td class="value">${valueText(record.value?.value)}</td>
            <td class="time">${record.updatedAt ? whenText(record.updatedAt, this.now) : ''} <small>${t('versionNumber', { version: record.version })}</small></td>
            <td class="end">
                ${record.version > 1 ? html`<button type="button" class="act" aria-label=${t('versionsOf', { name: record.key })} @click=${() => this.#versions(record)}>${t('versions')}</button>` : nothing}
                <button type="button" class="act" aria-label=${t('editOf', { name: record.key })} @click=${() => void this.#open(record)}>${t('edit')}</button>
                <button type="button" class="act danger" aria-label=${t('deleteOf', { name: record.key })} @click=${() => this.#askRemove(record)}>${t('delete')}</button>
            </td>
        </tr>`
        return html`<table class="records">
            <thead>
                <tr><th scope="col">${t('name')}</th><th scope="col">${t('value')}</th><th scope="col">${t('changedAt')}</th><td></td></tr>
            </thead>
            <tbody>${repeat(records, ({ key }) => key, row)}</tbody>
        </table>`
    }

    #dialog(): TemplateResult {
        const isNew = this.edited?.version === 0
        const choose = ({ target }: Event) => {
            this.kind = (target as HTMLSelectElement).value as Kind
            this.faults = []
        }
        const present = this.edited && this.list.find(this.edited.key)
        const isOutdated = !isNew && present !== undefined && present.version > this.edited!.version
        return html`<dialog class="form" aria-labelledby="setting-heading">
            <form novalidate @submit=${(event: Event) => this.#submit(event)}>
                <h3 id="setting-heading">${isNew ? t('addSetting') : this.edited?.key}</h3>
                ${isOutdated ? html`<p class="banner warn" role="alert">${t('changedBanner')} <button type="button" class="link" @click=${() => void this.#open(present)}>${t('takeTheirs')}</button></p>` : nothing}
                <p class="fault general" role="alert">${this.trouble}</p>
                <div ?hidden=${!isNew}>${textInput(this.faults, { name: 'key', label: t('name'), paths: ['key'] })}</div>
                ${field(
                    this.faults,
                    { name: 'kind', label: t('kind'), paths: [] },
                    html`<select id="kind" name="kind" @change=${choose}>
                        ${kinds.map((kind) => html`<option value=${kind} .selected=${kind === this.kind}>${t(`kind_${kind}`)}</option>`)}
                    </select>`,
                )}
                ${this.#valueField()}
                <div class="buttons">
                    <button type="button" @click=${() => this.#done('')}>${t('dismiss')}</button>
                    <button type="submit" class="primary">${t('save')}</button>
                </div>
            </form>
        </dialog>`
    }

    #valueField(): TemplateResult {
        if (this.kind !== 'boolean')
            return textInput(this.faults, {
                name: 'value',
                label: t('value'),
                paths: ['value', ''],
                hint: this.kind === 'json' ? 'JSON' : '',
            })
        return field(
            this.faults,
            { name: 'value', label: t('value'), paths: ['value'] },
            html`<select id="value" name="value">
                <option value="true">${t('yes')}</option>
                <option value="false">${t('no')}</option>
            </select>`,
        )
    }
}

function kindOf(value: unknown): Kind {
    if (typeof value === 'number' || typeof value === 'boolean') return typeof value as Kind
    return typeof value === 'string' ? 'text' : 'json'
}

const entryText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** @returns undefined for what cannot be read */
function readValue(kind: Kind, text: string): unknown {
    if (kind === 'text') return text
    if (kind === 'boolean') return text === 'true'
    if (kind === 'number') return Number.isFinite(parseNumber(text)) ? parseNumber(text) : undefined
    try {
        return JSON.parse(text) as unknown
    } catch {
        return undefined
    }
}

customElements.define('settings-view', SettingsView)
