import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { Refused } from '../shared/rest.ts'
import type { Kept } from './collection.ts'
import './conflict-dialog.ts'
import type { ConflictDialog } from './conflict-dialog.ts'
import './io-dialog.ts'
import type { IoDialog } from './io-dialog.ts'
import { attempt, type PageHandlers } from './page-handlers.ts'
import { askDialog } from './question.ts'
import type { RecordList } from './record-list.ts'
import type { IoDocument, Pin } from './service.ts'
import { t } from './texts.ts'
import './versions-dialog.ts'
import type { VersionsDialog } from './versions-dialog.ts'

/** The controllers of the brewery, with their physical inputs and outputs. */
class IoView extends LitElement {
    static override properties = { list: {}, doomed: { state: true } }
    declare list: RecordList<IoDocument>
    /** What is asked about whether it is to be deleted. */
    declare doomed: Kept<IoDocument> | undefined
    handlers!: PageHandlers

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    get #dialog(): IoDialog {
        return this.querySelector<IoDialog>('io-dialog')!
    }

    #save(key: string, value: IoDocument, version: number): void {
        void this.list.save({
            ...{ key, value, version, name: value.controller || key },
            dialog: this.querySelector<ConflictDialog>('conflict-dialog')!,
            saved: () => {
                this.#dialog.close()
                this.handlers.done(t('savedController', { key }))
            },
            took: () => this.#dialog.close(),
            refused: (error: Refused) => this.#dialog.refuse(error),
        })
    }

    async #askRemove(record: Kept<IoDocument>): Promise<void> {
        this.doomed = record
        await this.updateComplete
        this.querySelector<HTMLDialogElement>('#delete-ask')!.showModal()
    }

    #remove(): void {
        const record = this.doomed!
        const failed = (reason: string) => t('notDeleted', { reason })
        void attempt(this.handlers, () => this.list.collection.remove(record), t('deletedController', { key: record.key }), failed).then(
            () => this.list.reloadSoon(),
        )
    }

    #versions(record: Kept<IoDocument>, name: string): void {
        const dialog = this.querySelector<ConflictDialog>('conflict-dialog')!
        const { list, handlers } = this
        void this.querySelector<VersionsDialog>('versions-dialog')!.open({ list, record, name, dialog, handlers })
    }

    protected override render(): TemplateResult {
        const { records, isKnown, trouble } = this.list
        return html`<section class="card" aria-labelledby="io-heading">
                <header>
                    <h2 id="io-heading">${t('io')}</h2>
                    <button type="button" @click=${() => void this.#dialog.open(undefined)}>${t('addController')}</button>
                </header>
                ${trouble ? html`<p class="hint">${t('notRead', { reason: trouble.message })}</p>` : nothing}
                ${records.length > 0 ? nothing : isKnown ? html`<p class="hint">${t('noControllers')}</p>` : nothing}
                ${repeat(
                    records,
                    ({ key }) => key,
                    (record) => this.#controller(record),
                )}
            </section>
            <io-dialog .list=${this.list} .save=${(key: string, value: IoDocument, version: number) => this.#save(key, value, version)}></io-dialog>
            <conflict-dialog></conflict-dialog>
            <versions-dialog></versions-dialog>
            ${askDialog({
                ...{ id: 'delete-ask', heading: t('deleteAsk', { name: this.doomed?.key ?? '' }), text: t('deleteWhat') },
                ...{ action: t('delete'), run: () => this.#remove() },
            })}`
    }

    #controller(record: Kept<IoDocument>): TemplateResult {
        const { controller, kind, pins } = record.value
        const name = controller || record.key
        return html`<article class="controller" aria-label=${name}>
            <header>
                <h3>${name} <small>${[kind, record.key === name ? '' : record.key].filter(Boolean).join(' · ')}</small></h3>
                <span>
                    ${record.version > 1 ? html`<button type="button" class="act" aria-label=${t('versionsOf', { name })} @click=${() => this.#versions(record, name)}>${t('versions')}</button>` : nothing}
                    <button type="button" class="act" aria-label=${t('editOf', { name })} @click=${() => void this.#dialog.open(record)}>${t('edit')}</button>
                    <button type="button" class="act danger" aria-label=${t('deleteOf', { name })} @click=${() => void this.#askRemove(record)}>${t('delete')}</button>
                </span>
            </header>
            <table class="records">
                <thead>
                    <tr><th scope="col">${t('pinName')}</th><th scope="col">${t('direction')}</th><th scope="col">${t('address')}</th></tr>
                </thead>
                <tbody>${pins.map(pinRow)}</tbody>
            </table>
        </article>`
    }
}

const pinRow = ({ name, direction, address, unit }: Pin): TemplateResult =>
    html`<tr>
        <th scope="row">${name}${unit ? html` <small>${unit}</small>` : nothing}</th>
        <td>${direction.startsWith('in') ? `→ ${t('input')}` : `← ${t('output')}`}</td>
        <td>${address}</td>
    </tr>`

customElements.define('io-view', IoView)
