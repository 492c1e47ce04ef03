import { answer, defineNode } from '../../src/node-red/index.ts'
import { useSocket } from '../socket-config/client.ts'
import { EmergencyStopConfig } from './schema.ts'

export default defineNode('emergency-stop', EmergencyStopConfig, (context) => {
    const { of } = useSocket(context)
    return {
        changesState: true,
        async input(msg, send) {
            const { stoppedInstances } = await of(msg).emergencyStop()
            send(answer(msg, { message: 'the socket is stopped in an emergency', stoppedInstances }))
        },
    }
})
