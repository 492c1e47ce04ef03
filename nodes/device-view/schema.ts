import * as v from 'valibot'
import { chosen, flag, text, typed } from '../../src/node-red/fields.ts'

export const DeviceViewConfig = v.object({
    name: text(),
    store: chosen,
    fleet: text('devices'),
    /** Of the viewers. */
    endpoint: chosen,
    /** A viewer sees only the devices of its own account. */
    own: flag(false),
    ...typed('filter'),
    ...typed('sort'),
    ...typed('offset'),
    ...typed('limit'),
})
