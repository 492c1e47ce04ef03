import * as v from 'valibot'
import { chosen, flag, text, typed } from '../../src/node-red/fields.ts'

export const DeviceHistoryConfig = v.object({
    name: text(),
    store: chosen,
    fleet: text('devices'),
    /** A peer sees only the devices of its own account. */
    own: flag(false),
    /** Its id; a setting `id` would be the node's own. */
    ...typed('device', 'payload.id'),
    ...typed('property'),
    ...typed('from'),
    ...typed('to'),
    ...typed('limit'),
})
