import type { EditorNodeProperties, EditorNodePropertiesDef, EditorRED } from 'node-red'
import * as v from 'valibot'
import { type Reason, reason } from './reason.ts'
import { labelOf, textOf } from './text.ts'
import { type Bounds, wrongTyped } from './typed.ts'

declare const RED: EditorRED

interface EditedNode {
    id: string
}

export interface Extra extends Bounds {
    /** The type of the configuration node to choose. */
    type?: string
    /** Whether one has to be chosen, or when. */
    required?: boolean | ((node: EditedNode) => boolean)
    /** What a new node has, where that is not what is meant if the setting is missing. */
    initial?: string
    /** The key of the reason for what only this setting must not be. */
    invalid?: string
    /** A look at the other settings: the key of a reason when they do not go together. */
    against?(node: EditedNode, value: unknown): string | undefined
}

/** Derives the editor's `defaults`, with the red triangle and its reason, from the schema the runtime reads settings with. */
export function defaults<E extends v.ObjectEntries>(
    room: string,
    schema: v.ObjectSchema<E, undefined>,
    extras: { [K in keyof E]?: Extra } = {},
) {
    const blank = v.getDefaults(schema) as Record<string, unknown>
    const setting = ([key, field]: [string, unknown]) => {
        const extra: Extra = extras[key] ?? {}
        const definition = {
            value: extra.initial ?? blank[key] ?? '',
            // Read when it is needed, as the language may not have been loaded yet.
            get label() {
                return labelOf(room, key)
            },
        }
        const { type, required } = extra
        if (type && typeof required === 'function')
            return [key, Object.assign(definition, { type, validate: validator(room, chosen(required)) })]
        // The editor itself says what is wrong with a configuration node, but only where nothing else does.
        if (type) return [key, Object.assign(definition, { type }, required === false && { required })]
        const find = `${key}Type` in schema.entries ? typedReason(key, extra) : fieldReason(field as v.GenericSchema, extra)
        return [key, Object.assign(definition, { validate: validator(room, find) })]
    }
    return Object.fromEntries(Object.entries(schema.entries).map(setting)) as EditorNodePropertiesDef<
        EditorNodeProperties & v.InferOutput<typeof schema>
    >
}

type Find = (node: EditedNode, value: unknown) => Reason | string | undefined

/** Two parameters, so that Node-RED takes a returned text as the reason. */
const validator = (room: string, find: Find) =>
    function (this: EditedNode, value: unknown, opt: { label?: string }): true | string {
        const wrong = find(this, value)
        if (wrong === undefined) return true
        const why = typeof wrong === 'string' ? wrong : textOf(room, ...wrong)
        return opt.label ? `${opt.label}: ${why}` : why
    }

/** The editor's own check knows only configuration nodes that are needed always or never. */
const chosen =
    (isNeeded: (node: EditedNode) => boolean): Find =>
    (node, value) => {
        if (!isNeeded(node)) return undefined
        const id = String(value ?? '')
        if (id === '' || id === '_ADD_') return ['common.invalid.blank']
        const found = RED.nodes.node(id) as { valid?: boolean } | null | undefined
        return !found || found.valid === false ? ['common.invalid.other'] : undefined
    }

const typedReason =
    (key: string, bounds: Bounds): Find =>
    (node, value) =>
        wrongTyped(node, key, String(value), bounds)

const fieldReason =
    (field: v.GenericSchema, extra: Extra): Find =>
    (node, value) => {
        const result = v.safeParse(field, value ?? undefined)
        if (!result.success) return reason(result.issues[0], extra.invalid)
        const clash = extra.against?.(node, result.output)
        return clash === undefined ? undefined : [clash]
    }
