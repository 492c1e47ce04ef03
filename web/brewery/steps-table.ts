import { html, nothing, type TemplateResult } from 'lit'
import type { Fault } from '../shared/rest.ts'
import { DEGREES, numberText, parseNumber } from './format.ts'
import { exactDuration, parseDuration, type Step } from './profile.ts'
import { t } from './texts.ts'

export interface StepsTableOptions {
    steps: readonly Step[]
    /** What is wrong with the steps: `steps[1].to`. */
    faults: readonly Fault[]
    /** Steps that are over, as the profile runs. */
    fixed: number
    changed(steps: readonly Step[]): void
}

const types = ['set', 'ramp', 'hold', 'until', 'confirm'] as const
type Type = (typeof types)[number]

/** What a new step of each type is. */
const usual: Record<Type, () => Step> = {
    set: () => ({ type: 'set', value: 20 }),
    ramp: () => ({ type: 'ramp', to: 20, duration: 3600 }),
    hold: () => ({ type: 'hold', duration: 3600 }),
    until: () => ({ type: 'until', below: 20, limit: 86_400 }),
    confirm: () => ({ type: 'confirm', text: t('confirmText') }),
}

/** What is entered of a step: numbers, durations in seconds, or text. */
type Kind = 'number' | 'duration' | 'text'
const fields: Record<Type, readonly [name: string, kind: Kind, isOptional?: boolean][]> = {
    set: [['value', 'number']],
    ramp: [
        ['to', 'number'],
        ['duration', 'duration', true],
        ['rate', 'number', true],
    ],
    hold: [
        ['duration', 'duration'],
        ['band', 'number', true],
        ['for', 'duration', true],
    ],
    until: [
        ['above', 'number', true],
        ['below', 'number', true],
        ['limit', 'duration'],
    ],
    confirm: [['text', 'text']],
}
/** Of each pair only one is there: entering one clears the other. */
const either: Record<string, string> = { duration: 'rate', rate: 'duration', above: 'below', below: 'above' }

/** The steps of a profile, one in a row. */
export function stepsTable(options: StepsTableOptions): TemplateResult {
    const { steps, changed } = options
    const add = (type: Type) => changed([...steps, usual[type]()])
    return html`<ol class="steps">${steps.map((step, index) => row(step, index, options))}</ol>
        <div class="presets">
            <span class="hint">${t('addStep')}</span>
            ${types.map((type) => html`<button type="button" class="link" @click=${() => add(type)}>${t(`step_${type}`)}</button>`)}
        </div>`
}

function row(step: Step, index: number, { steps, faults, fixed, changed }: StepsTableOptions): TemplateResult {
    const isFixed = index < fixed
    const type = step.type as Type
    const put = (next: Step) => changed(steps.with(index, next))
    const move = (to: number) => changed(steps.toSpliced(index, 1).toSpliced(to, 0, step))
    const found = faults.filter(({ path }) => path === `steps[${index}]` || path.startsWith(`steps[${index}].`))
    const named = (text: string) => t('ofStep', { name: text, number: index + 1 })
    return html`<li>
        <select
            aria-label=${named(t('kindOfStep'))}
            ?disabled=${isFixed}
            @change=${({ target }: Event) => put(usual[(target as HTMLSelectElement).value as Type]())}
        >
            ${types.map((one) => html`<option value=${one} ?selected=${one === type}>${t(`step_${one}`)}</option>`)}
        </select>
        ${(fields[type] ?? []).map((field) => input(step, field, isFixed, named, put))}
        ${type === 'until' ? lateSelect(step, isFixed, named, put) : nothing}
        <span class="acts">
            <button type="button" class="plain" aria-label=${named(t('earlierStep'))} ?disabled=${isFixed || index <= fixed} @click=${() => move(index - 1)}>↑</button>
            <button type="button" class="plain" aria-label=${named(t('laterStep'))} ?disabled=${isFixed || index === steps.length - 1} @click=${() => move(index + 1)}>↓</button>
            <button type="button" class="plain" aria-label=${named(t('remove'))} ?disabled=${isFixed || steps.length < 2} @click=${() => changed(steps.toSpliced(index, 1))}>✕</button>
        </span>
        ${found.length > 0 ? html`<p class="fault">${found.map(({ message }) => message).join('; ')}</p>` : nothing}
    </li>`
}

function input(
    step: Step,
    [name, kind, isOptional]: readonly [name: string, kind: Kind, isOptional?: boolean],
    isFixed: boolean,
    named: (text: string) => string,
    put: (step: Step) => void,
): TemplateResult {
    const value = Reflect.get(step, name) as number | string | undefined
    const text =
        value === undefined
            ? ''
            : kind === 'duration'
              ? exactDuration(Number(value) * 1000)
              : kind === 'number'
                ? numberText(Number(value))
                : String(value)
    const change = ({ target }: Event) => {
        const field = target as HTMLInputElement
        const given = readField(kind, field.value)
        if (given === undefined && !isOptional) field.value = text
        else put(withField(step, name, given))
    }
    const label = `${t(`step_${name as 'value'}`)}${kind === 'number' && name !== 'rate' ? ` (${DEGREES})` : ''}`
    return html`<label class=${kind}>
        <span>${label}</span>
        <input
            autocomplete="off"
            inputmode=${kind === 'number' ? 'decimal' : 'text'}
            aria-label=${named(label)}
            placeholder=${isOptional ? '–' : ''}
            .value=${text}
            ?disabled=${isFixed}
            @change=${change}
        >
    </label>`
}

function lateSelect(step: Step, isFixed: boolean, named: (text: string) => string, put: (step: Step) => void): TemplateResult {
    const { late = 'advance' } = step as { late?: string }
    return html`<label>
        <span>${t('whenLate')}</span>
        <select
            aria-label=${named(t('whenLate'))}
            ?disabled=${isFixed}
            @change=${({ target }: Event) => put(withField(step, 'late', (target as HTMLSelectElement).value))}
        >
            ${(['advance', 'hold'] as const).map((one) => html`<option value=${one} ?selected=${one === late}>${t(`late_${one}`)}</option>`)}
        </select>
    </label>`
}

/** @returns undefined for what is blank or cannot be read */
function readField(kind: Kind, text: string): number | string | undefined {
    if (kind === 'text') return text.trim() || undefined
    const number = kind === 'duration' ? parseDuration(text) / 1000 : parseNumber(text)
    return Number.isNaN(number) ? undefined : number
}

function withField(step: Step, name: string, value: number | string | undefined): Step {
    const other = either[name]
    const isEither = value !== undefined && other !== undefined && step.type !== 'hold'
    const kept = Object.entries(step).filter(([key]) => key !== name && !(isEither && key === other))
    return Object.fromEntries([...kept, ...(value === undefined ? [] : [[name, value]])]) as Step
}
