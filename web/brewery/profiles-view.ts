import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { Fault, Refused } from '../shared/rest.ts'
import { momentText } from '../shared/times.ts'
import type { BreweryModel } from './brewery-model.ts'
import type { Kept } from './collection.ts'
import './conflict-dialog.ts'
import type { ConflictDialog } from './conflict-dialog.ts'
import './preview-dialog.ts'
import { attempt, type PageHandlers } from './page-handlers.ts'
import { playedCard } from './played-card.ts'
import type { Preferences } from './preferences.ts'
import type { PreviewDialog } from './preview-dialog.ts'
import { type Draft, draftOfRun, type ProfileDocument } from './profile.ts'
import './profile-editor.ts'
import { newProfile, type ProfileEditor, type Subject } from './profile-editor.ts'
import { askDialog } from './question.ts'
import type { RecordList } from './record-list.ts'
import { t } from './texts.ts'
import './versions-dialog.ts'
import type { VersionsDialog } from './versions-dialog.ts'

/** The profile that is played, those that are kept, and the editor of one of them. */
class ProfilesView extends LitElement {
    static override properties = {
        ...{ model: {}, preferences: {}, list: {}, subject: { state: true }, faults: { state: true } },
        ...{ trouble: { state: true }, isDirty: { state: true } },
    }
    declare model: BreweryModel
    declare preferences: Preferences
    declare list: RecordList<ProfileDocument>
    /** What is edited. */
    declare subject: Subject | undefined
    declare faults: readonly Fault[]
    /** Why it was not saved, where no field is to blame. */
    declare trouble: string
    declare isDirty: boolean
    handlers!: PageHandlers
    /** What is done once somebody has agreed that changes are lost. */
    #next: () => void = () => {}

    constructor() {
        super()
        this.faults = []
        this.trouble = ''
        this.isDirty = false
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    get #editor(): ProfileEditor {
        return this.querySelector<ProfileEditor>('profile-editor')!
    }

