import * as v from 'valibot'
import { choice, chosen, text, typed } from '../../src/node-red/fields.ts'

export const InstanceConfig = v.object({
    name: text(),
    socket: chosen,
    operation: choice('get', 'list', 'delete'),
    ...typed('instanceId'),
    ...typed('state'),
    ...typed('from'),
    ...typed('to'),
    ...typed('limit'),
    ...typed('readings'),
})
