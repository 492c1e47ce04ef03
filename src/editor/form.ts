import type { EditorNodeProperties, EditorNodePropertiesDef } from 'node-red'
import * as v from 'valibot'
import { type Field, fieldOf } from '../node-red/fields.ts'
import { appearance, configAppearance } from './appearance.ts'
import { defaults } from './defaults.ts'
import { currentValue, markClosed, markOpen } from './dialog.ts'
import type { Get, Hint } from './hints.ts'
import { prepareQuantity, saveQuantity } from './quantity.ts'
import { type DialogSpec, rows } from './rows.ts'
import { prepareSecret, restrictSecret, type Secret, saveSecret } from './secret.ts'
import { hasText, translate } from './text.ts'
import { definitionOf, prepareTyped } from './typed.ts'

type Hints<E, C extends string> = { [K in keyof E | C]?: Hint }
type Folded<E> = Record<string, readonly Extract<keyof E, string>[]>
type Defaults<E extends v.ObjectEntries> = EditorNodePropertiesDef<EditorNodeProperties & v.InferOutput<v.ObjectSchema<E, undefined>>>

interface EditedNode {
    id: string
}

/**
 * What `registerType` needs of a node's settings: their defaults with validation, and the dialog with a row for each of them in the
 * schema's order.
 * @param nodeName the node's folder
 * @param hints what the schema does not say
 * @param folded settings that seldom change, by the key of the label that opens their part of the dialog
 */
export function form<E extends v.ObjectEntries>(
    nodeName: string,
    schema: v.ObjectSchema<E, undefined>,
    hints: Hints<E, never> = {},
    folded: Folded<E> = {},
) {
    const spec = specOf(nodeName, 'node-input', schema, hints, folded)
    return { ...appearance, defaults: defaults(nodeName, schema, spec.hints) as Defaults<E>, ...dialog(nodeName, spec) }
}

/** The same of a configuration node. @param credentials as the runtime has them */
export function configForm<E extends v.ObjectEntries, C extends string = never>(
    nodeName: string,
    schema: v.ObjectSchema<E, undefined>,
    hints: Hints<E, NoInfer<C>> = {},
    folded: Folded<E> = {},
    credentials = {} as Record<C, { type: 'text' | 'password' }>,
) {
    const spec = { ...specOf(nodeName, 'node-config-input', schema, hints, folded), credentials }
    return { ...configAppearance, defaults: defaults(nodeName, schema, spec.hints) as Defaults<E>, ...dialog(nodeName, spec) }
}

const specOf = (
    nodeName: string,
    prefix: DialogSpec['prefix'],
    { entries: settings }: v.ObjectSchema<v.ObjectEntries, undefined>,
    hints: object,
    folded: object,
): DialogSpec => ({
    prefix,
    settings,
    credentials: {},
    hints: hints as DialogSpec['hints'],
    folded: folded as DialogSpec['folded'],
    has: (key) => hasText(nodeName, key),
})

/** The life of a node's dialog, and the rows that the editor makes it of. */
function dialog(nodeName: string, spec: DialogSpec) {
    // The editor takes the rows of each dialog that it opens out of this element.
    $(`script[data-template-name="socketworks-${nodeName}"]`).text(rows(spec))
    const fields = Object.entries(spec.settings)
        .filter(([key]) => !spec.hints[key]?.isHidden)
        .map(([key, schema]) => [key, fieldOf(schema as v.GenericSchema)] as const)
    const defaultValues = Object.fromEntries(
        Object.entries(spec.settings).map(([key, schema]) => [key, v.getDefault(schema as v.GenericSchema)]),
    )
    return {
        oneditprepare(this: EditedNode): void {
            const shown = markOpen(this, spec.prefix, defaultValues)
            for (const [key, field] of fields) prepare(this, nodeName, key, field)
            const update = () => updateRows(this, nodeName, spec, shown)
            shown.on('change', update)
            update()
            openWrongParts(this, spec, shown)
        },
        oneditsave(this: EditedNode): void {
            for (const [key, field] of fields) {
                if (field.kind === 'duration' || field.kind === 'size') saveQuantity(this, key)
                if (field.kind === 'variable') saveSecret(this, { credential: field.of, variable: key })
            }
            // From here on what is saved counts.
            markClosed(this, spec.prefix)
        },
    }
}

function prepare(node: EditedNode, nodeName: string, key: string, field: Field): void {
    if (field.kind === 'duration' || field.kind === 'size') prepareQuantity(node, key, field)
    if (field.kind === 'variable') prepareSecret(node, { credential: field.of, variable: key })
    if (field.kind === 'typed') prepareTyped(node, nodeName, key, field)
}

/** What is wrong is not to be looked for in a part that is folded. */
function openWrongParts(node: EditedNode, { folded }: DialogSpec, shown: JQuery): void {
    const definitions = definitionOf(node)
    const isWrong = (key: string) => typeof definitions[key]?.validate?.call(node, currentValue(node, key), {}) === 'string'
    for (const [i, keys] of Object.values(folded).entries()) if (keys.some(isWrong)) shown.find('details').eq(i).prop('open', true)
}

/** Keeps the rows that apply to what is chosen and the parts that have such rows, and hides the others. */
function updateRows(node: EditedNode, nodeName: string, { hints, settings, folded }: DialogSpec, shown: JQuery): void {
    const get: Get = (key) => currentValue(node, key)
    const applies = (key: string) => hints[key]?.when?.(get) ?? true
    for (const [i, keys] of Object.values(folded).entries()) shown.find('details').eq(i).toggle(keys.some(applies))
    for (const [key, hint] of Object.entries(hints)) {
        const rows = shown.find(`[data-row="${key}"]`)
        if (hint?.when) rows.toggle(hint.when(get))
        if (hint?.note) setNote(rows.filter('.socketworks-hint'), nodeName, hint.note(get))
        if (hint?.variableOnly) restrictSecret(node, secretOf(settings, key), hint.variableOnly(get))
    }
}

const setNote = (place: JQuery, nodeName: string, key: string) => void place.text(key && translate(nodeName, key)).toggle(key !== '')

function secretOf(settings: v.ObjectEntries, credential: string): Secret {
    const isOf = ([, schema]: [string, unknown]) => {
        const field = fieldOf(schema as v.GenericSchema)
        return field.kind === 'variable' && field.of === credential
    }
    return { credential, variable: Object.entries(settings).find(isOf)![0] }
}
