import type { Node, NodeAPI, NodeMessage } from 'node-red'
import { identifier, isMissing } from '../lib/index.ts'
import { input, nameOf } from './inputs.ts'
import type { Wanted } from './where.ts'

/** How a flow comes by the id of an instance. */
export const instanceWanted: Wanted = {
    instanceId: { what: 'instance id', from: '*start instance* puts it at msg.payload.instance.id' },
}

interface Context {
    RED: NodeAPI
    node: Node
    config: { instanceId: string; instanceIdType: string }
}

/**
 * The id of the instance that a message means, by the setting `instanceId`. Left as it is, the setting finds what *start instance* has put
 * into the message, which for a request is the instance alone.
 * @throws {@link Refusal} 422 `BAD_INPUT`
 */
export async function instanceIdOf({ RED, node, config }: Context, msg: NodeMessage): Promise<string> {
    const given = await input(RED, node, config, 'instanceId', msg)
    const isUsual = config.instanceIdType === 'msg' && config.instanceId === 'payload.instanceId'
    return identifier(nameOf(config, 'instanceId'), isMissing(given) && isUsual ? started(msg) : given)
}

function started({ payload }: NodeMessage): unknown {
    const { instance }: { instance?: unknown } = Object(payload)
    return Object(instance).id
}
