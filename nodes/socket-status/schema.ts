import { choice, chosen, settings, text } from '../../src/node-red/fields.ts'

export const SocketStatusConfig = settings({
    name: text(),
    socket: chosen('socket-config'),
    content: choice('status', 'file', 'download'),
})
