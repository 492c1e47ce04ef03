import { html, nothing, type TemplateResult } from 'lit'
import { ifDefined } from 'lit/directives/if-defined.js'
import type { Fault } from './rest.ts'

export interface Field {
    name: string
    label: string
    /** What the server calls it in what is wrong: `Package.path`. */
    paths: readonly string[]
    hint?: string
}

export interface TextInput extends Field {
    type?: 'text' | 'date' | 'time'
    placeholder?: string
    /** The id of a list of proposals. */
    list?: string
    /** What it holds at first. */
    value?: string
    changed?(): void
}

const faultsOf = (faults: readonly Fault[], paths: readonly string[]): string =>
    faults
        .filter(({ path }) => paths.includes(path))
        .map(({ message }) => message)
        .join('; ')

/** A control with its label, a hint, and what is wrong with it. @param control has the name as its id */
export function field(faults: readonly Fault[], { name, label, paths, hint }: Field, control: TemplateResult): TemplateResult {
    const fault = faultsOf(faults, paths)
    return html`<div class="field" data-paths=${paths.join(' ')}>
        <label for=${name}>${label}${hint ? html` <small id="${name}-hint">${hint}</small>` : nothing}</label>
        ${control}
        <p class="fault" id="${name}-fault">${fault}</p>
    </div>`
}

export function textInput(faults: readonly Fault[], options: TextInput): TemplateResult {
    const { name, paths, type = 'text', placeholder, list, value, hint, changed } = options
    const input = html`<input
        id=${name}
        name=${name}
        type=${type}
        autocomplete="off"
        spellcheck="false"
        placeholder=${ifDefined(placeholder)}
        list=${ifDefined(list)}
        value=${ifDefined(value)}
        aria-invalid=${faultsOf(faults, paths) !== ''}
        aria-describedby=${hint ? `${name}-hint ${name}-fault` : `${name}-fault`}
        @input=${changed ?? nothing}
    >`
    return field(faults, options, input)
}

/** What a form's field holds. */
export const entryOf = (form: HTMLFormElement, name: string): string => String(new FormData(form).get(name) ?? '').trim()

/** A number as it was written, if it is one: the server says what is wrong with it otherwise. */
export const numberOf = (text: string): number | string =>
    Number.isFinite(Number(text.replace('−', '-'))) ? Number(text.replace('−', '-')) : text
