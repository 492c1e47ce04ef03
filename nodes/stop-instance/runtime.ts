import { isMissing } from '../../src/lib/index.ts'
import { answer, defineNode, input, nameOf } from '../../src/node-red/index.ts'
import { ownerIn } from '../../src/power/index.ts'
import { instanceHints, instanceIdOf, useSocket } from '../socket-config/client.ts'
import { StopInstanceConfig } from './schema.ts'

export default defineNode(
    'stop-instance',
    StopInstanceConfig,
    (context) => {
        const { RED, node, config } = context
        const { of } = useSocket(context)
        return {
            changesState: true,
            async input(msg, send) {
                const lease = await input(RED, node, config, 'lease', msg)
                if (!isMissing(lease) && isMissing(await input(RED, node, config, 'instanceId', msg)))
                    return send(answer(msg, { instances: await of(msg).endLease(ownerIn(nameOf(config, 'lease'), lease)) }))
                const id = await instanceIdOf(context, msg)
                send(answer(msg, { instance: await of(msg).stop(id) }))
            },
        }
    },
    { inputHints: instanceHints },
)
