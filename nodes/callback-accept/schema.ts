import { hosts, requiredNode, settings, text } from '../../src/node-red/fields.ts'

export const CallbackAcceptConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    /** Hosts that may be called back, separated by commas, `*.example.org` for all of a domain; blank means any. */
    hosts: hosts(),
})
