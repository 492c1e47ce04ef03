import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { field, textInput } from '../shared/fields.ts'
import type { Fault } from '../shared/rest.ts'
import './curve-editor.ts'
import type { CurveEditor } from './curve-editor.ts'
import { pointsTable } from './points-table.ts'
import {
    addPoint,
    curveOf,
    type Draft,
    documentOf,
    draftOf,
    type End,
    ends,
    type Mode,
    modes,
    type ProfileDocument,
    type Step,
    withKind,
} from './profile.ts'
import { stepsTable } from './steps-table.ts'
import { t } from './texts.ts'

/** What is edited: a profile that is kept, the one that is played, or a new one. */
export interface Subject {
    /** The key of its record; blank for a new one, undefined for the one that is played. */
    key: string | undefined
    /** That of the record when it was read; 0 for none. */
    version: number
    document: ProfileDocument
    /** Of the one that is played: points or steps that are over. */
    draft?: Draft | undefined
    fixed?: number
}

/** The form in which a profile is edited: as a curve and a table of points, or as steps. */
export class ProfileEditor extends LitElement {
    static override properties = {
        subject: {},
        faults: {},
        now: {},
        draft: { state: true },
        steps: { state: true },
        selected: { state: true },
    }
    declare subject: Subject
    declare faults: readonly Fault[]
    /** By the clock of the server. */
    declare now: number
    /** Undefined for a profile of steps. */
    declare draft: Draft | undefined
    declare steps: readonly Step[]
    declare selected: number | undefined
    /** Is told whether there is something to save. */
    declare dirty: (isDirty: boolean) => void
    #name = ''
    #end: End = 'hold'

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    protected override willUpdate(changed: PropertyValues<this>): void {
        if (!changed.has('subject')) return
        const { document, draft } = this.subject
        this.draft = draft ?? draftOf(document)
        this.steps = document.steps ?? []
        this.#name = document.name
        this.#end = document.end ?? 'hold'
        this.selected = undefined
    }

    /** The profile as it is now. */
    get document(): ProfileDocument {
        const [name, end] = [this.#name, this.#end]
        return this.draft ? { ...documentOf(this.draft), name, end } : { name, end, steps: [...this.steps] }
    }

    focusFault(): void {
        const invalid = this.querySelector<HTMLElement>('[aria-invalid="true"]')
        invalid?.focus()
    }

    #change(draft: Draft): void {
        this.draft = draft
        this.dirty(true)
    }

