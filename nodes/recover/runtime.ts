import { answer, chosenSocket, defineNode, showSocket } from '../../src/node-red/index.ts'
import { RecoverConfig } from './schema.ts'

export default defineNode('recover', RecoverConfig, ({ RED, node, config, closed }) => {
    const { socket, of } = chosenSocket(RED, config.socket)
    showSocket(RED, node, socket, closed)
    return {
        acts: true,
        async input(msg, send) {
            await of(msg).recover()
            send(answer(msg, { message: 'the socket can be started again' }))
        },
    }
})
