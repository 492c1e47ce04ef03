import { answer, defineNode } from '../../src/node-red/index.ts'
import { instanceHints, instanceIdOf, useSocket } from '../socket-config/client.ts'
import { StopInstanceConfig } from './schema.ts'

export default defineNode(
    'stop-instance',
    StopInstanceConfig,
    (context) => {
        const { of } = useSocket(context)
        return {
            changesState: true,
            async input(msg, send) {
                const id = await instanceIdOf(context, msg)
                send(answer(msg, { instance: await of(msg).stop(id) }))
            },
        }
    },
    { inputHints: instanceHints },
)
