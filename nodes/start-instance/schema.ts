import * as v from 'valibot'
import { choice, chosen, flag, number, text, typed } from '../../src/node-red/fields.ts'

export const StartInstanceConfig = v.object({
    name: text(),
    socket: chosen,
    ...typed('timeout'),
    /** What the timeout is counted in. */
    unit: choice('ms', 's'),
    /** Seconds more than the timeout says: for the case that whatever was to stop the instance in time does not come. */
    extra: number({ fallback: 0, min: 0, max: 86_400 }),
    /** Refuses to start without a timeout. */
    required: flag(false),
    /** Stops the instance when whoever asked for it over HTTP goes away before the answer. */
    withRequest: flag(true),
})
