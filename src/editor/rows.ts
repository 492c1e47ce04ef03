import type * as v from 'valibot'
import { type Field, fieldOf, unitsOf } from '../node-red/fields.ts'
import type { Hint } from './hints.ts'
import { labelKey } from './text.ts'

/** What the rows of a dialog are made of. */
export interface DialogSpec {
    /** What the ids of the fields begin with. */
    prefix: 'node-input' | 'node-config-input'
    settings: v.ObjectEntries
    credentials: Record<string, { type: string }>
    hints: Record<string, Hint | undefined>
    /** Settings that are shown only when their part of the dialog is opened, by the key of its label. */
    folded: Record<string, readonly string[]>
    /** Whether there is such a text. */
    has(key: string): boolean
}

type Attributes = Record<string, string | undefined>

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')

function open(tag: string, attributes: Attributes): string {
    const written = Object.entries(attributes).map(([name, value]) => (value === undefined ? '' : ` ${name}="${escaped(value)}"`))
    return `<${tag}${written.join('')}>`
}

const element = (tag: string, attributes: Attributes, content = '') => `${open(tag, attributes)}${content}</${tag}>`
const text = (key: string) => element('span', { 'data-i18n': key })

/** The icons of settings and of kinds of them, for which nothing better is said: names of Font Awesome 4. */
const icons: Record<string, string> = {
    name: 'tag',
    socket: 'plug',
    store: 'database',
    endpoint: 'plug',
    text: 'pencil',
    list: 'list',
    number: 'hashtag',
    flag: 'check-square-o',
    choice: 'list-ul',
    duration: 'clock-o',
    size: 'hdd-o',
    node: 'cog',
    variable: 'key',
    typed: 'pencil-square-o',
}

/** `close-old` as `closeOld`: the keys of texts have no hyphens. */
const camel = (word: string) => word.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** The choices of a select; a word that has no text, such as `mqtt`, is its own. */
function choices(words: readonly string[], keyOf: (word: string) => string, has: (key: string) => boolean): string {
    const option = (word: string) => {
        const key = keyOf(word)
        return element('option', { value: word, 'data-i18n': has(key) ? key : undefined }, has(key) ? '' : escaped(word))
    }
    return words.map(option).join('')
}

const select = (id: string, label: string | undefined, options: string, style?: string, tip = '') =>
    element('select', { id, class: style, 'data-i18n': label && [`[aria-label]${label}`, tip].filter(Boolean).join(';') }, options)

/** The choice of a unit. */
const unitSelect = (id: string, units: readonly string[], has: DialogSpec['has']) =>
    select(
        id,
        'common.label.unit',
        choices(units, (unit) => `common.unit.${unit}`, has),
        'socketworks-unit',
    )

/** The fields of a row. */
function fieldsOf(spec: DialogSpec, key: string, field: Field): string {
    const { prefix, has, hints } = spec
    const id = `${prefix}-${key}`
    const own = hints[key]?.placeholder ?? ('placeholder' in field ? field.placeholder : undefined)
    const textKey = key === 'name' && prefix === 'node-input' ? 'label.palette' : `placeholder.${key}`
    const hasKey = has(textKey)
    const placeholder = { placeholder: hasKey ? undefined : own || undefined, 'data-i18n': hasKey ? `[placeholder]${textKey}` : undefined }
    const text = { type: 'text', id, 'aria-describedby': isTold(spec, key) ? `${id}-hint` : undefined }
    const short = { ...text, inputmode: 'decimal', class: 'socketworks-short' }
    switch (field.kind) {
        case 'number':
            return (
                open('input', { ...short, ...placeholder }) +
                (hints[key]?.unit ? element('span', { class: 'socketworks-unit', 'data-i18n': hints[key].unit }) : '')
            )
        case 'duration':
        case 'size':
            return open('input', short) + unitSelect(`${id}-unit`, Object.keys(unitsOf[field.kind]), has)
        case 'flag':
            return open('input', { ...text, type: 'checkbox' })
        case 'choice':
            return select(
                id,
                undefined,
                choices(field.words, (word) => `option.${camel(word)}`, has),
            )
        case 'typed': {
            const unit = field.unit === undefined ? '' : unitSelect(`${prefix}-${field.unit}`, Object.keys(unitsOf.duration), has)
            const style = 'socketworks-typed'
            return open('input', { ...text, class: style }) + open('input', { type: 'hidden', id: `${id}Type`, class: style }) + unit
        }
        case 'variable':
            return secretFields(spec, field.of, id, field.placeholder)
        default:
            return open('input', { ...text, ...placeholder })
    }
}

/** A secret is typed in, or it comes from the environment. */
function secretFields({ prefix, credentials, hints, has }: DialogSpec, key: string, variable: string, example: string): string {
    const id = `${prefix}-${key}`
    const type = credentials[key]!.type
    const source = choices(['typed', 'env'], (word) => `common.option.${word}`, has)
    return [
        select(`${id}-source`, 'common.label.source', source, 'socketworks-source', '[title]common.hint.source'),
        open('input', { type, id, placeholder: hints[key]?.placeholder, autocomplete: type === 'password' ? 'new-password' : 'off' }),
        open('input', { type: 'text', id: variable, placeholder: example, 'data-i18n': '[aria-label]common.label.variable' }),
    ].join('')
}

/** Whether there is something to say of a setting beyond its label. */
const isTold = ({ hints, has }: DialogSpec, key: string) => hints[key]?.note !== undefined || has(`hint.${key}`)

/** A setting with its label and its fields, and what there is to say of it. */
function row(spec: DialogSpec, setting: string): string {
    const field = fieldOf(spec.settings[setting] as v.GenericSchema)
    if (field.kind === 'part' || spec.hints[setting]?.isHidden) return ''
    const key = field.kind === 'variable' ? field.of : setting
    const hint = spec.hints[key]
    const icon = element('i', { class: `fa fa-${hint?.icon ?? icons[key] ?? icons[field.kind]}` })
    const label = element('label', { for: `${spec.prefix}-${key}` }, `${icon} ${text(labelKey(key))}`)
    const fields = element('div', { class: 'form-row', 'data-row': key }, label + fieldsOf(spec, setting, field))
    const id = `${spec.prefix}-${key}-hint`
    const note = element('div', { id, class: 'socketworks-hint', 'data-row': key, 'data-i18n': hint?.note ? undefined : `hint.${key}` })
    return isTold(spec, key) ? fields + note : fields
}

/** The rows of a dialog, in the order of the settings. */
export function rows(spec: DialogSpec): string {
    const folded = Object.values(spec.folded).flat()
    const open = Object.keys(spec.settings).filter((key) => !folded.includes(key))
    const parts = Object.entries(spec.folded).map(([label, keys]) =>
        element('details', {}, element('summary', { 'data-i18n': `label.${label}` }) + keys.map((key) => row(spec, key)).join('')),
    )
    return element('div', { class: 'socketworks-dialog' }, [...open.map((key) => row(spec, key)), ...parts].join(''))
}
