import * as v from 'valibot'
import { choice, chosen, flag, text, typed } from '../../src/node-red/fields.ts'

export const DeviceQueryConfig = v.object({
    name: text(),
    store: chosen,
    fleet: text('devices'),
    /** One answer; the history of a property; or a view that stays live for the peer that asked. */
    mode: choice('query', 'history', 'live'),
    /** Of `live`: the viewers. */
    endpoint: v.optional(v.string(), ''),
    /** A peer sees only the devices of its own account. */
    own: flag(false),
    ...typed('filter'),
    ...typed('sort'),
    ...typed('offset'),
    ...typed('limit'),
    /** Its id; a setting `id` would be the node's own. */
    ...typed('device', 'payload.id'),
    ...typed('property'),
    ...typed('from'),
    ...typed('to'),
})
