import type { EditorRED } from 'node-red'
import * as v from 'valibot'
import { type Field, fieldOf, isVariable } from '../node-red/fields.ts'
import { currentValue } from './dialog.ts'
import type { Hint } from './hints.ts'
import { limitOf, withUnit } from './quantity.ts'
import { type Reason, reason } from './reason.ts'
import { labelOf, translate } from './text.ts'
import { typedReason } from './typed.ts'

declare const RED: EditorRED

interface EditedNode {
    id: string
}

type Check = (node: EditedNode, value: unknown) => Reason | string | undefined

/** Derives the editor's `defaults`, with the red triangle and its reason, from the schema the runtime reads settings with. */
export function defaults(
    nodeName: string,
    schema: v.ObjectSchema<v.ObjectEntries, undefined>,
    hints: Record<string, Hint | undefined>,
): Record<string, object> {
    const blank = v.getDefaults(schema) as Record<string, unknown>
    const setting = ([key, entry]: [string, unknown]): [string, object] => {
        const hint = hints[key] ?? {}
        const field = fieldOf(entry as v.GenericSchema)
        const definition = {
            value: hint.initial ?? blank[key] ?? '',
            // Read when it is needed, as the language may not have been loaded yet.
            get label() {
                return labelOf(nodeName, field.kind === 'variable' ? field.of : key)
            },
        }
        if (field.kind !== 'node') {
            const check = checkOf(key, entry as v.GenericSchema, field, hint)
            return [key, Object.assign(definition, { validate: validator(nodeName, check) })]
        }
        const { type, required } = field
        if (hint.required) return [key, Object.assign(definition, { type, validate: validator(nodeName, configNodeCheck(hint.required)) })]
        // The editor itself says what is wrong with a configuration node, but only where nothing else does.
        return [key, Object.assign(definition, { type }, !required && { required })]
    }
    return Object.fromEntries(Object.entries(schema.entries).map(setting))
}

/** Two parameters, so that Node-RED takes a returned text as the reason. */
const validator = (nodeName: string, check: Check) =>
    function (this: EditedNode, value: unknown, opt: { label?: string }): true | string {
        const wrong = check(this, value)
        if (wrong === undefined) return true
        const why = typeof wrong === 'string' ? wrong : translate(nodeName, ...wrong)
        return opt.label ? `${opt.label}: ${why}` : why
    }

const getFrom = (node: EditedNode) => (key: string) => currentValue(node, key)

/** The editor's own check knows only configuration nodes that are needed always or never. */
const configNodeCheck =
    (isNeeded: NonNullable<Hint['required']>): Check =>
    (node, value) => {
        if (!isNeeded(getFrom(node))) return undefined
        const id = String(value ?? '')
        if (id === '' || id === '_ADD_') return ['common.invalid.blank']
        const found = RED.nodes.node(id) as { valid?: boolean } | null | undefined
        return !found || found.valid === false ? ['common.invalid.other'] : undefined
    }

function checkOf(key: string, schema: v.GenericSchema, field: Field, hint: Hint): Check {
    if (field.kind === 'typed')
        return (node, value) =>
            hint.when?.(getFrom(node)) === false ? undefined : typedReason(currentValue(node, `${key}Type`), String(value), field)
    if (field.kind === 'duration' || field.kind === 'size')
        return (node, value) => {
            const result = v.safeParse(schema, withUnit(node, key, String(value ?? '')))
            if (result.success) return undefined
            const [text, { limit } = { limit: '' }] = reason(result.issues[0])
            return [text, { limit: limitOf(node, key, Number(limit), field) }]
        }
    return (node, value) => {
        if (isVariable(value)) return undefined
        const result = v.safeParse(schema, value ?? undefined)
        if (!result.success) return reason(result.issues[0], hint.invalid)
        const clash = hint.against?.(result.output, getFrom(node))
        return clash === undefined ? undefined : [clash]
    }
}
