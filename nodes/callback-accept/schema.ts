import { checked, requiredNode, settings, text } from '../../src/node-red/fields.ts'

const host = /^(\*\.)?([^\s,:*/[\]]+|\[[\da-f:.]+\])(:\d{1,5})?$/i
const isHosts = (value: string) => value.split(/[\s,]+/).every((entry) => entry === '' || host.test(entry))

export const CallbackAcceptConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    /** Hosts that may be called back, separated by commas, `*.example.org` for all of a domain; blank means any. */
    hosts: checked(text(), isHosts, 'must be hosts, separated by commas'),
})
