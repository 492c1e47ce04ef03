import { requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

export const StopInstanceConfig = settings({
    name: text(),
    socket: requiredNode('socketworks-socket-config'),
    ...typed('instanceId', { literals: ['str'] }),
    /** The name of a lease, what runs for which is stopped where no instance is given. */
    ...typed('lease', { literals: ['str'], blank: true }),
})
