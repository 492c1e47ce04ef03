import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Kept } from './collection.ts'
import { linesOf } from './document-lines.ts'
import { t } from './texts.ts'

/** Two versions of a document: what somebody is about to save, and what somebody else has saved meanwhile. */
export interface Conflict {
    name: string
    mine: unknown
    /** Undefined if it was deleted. */
    theirs: Kept<unknown> | undefined
    /** Takes theirs, and forgets what was entered. */
    take(): void
    /** Replaces theirs. */
    overwrite(): void
}

/** Shows both versions side by side, line by line, and asks which one is to stay. */
export class ConflictDialog extends LitElement {
    static override properties = { conflict: { state: true } }
    declare conflict: Conflict | undefined

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    async open(conflict: Conflict): Promise<void> {
        this.conflict = conflict
        await this.updateComplete
        this.querySelector('dialog')!.showModal()
    }

    #choose(run: () => void): void {
        this.querySelector('dialog')!.close()
        run()
    }

    protected override render(): TemplateResult {
        const { conflict } = this
        return html`<dialog class="form conflict" aria-labelledby="conflict-heading" aria-describedby="conflict-text">
            ${conflict ? this.#content(conflict) : nothing}
        </dialog>`
    }

    #content({ name, mine, theirs, take, overwrite }: Conflict): TemplateResult {
        const [own, other] = [linesOf(mine), theirs ? linesOf(theirs.value) : []]
        const close = () => this.#choose(() => {})
        return html`<h3 id="conflict-heading">${t('changedMeanwhile', { name })}</h3>
            <p id="conflict-text">${t(theirs ? 'changedWhat' : 'deletedWhat')}</p>
            <div class="versions">
                <section><h4>${t('mine')}</h4><pre tabindex="0">${marked(own, other)}</pre></section>
                <section><h4>${t('theirs')}${theirs ? html` <small>${t('versionNumber', { version: theirs.version })}</small>` : nothing}</h4>
                    ${theirs ? html`<pre tabindex="0">${marked(other, own)}</pre>` : html`<p class="hint">${t('deleted')}</p>`}</section>
            </div>
            <div class="buttons">
                <button type="button" autofocus @click=${close}>${t('goOnEditing')}</button>
                <button type="button" @click=${() => this.#choose(take)}>${t('takeTheirs')}</button>
                <button type="button" class="danger" @click=${() => this.#choose(overwrite)}>${t('keepMine')}</button>
            </div>`
    }
}

/** Lines, those that the other version does not have in bold. */
export const marked = (lines: readonly string[], other: readonly string[]) =>
    lines.map((line) => (other.includes(line) ? html`<span>${line}\n</span>` : html`<mark>${line}\n</mark>`))

customElements.define('conflict-dialog', ConflictDialog)