    get #isPlaying(): boolean {
        const { played } = this.model
        return played !== undefined && played.view.status !== 'ended'
    }

    #open(subject: Subject | undefined): void {
        this.subject = subject
        this.faults = []
        this.trouble = ''
        this.isDirty = false
        if (subject) void this.updateComplete.then(() => this.#reveal())
    }

    /** Leaves what is edited, and asks before changes to it are lost. */
    #leave(run: () => void): void {
        this.#next = run
        if (this.isDirty && this.subject) this.#ask('discard-ask')
        else run()
    }

    /** On a phone the editor is below what it was opened with. */
    #reveal(): void {
        const editor = this.querySelector<HTMLElement>('.editor')
        editor?.focus({ preventScroll: true })
        if (editor && editor.getBoundingClientRect().top > innerHeight * 0.6) editor.scrollIntoView()
    }

    #edit({ key, version, value }: Kept<ProfileDocument>): void {
        this.#open({ key, version, document: value })
    }

    /** Edits the one that is played: what is over of it stays. */
    async #editPlayed(): Promise<void> {
        try {
            const { service } = this.model
            const [played, latest] = await Promise.all([service.played(), service.latest().catch(() => undefined)])
            const { profile: name, list, step } = played
            const end = latest?.end ?? 'hold'
            const draft: Draft | undefined = draftOfRun(name, list, step, end)
            this.#open({ key: undefined, version: 0, document: { name, steps: list, end }, draft, fixed: step })
        } catch (error) {
            this.handlers.refused(t('notRead', { reason: (error as Refused).message }))
        }
    }

    /** Shows at their fields what is wrong. @param error of the service, whose paths begin with where it looked */
    async #refuse({ message, faults }: Pick<Refused, 'message' | 'faults'>): Promise<void> {
        this.faults = faults.map((fault) => ({ ...fault, path: fault.path.replace(/^(payload|profile)\.?/, '') }))
        this.trouble = faults.length > 0 ? t('faults', { count: faults.length }) : t('notSaved', { reason: message })
        await this.updateComplete
        await this.#editor.updateComplete
        this.#editor.focusFault()
    }

    #save(): Promise<void> {
        const { document } = this.#editor
        const key = this.subject!.key || document.name
        if (!key) return this.#refuse({ message: '', faults: [{ path: 'name', message: t('nameMissing') }] })
        return this.list.save({
            ...{ key, value: document, version: this.subject!.version, name: document.name },
            dialog: this.querySelector<ConflictDialog>('conflict-dialog')!,
            saved: (record) => {
                this.handlers.done(t('savedProfile', { profile: document.name }))
                this.#edit(record)
            },
            took: (theirs) => (theirs ? this.#edit(theirs) : this.#open(undefined)),
            refused: (error) => void this.#refuse(error),
        })
    }

    async #give(what: 'start' | 'queue'): Promise<void> {
        const { document } = this.#editor
        try {
            await this.model.service.give(what, document, this.preferences.who)
            this.handlers.done(t(what === 'start' ? 'startedProfile' : 'queuedProfile', { profile: document.name }))
            this.faults = []
            this.trouble = ''
        } catch (error) {
            await this.#refuse(error as Refused)
        }
    }

    /** Shows what would change in the one that is played, and asks. */
    async #preview(): Promise<void> {
        const { document } = this.#editor
        const { service } = this.model
        try {
            const preview = await service.preview(document)
            await this.querySelector<PreviewDialog>('preview-dialog')!.open(preview, async () => {
                try {
                    await service.give('edit', document, this.preferences.who)
                    this.handlers.done(t('applied'))
                    if (this.subject?.key === undefined) await this.#editPlayed()
                } catch (error) {
                    await this.#refuse(error as Refused)
                }
            })
        } catch (error) {
            await this.#refuse(error as Refused)
        }
    }

    #remove(): void {
        const { key, version, document } = this.subject!
        const record = { key: key!, version, value: document }
        const failed = (reason: string) => t('notDeleted', { reason })
        void attempt(
            this.handlers,
            () => this.list.collection.remove(record),
            t('deletedProfile', { profile: document.name }),
            failed,
        ).then((isDone) => {
            this.list.reloadSoon()
            if (isDone) this.#open(undefined)
        })
    }

    #versions(record: Kept<ProfileDocument>): void {
        const { list, handlers } = this
        const name = record.value.name || record.key
        const dialog = this.querySelector<ConflictDialog>('conflict-dialog')!
        const restored = (saved: Kept<ProfileDocument>) => this.#edit(saved)
        void this.querySelector<VersionsDialog>('versions-dialog')!.open({ list, record, name, dialog, handlers, restored })
    }

    #stop(): void {
        const failed = (reason: string) => t('notDone', { reason })
        void attempt(this.handlers, () => this.model.service.control('stop', this.preferences.who), t('did_stop'), failed)
    }

    #ask(id: 'stop-ask' | 'delete-ask' | 'discard-ask'): void {
        this.querySelector<HTMLDialogElement>(`#${id}`)!.showModal()
    }

    protected override render(): TemplateResult {
        return html`${this.#played()}
            <div class="split">
                ${this.#names()}
                ${this.subject ? this.#form(this.subject) : this.#invitation()}
            </div>
            <conflict-dialog></conflict-dialog>
            <versions-dialog></versions-dialog>
            <preview-dialog></preview-dialog>
            ${askDialog({
                ...{ id: 'discard-ask', heading: t('discardAsk'), text: t('discardWhat', { name: this.subject?.document.name ?? '' }) },
                ...{ action: t('discard'), run: () => this.#next() },
            })}
            ${askDialog({ id: 'stop-ask', heading: t('stopAsk'), text: t('stopWhat'), action: t('stop'), run: () => this.#stop() })}
            ${askDialog({
                ...{ id: 'delete-ask', heading: t('deleteAsk', { name: this.subject?.document.name ?? '' }), text: t('deleteWhat') },
                ...{ action: t('delete'), run: () => this.#remove() },
            })}`
    }

    #played(): TemplateResult {
        const { played, now, service } = this.model
        if (!played) return html`<section class="card tile"><h2>${t('noProfile')}</h2><p class="hint">${t('noProfileHint')}</p></section>`
        const stop = () => this.#ask('stop-ask')
        const edit = () => this.#leave(() => void this.#editPlayed())
        return playedCard({ ...played, now, who: this.preferences.who, service, handlers: this.handlers, edit, stop })
    }

    #names(): TemplateResult {
        const { records, isKnown, trouble } = this.list
        const add = (kind: 'date' | 'offset' | 'steps') =>
            this.#leave(() => this.#open({ key: '', version: 0, document: newProfile(kind, this.model.now) }))
        const buttons = (['date', 'offset', 'steps'] as const).map(
            (kind) => html`<button type="button" class="link" @click=${() => add(kind)}>${t(`new_${kind}`)}</button>`,
        )
        const entry = (record: Kept<ProfileDocument>) =>
            html`<li><button type="button" aria-current=${record.key === this.subject?.key} @click=${() => this.#leave(() => this.#edit(record))}>
                <span>${record.value.name || record.key}</span>
                <small>${summary(record.value)}</small>
            </button></li>`
        return html`<nav class="card names" aria-labelledby="profiles-heading">
            <h2 id="profiles-heading">${t('profiles')}</h2>
            ${trouble ? html`<p class="hint">${t('notRead', { reason: trouble.message })}</p>` : nothing}
            ${records.length > 0 ? html`<ul>${repeat(records, ({ key }) => key, entry)}</ul>` : isKnown ? html`<p class="hint">${t('noProfiles')}</p>` : nothing}
            <div class="presets"><span class="hint">${t('newProfile')}</span> ${buttons}</div>
        </nav>`
    }

    #invitation(): TemplateResult {
        return html`<section class="card blank"><p class="hint">${t('pickProfile')}</p></section>`
    }

    #form(subject: Subject): TemplateResult {
        const { key, version, document } = subject
        const present = key ? this.list.find(key) : undefined
        const isOutdated = present !== undefined && present.version > version
        return html`<section class="card editor" tabindex="-1" aria-labelledby="editor-heading">
            <header>
                <h2 id="editor-heading">${key === undefined ? t('playedNow', { profile: document.name }) : document.name || t('newOne')}</h2>
                <button type="button" class="plain" aria-label=${t('close')} @click=${() => this.#leave(() => this.#open(undefined))}>✕</button>
            </header>
            ${isOutdated ? html`<p class="banner warn" role="alert">${t('changedBanner')} <button type="button" class="link" @click=${() => this.#edit(present)}>${t('takeTheirs')}</button></p>` : nothing}
            <p class="fault general" role="alert">${this.trouble}</p>
            <profile-editor
                .subject=${subject}
                .faults=${this.faults}
                .now=${this.model.now}
                .dirty=${(isDirty: boolean) => {
                    this.isDirty = isDirty
                }}
            ></profile-editor>
            <div class="buttons">${this.#buttons(subject)}</div>
        </section>`
    }

    #buttons({ key, document }: Subject): (TemplateResult | typeof nothing)[] {
        const present = key ? this.list.find(key) : undefined
        const canApply = this.#isPlaying && (key === undefined || document.name === this.model.played?.view.profile)
        const button = (text: string, run: () => void, style = '', isDisabled = false) =>
            html`<button type="button" class=${style} ?disabled=${isDisabled} @click=${run}>${text}</button>`
        return [
            canApply ? button(`${t('preview')} …`, () => void this.#preview(), key === undefined ? 'primary' : '') : nothing,
            key === undefined ? nothing : button(t('save'), () => void this.#save(), 'primary', key !== '' && !this.isDirty),
            key === undefined
                ? nothing
                : button(t(this.#isPlaying ? 'queue' : 'start'), () => void this.#give(this.#isPlaying ? 'queue' : 'start')),
            present && present.version > 1 ? button(`${t('versions')} …`, () => this.#leave(() => this.#versions(present))) : nothing,
            key ? button(`${t('delete')} …`, () => this.#ask('delete-ask'), 'danger') : nothing,
        ]
    }
}

/** What a profile is in short: when it begins, or how many steps it has. */
function summary({ points, steps }: ProfileDocument): string {
    if (!points) return steps?.length === 1 ? t('oneStep') : t('countSteps', { count: steps?.length ?? 0 })
    const at = Date.parse(points[0]?.at ?? '')
    const counted = points.length === 1 ? t('onePoint') : t('countPoints', { count: points.length })
    return Number.isNaN(at) ? counted : t('fromDate', { time: momentText(at, 60_000) })
}

customElements.define('profiles-view', ProfilesView)
