import { identifier } from '../../src/input.ts'
import { answer, chosenSocket, defineNode, input, nameOf, showSocket } from '../../src/node-red/index.ts'
import { StopInstanceConfig } from './schema.ts'

export default defineNode('stop-instance', StopInstanceConfig, ({ RED, node, config, closed }) => {
    const { socket, of } = chosenSocket(RED, config.socket)
    showSocket(RED, node, socket, closed)
    return {
        acts: true,
        async input(msg, send) {
            const id = identifier(nameOf(config, 'instanceId'), await input(RED, node, config, 'instanceId', msg))
            send(answer(msg, { instance: await of(msg).stop(id) }))
        },
    }
})
