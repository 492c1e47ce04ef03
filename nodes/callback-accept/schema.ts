import * as v from 'valibot'
import { chosen, text } from '../../src/node-red/fields.ts'

export const CallbackAcceptConfig = v.object({
    name: text(),
    store: chosen,
    /** Hosts that may be called back, separated by commas, `*.example.org` for all of a domain; blank means any. */
    hosts: text(),
})