    readonly #select = (index: number): void => {
        this.selected = index
    }

    #add(): void {
        const { draft } = this
        if (!draft) return
        const [before, last] = [draft.points.at(-2), draft.points.at(-1)!]
        const far = before ? last.at - before.at : draft.kind === 'date' ? 86_400_000 : 3_600_000
        const added = addPoint(draft, { at: last.at + far, value: last.value })
        if (!added) return
        this.#change(added.draft)
        this.selected = added.index
        void this.updateComplete.then(() => this.querySelector<CurveEditor>('curve-editor')?.focusPoint(added.index))
    }

    protected override render(): TemplateResult {
        const isPlayed = this.subject.key === undefined
        return html`<div class="pair wide">
                ${textInput(this.faults, {
                    name: 'profile-name',
                    label: t('name'),
                    paths: ['name', ''],
                    changed: () => {
                        this.#name = this.querySelector<HTMLInputElement>('[name=profile-name]')!.value.trim()
                        this.dirty(true)
                    },
                })}
                ${this.draft ? [this.#kind(isPlayed), this.#mode()] : nothing} ${this.#endField()}
            </div>
            ${this.draft ? this.#points(this.draft) : this.#steps()}`
    }

    protected override updated(changed: PropertyValues<this>): void {
        if (changed.has('subject')) this.querySelector<HTMLInputElement>('[name=profile-name]')!.value = this.#name
    }

    #points(draft: Draft): TemplateResult {
        const original = this.subject.draft ?? draftOf(this.subject.document)
        const shape = ({ points, mode }: Draft) => JSON.stringify([points, mode])
        const isComparable = original && original.kind === draft.kind && shape(original) !== shape(draft)
        const change = (next: Draft) => this.#change(next)
        return html`<curve-editor
                .draft=${draft}
                .original=${isComparable ? curveOf(original, original.points.at(-1)!.at) : undefined}
                .now=${this.now}
                .selected=${this.selected}
                .changed=${change}
                .select=${this.#select}
            ></curve-editor>
            ${isComparable ? html`<p class="hint"><i class="swatch dashed before"></i>${t('asBefore')}</p>` : nothing}
            ${pointsTable({ ...{ draft, faults: this.faults, selected: this.selected }, changed: change, select: this.#select, add: () => this.#add() })}
            ${this.#rest(/^points(\[|$)/)}`
    }

    #steps(): TemplateResult {
        const changed = (steps: readonly Step[]) => {
            this.steps = steps
            this.dirty(true)
        }
        return html`${stepsTable({ steps: this.steps, faults: this.faults, fixed: this.subject.fixed ?? 0, changed })}
            <p class="hint">${t('durationHint')}</p>
            ${this.#rest(/^steps(\[|$)/)}`
    }

    /** What is wrong beside all fields. */
    #rest(placed: RegExp): TemplateResult | typeof nothing {
        const shown = ['name', '', 'end', 'mode']
        const rest = this.faults.filter(({ path }) => path === 'points' || path === 'steps' || !(shown.includes(path) || placed.test(path)))
        return rest.length > 0 ? html`<p class="fault">${rest.map(({ path, message }) => `${path} ${message}`).join('; ')}</p>` : nothing
    }

    #kind(isPlayed: boolean): TemplateResult {
        const choose = (kind: Draft['kind']) => this.#change(withKind(this.draft!, kind, nextHour(this.now)))
        const button = (kind: Draft['kind']) =>
            html`<button type="button" aria-pressed=${kind === this.draft!.kind} ?disabled=${isPlayed} @click=${() => choose(kind)}>${t(kind === 'date' ? 'byDate' : 'byOffset')}</button>`
        return html`<div class="field">
            <span class="label">${t('pointsAre')}</span>
            <div class="segments" role="group" aria-label=${t('pointsAre')}>${button('date')} ${button('offset')}</div>
        </div>`
    }

    #mode(): TemplateResult {
        const choose = (mode: Mode) => this.#change({ ...this.draft!, mode })
        return html`<div class="field">
            <span class="label">${t('between')}</span>
            <div class="segments" role="group" aria-label=${t('between')}>
                ${modes.map((mode) => html`<button type="button" aria-pressed=${mode === this.draft!.mode} @click=${() => choose(mode)}>${t(`mode_${mode}`)}</button>`)}
            </div>
        </div>`
    }

    #endField(): TemplateResult {
        const choose = ({ target }: Event) => {
            this.#end = (target as HTMLSelectElement).value as End
            this.dirty(true)
        }
        return field(
            this.faults,
            { name: 'end', label: t('end'), paths: ['end'] },
            html`<select id="end" name="end" @change=${choose}>
                ${ends.map((end) => html`<option value=${end} .selected=${end === this.#end}>${t(`end_${end}`)}</option>`)}
            </select>`,
        )
    }
}

const nextHour = (now: number): number => Math.ceil(now / 3_600_000) * 3_600_000

/** A profile to begin with. @param now by the clock of the server */
export function newProfile(kind: 'date' | 'offset' | 'steps', now: number): ProfileDocument {
    if (kind === 'steps')
        return {
            name: '',
            steps: [
                { type: 'set', value: 20 },
                { type: 'hold', duration: 3600, band: 0.5 },
            ],
        }
    const start = kind === 'date' ? nextHour(now) : 0
    const days = (count: number) => start + count * 86_400_000
    const points = [
        { at: days(0), value: 18 },
        { at: days(4), value: 18 },
        { at: days(6), value: 21 },
    ]
    return documentOf({ name: '', kind, mode: 'linear', end: 'hold', points, fixed: 0 })
}

customElements.define('profile-editor', ProfileEditor)
