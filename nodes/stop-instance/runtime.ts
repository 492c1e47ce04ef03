import { answer, chosenSocket, defineNode, instanceIdOf, instanceWanted, showSocket } from '../../src/node-red/index.ts'
import { StopInstanceConfig } from './schema.ts'

export default defineNode(
    'stop-instance',
    StopInstanceConfig,
    (context) => {
        const { RED, node, config, closed } = context
        const { socket, of } = chosenSocket(RED, config.socket)
        showSocket(RED, node, socket, closed)
        return {
            acts: true,
            async input(msg, send) {
                const id = await instanceIdOf(context, msg)
                send(answer(msg, { instance: await of(msg).stop(id) }))
            },
        }
    },
    { wanted: instanceWanted },
)
