import * as v from 'valibot'
import { chosen, text } from '../../src/node-red/fields.ts'

const host = /^(\*\.)?([^\s,:*/[\]]+|\[[\da-f:.]+\])(:\d{1,5})?$/i
const hosts = v.pipe(
    text(),
    v.check((value) => value.split(/[\s,]+/).every((entry) => entry === '' || host.test(entry)), 'must be hosts, separated by commas'),
)

export const CallbackAcceptConfig = v.object({
    name: text(),
    store: chosen,
    /** Hosts that may be called back, separated by commas, `*.example.org` for all of a domain; blank means any. */
    hosts,
})
