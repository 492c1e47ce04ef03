import { answer, chosenSocket, defineNode, showSocket } from '../../src/node-red/index.ts'
import { SocketStatusConfig } from './schema.ts'

export default defineNode('socket-status', SocketStatusConfig, ({ RED, node, config, closed }) => {
    const { socket, of } = chosenSocket(RED, config.socket)
    showSocket(RED, node, socket, closed)
    return {
        async input(msg, send) {
            const { records } = of(msg)
            send(answer(msg, config.content === 'download' ? await records.download() : records.status))
        },
    }
})
