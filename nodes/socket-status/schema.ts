import { choice, requiredNode, settings, text } from '../../src/node-red/fields.ts'

export const SocketStatusConfig = settings({
    name: text(),
    socket: requiredNode('socketworks-socket-config'),
    content: choice('status', 'file', 'download'),
})
