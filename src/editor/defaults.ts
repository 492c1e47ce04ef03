import type { EditorNodeProperties, EditorNodePropertiesDef } from 'node-red'
import * as v from 'valibot'

type Extra = { type?: string; required?: boolean; label?: string }

/** Derives the editor's `defaults`, with the red triangle and its reason, from the schema the runtime reads settings with. */
export function defaults<E extends v.ObjectEntries>(schema: v.ObjectSchema<E, undefined>, extra: { [K in keyof E]?: Extra } = {}) {
    const blank = v.getDefaults(schema) as Record<string, unknown>
    return Object.fromEntries(
        Object.entries(schema.entries).map(([key, field]) => [
            key,
            {
                value: blank[key] ?? '',
                // Two parameters, so that Node-RED takes a returned text as the reason.
                validate(value: unknown, _opt: unknown) {
                    const result = v.safeParse(field as v.GenericSchema, value)
                    return result.success || result.issues[0].message
                },
                ...extra[key],
            },
        ]),
    ) as unknown as EditorNodePropertiesDef<EditorNodeProperties & v.InferOutput<typeof schema>>
}
