import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Refused } from '../shared/rest.ts'
import { momentText } from '../shared/times.ts'
import type { Kept, Version } from './collection.ts'
import { type ConflictDialog, marked } from './conflict-dialog.ts'
import { linesOf } from './document-lines.ts'
import type { PageHandlers } from './page-handlers.ts'
import type { RecordList } from './record-list.ts'
import { t } from './texts.ts'

/** A document whose versions are shown. */
export interface Versioned<Value> {
    list: RecordList<Value>
    record: Kept<Value>
    name: string
    dialog: ConflictDialog
    handlers: PageHandlers
    /** An earlier version was saved as the present one. */
    restored?(record: Kept<Value>): void
}

/** Shows the versions of a document line by line, with what each has that the present one has not, and takes one of them again. */
export class VersionsDialog extends LitElement {
    static override properties = { name: { state: true }, versions: { state: true } }
    declare name: string
    /** Latest first. */
    declare versions: readonly Version<unknown>[]
    #use: (version: Version<unknown>) => void = () => {}

    constructor() {
        super()
        this.name = ''
        this.versions = []
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    async open<Value>({ list, record, name, dialog, handlers, restored }: Versioned<Value>): Promise<void> {
        const failed = ({ message }: Refused) => handlers.refused(t('notSaved', { reason: message }))
        this.#use = ({ version, value }) =>
            void list.save({
                ...{ key: record.key, value: value as Value, version: record.version, name, dialog },
                saved: (saved) => {
                    handlers.done(t('usedVersion', { name, version }))
                    restored?.(saved)
                },
                took: () => {},
                refused: failed,
            })
        try {
            this.versions = await list.collection.versions(record.key)
        } catch (error) {
            return handlers.refused(t('notRead', { reason: (error as Refused).message }))
        }
        this.name = name
        await this.updateComplete
        this.#dialog.showModal()
    }

    get #dialog(): HTMLDialogElement {
        return this.querySelector('dialog')!
    }

    protected override render(): TemplateResult {
        const present = linesOf(this.versions[0]?.value)
        return html`<dialog class="form conflict" aria-labelledby="versions-heading">
            <h3 id="versions-heading">${t('versionsOf', { name: this.name })}</h3>
            ${this.versions.map((one, i) => (i === 0 ? nothing : this.#version(one, present)))}
            <div class="buttons"><button type="button" autofocus @click=${() => this.#dialog.close()}>${t('close')}</button></div>
        </dialog>`
    }

    #version(one: Version<unknown>, present: readonly string[]): TemplateResult {
        const use = () => {
            this.#dialog.close()
            this.#use(one)
        }
        return html`<details class="version">
            <summary>${t('versionNumber', { version: one.version })} <small>${momentText(one.updatedAt, 1000)}</small></summary>
            ${
                'value' in one
                    ? html`<pre tabindex="0">${marked(linesOf(one.value), present)}</pre>
                      <button type="button" @click=${use}>${t('useVersion')}</button>`
                    : html`<p class="hint">${t('deleted')}</p>`
            }
        </details>`
    }
}

customElements.define('versions-dialog', VersionsDialog)
