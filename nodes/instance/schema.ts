import { choice, requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

export const InstanceConfig = settings({
    name: text(),
    socket: requiredNode('socketworks-socket-config'),
    operation: choice('get', 'list', 'delete'),
    ...typed('instanceId', { literals: ['str'] }),
    ...typed('state', { literals: ['str'], words: ['running', 'stopped'], blank: true }),
    ...typed('from', { literals: ['str'], blank: true }),
    ...typed('to', { literals: ['str'], blank: true }),
    ...typed('limit', { literals: ['num'], min: 1, max: 1000, whole: true }),
    ...typed('readings', { literals: ['num'], min: 0, max: 10_000, whole: true }),
})
