import { answer, chosenSocket, defineNode, showSocket } from '../../src/node-red/index.ts'
import { EmergencyStopConfig } from './schema.ts'

export default defineNode('emergency-stop', EmergencyStopConfig, ({ RED, node, config, closed }) => {
    const { socket, of } = chosenSocket(RED, config.socket)
    showSocket(RED, node, socket, closed)
    return {
        acts: true,
        async input(msg, send) {
            const { stoppedInstances } = await of(msg).emergencyStop()
            send(answer(msg, { message: 'the socket is stopped in an emergency', stoppedInstances }))
        },
    }
})
