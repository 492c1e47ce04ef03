import { requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

export const StopInstanceConfig = settings({
    name: text(),
    socket: requiredNode('socketworks-socket-config'),
    ...typed('instanceId', { literals: ['str'] }),
})
