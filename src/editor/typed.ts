import type { EditorRED, EditorWidgetTypedInputType, EditorWidgetTypedInputTypeDefinition } from 'node-red'
import { current, opened } from './dialog.ts'
import type { Reason } from './reason.ts'
import { textOf } from './text.ts'

declare const RED: EditorRED

type Literal = EditorWidgetTypedInputType | EditorWidgetTypedInputTypeDefinition

/** What the literals of a typed setting may be. */
export interface Bounds {
    /** The least number, which may depend on the other settings. */
    min?: number | ((node: { id: string }) => number)
    max?: number
    whole?: boolean
    /** Left out on purpose: a blank text means that nothing is asked for. */
    blank?: boolean
    /** Whether the setting is used at all, which the other settings decide. */
    when?(node: { id: string }): boolean
}

/** Where a value of an action node may come from. */
const everywhere = (room: string): Literal[] => [
    'msg',
    { value: 'request', label: textOf(room, 'common.option.request') },
    ...(['flow', 'global', 'env', 'jsonata'] as const),
]

/** Turns the inputs of a dialog's typed settings into typed inputs. @param settings the literal types that each takes too */
export function typedInputs(node: { id: string }, settings: Record<string, Literal[]>): void {
    opened(node)
    const room = Reflect.get(node, 'type').replace('socketworks-', '')
    for (const [key, literals] of Object.entries(settings)) {
        const field = $(`#node-input-${key}`)
        field.typedInput({ default: 'msg', types: [...everywhere(room), ...literals], typeField: $(`#node-input-${key}Type`) })
        // The widget puts an input of its own in the place of the one the label is for.
        const name = $(`label[for="node-input-${key}"]`).text().trim()
        const widget = field.next('.red-ui-typedInput-container')
        widget.find('input').attr('aria-label', name)
        explain(field, widget, () => {
            const valid = definitionOf(node)[key]?.validate?.call(node, field.val(), {})
            // The widget tells by itself what is no expression or no number at all.
            return typeof valid === 'string' && widgetReason(String(field.val()), current(node, `${key}Type`)) === undefined ? valid : ''
        })
    }
}

interface Definition {
    validate?(this: object, value: unknown, opt: object): true | string
}

const definitionOf = (node: object) => (node as { _def: { defaults: Record<string, Definition> } })._def.defaults

/** Shows a reason when the mouse is on a widget: the editor hangs it on the hidden field, where nobody sees it. */
function explain(field: JQuery, widget: JQuery, reason: () => string): void {
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
export function wrongTyped(node: { id: string }, key: string, value: string, bounds: Bounds = {}): Reason | string | undefined {
    if (bounds.when?.(node) === false) return undefined
    const type = current(node, `${key}Type`)
    if (type === 'str') return value.trim() === '' && !bounds.blank ? ['common.invalid.blank'] : undefined
    if (type === 'env' || type === 'request') return value.trim() === '' ? ['common.invalid.blank'] : undefined
    if (type === 'num') {
        const { min } = bounds
        return wrongNumber(value, { ...bounds, min: typeof min === 'function' ? min(node) : min })
    }
    return widgetReason(value, type)
}

/** What the widget itself finds wrong, in the editor's own words. */
function widgetReason(value: string, type: string): string | undefined {
    const { validateTypedProperty } = RED.utils as unknown as {
        validateTypedProperty(value: string, type: string, opt: object): true | string
    }
    const valid = validateTypedProperty(value, type, {})
    return valid === true ? undefined : valid
}

function wrongNumber(value: string, { min, max, whole }: { min: number | undefined; max?: number; whole?: boolean }): Reason | undefined {
    const number = Number(value)
    if (value.trim() === '' || !Number.isFinite(number)) return ['common.invalid.number']
    if (whole && !Number.isInteger(number)) return ['common.invalid.whole']
    if (min !== undefined && number < min) return ['common.invalid.least', { limit: min }]
    if (max !== undefined && number > max) return ['common.invalid.most', { limit: max }]
    return undefined
}
