import type { EditorRED, EditorWidgetTypedInputType, EditorWidgetTypedInputTypeDefinition } from 'node-red'
import type { TypedField } from '../node-red/fields.ts'
import { currentValue, fieldIn } from './dialog.ts'
import type { Reason } from './reason.ts'
import { labelOf, translate } from './text.ts'

declare const RED: EditorRED

type Source = EditorWidgetTypedInputType | EditorWidgetTypedInputTypeDefinition

/** Where a value of an action node may come from, beside what is typed in. */
const everywhere = (nodeName: string): Source[] => [
    'msg',
    { value: 'request', label: translate(nodeName, 'common.option.request') },
    ...(['flow', 'global', 'env', 'jsonata'] as const),
]

/** Turns the input of a typed setting into a typed input. */
export function prepareTyped(node: { id: string }, nodeName: string, key: string, field: TypedField): void {
    const input = fieldIn(node, key)!
    const name = labelOf(nodeName, key)
    const options = field.words?.map((value) => ({ value, label: translate(nodeName, `option.${value}`) }))
    const literals: Source[] = options ? [{ value: 'str', label: name, icon: 'fa fa-list-ul', options }] : [...field.literals]
    input.typedInput({ default: 'msg', types: [...everywhere(nodeName), ...literals], typeField: fieldIn(node, `${key}Type`)! })
    const widget = input.next('.red-ui-typedInput-container')
    // The widget puts an input of its own in the place of the one the label is for.
    widget.find('input').attr({ 'aria-label': name, 'aria-describedby': input.attr('aria-describedby') ?? null })
    showReason(input, widget, () => {
        const valid = definitionOf(node)[key]?.validate?.call(node, input.val(), {})
        // The widget tells by itself what is no expression or no number at all.
        return typeof valid === 'string' && widgetReason(String(input.val()), currentValue(node, `${key}Type`)) === undefined ? valid : ''
    })
    if (field.unit !== undefined)
        rememberUnits(input, fieldIn(node, `${key}Type`)!, fieldIn(node, field.unit)!, definitionOf(node)[field.unit]!.value!)
}

/** A number that is typed in is meant in seconds, unless somebody says otherwise. @param usual what a property of the message is counted in */
function rememberUnits(input: JQuery, type: JQuery, unit: JQuery, usual: string): void {
    const isTyped = () => String(type.val() === 'num')
    const units: Record<string, string> = { true: 's', false: usual, [isTyped()]: String(unit.val()) }
    let shown = isTyped()
    unit.on('change', () => {
        units[shown] = String(unit.val())
    })
    input.on('change', () => {
        if (shown === isTyped()) return
        shown = isTyped()
        unit.val(units[shown]!).trigger('change')
    })
}

interface Definition {
    value?: string
    validate?(this: object, value: unknown, opt: object): true | string
}

/** What the editor knows of a node's settings. */
export const definitionOf = (node: object) => (node as { _def: { defaults: Record<string, Definition> } })._def.defaults

/** Shows a reason when the mouse is on a widget: the editor hangs it on the hidden field, where nobody sees it. */
function showReason(field: JQuery, widget: JQuery, reason: () => string): void {
    type Tip = { setContent(text: string): void; delete(): void }
    const { tooltip } = RED.popover as unknown as { tooltip(target: JQuery, text: string): Tip }
    let tip: Tip | undefined
    field.on('change', () => {
        const text = reason()
        if (text && tip) tip.setContent(text)
        else if (text) tip = tooltip(widget, text)
        else tip?.delete()
        if (!text) tip = undefined
    })
    field.trigger('change')
}

/** Why the expression or the literal of a typed setting is wrong: a reason of ours, or the editor's own text. */
export function typedReason(type: string, value: string, field: TypedField): Reason | string | undefined {
    if (type === 'str') return value.trim() === '' && !field.blank ? ['common.invalid.blank'] : undefined
    if (type === 'env' || type === 'request') return value.trim() === '' ? ['common.invalid.blank'] : undefined
    return type === 'num' ? numberReason(value, field) : widgetReason(value, type)
}

/** What the widget itself finds wrong, in the editor's own words. */
function widgetReason(value: string, type: string): string | undefined {
    const { validateTypedProperty } = RED.utils as unknown as {
        validateTypedProperty(value: string, type: string, opt: object): true | string
    }
    const valid = validateTypedProperty(value, type, {})
    return valid === true ? undefined : valid
}

function numberReason(value: string, { min, max, whole }: TypedField): Reason | undefined {
    const number = Number(value)
    if (value.trim() === '' || !Number.isFinite(number)) return ['common.invalid.number']
    if (whole && !Number.isInteger(number)) return ['common.invalid.whole']
    if (min !== undefined && number < min) return ['common.invalid.least', { limit: min }]
    if (max !== undefined && number > max) return ['common.invalid.most', { limit: max }]
    return undefined
}
