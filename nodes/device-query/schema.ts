import * as v from 'valibot'
import { choice, chosen, flag, text, typed } from '../../src/node-red/fields.ts'

export const DeviceQueryConfig = v.object({
    name: text(),
    store: chosen,
    fleet: text('devices'),
    /** A peer sees only the devices of its own account. */
    own: flag(false),
    ...typed('filter'),
    ...typed('sort'),
    ...typed('offset'),
    ...typed('limit'),
})

/** What it was set to before *device history* and *device view* were nodes of their own. */
export const former = {
    mode: choice('query', 'history', 'live'),
    endpoint: v.optional(v.string(), ''),
    ...typed('device', 'payload.id'),
    ...typed('property'),
    ...typed('from'),
    ...typed('to'),
}
