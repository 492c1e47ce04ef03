import type { Node, NodeAPI, NodeMessage, NodeStatus } from 'node-red'
import { identifier, isMissing } from '../../src/lib/index.ts'
import { configNode, type InputHints, input, liveStatus, nameOf, type StatusSource, status } from '../../src/node-red/index.ts'
import { type RequestedRuns, type SocketClient, Sockets, type SocketView } from '../../src/power/index.ts'
import type { Store } from '../../src/stores.ts'

/** A socket-config node, and what it offers. */
export type SocketNode = Node & {
    socket: SocketClient
    sockets: Sockets
    requestedRuns: RequestedRuns
    store: Store
    statusSource: StatusSource
}

interface Context {
    RED: NodeAPI
    node: Node
    config: { socket: string }
    closed: AbortSignal
}

/** The socket that a node was given, which it shows the state of from now on, and how a message may name another. */
export function useSocket({
    RED,
    node,
    config,
    closed,
}: Context): Pick<SocketNode, 'socket' | 'store'> & { of(msg: NodeMessage): SocketClient } {
    const { socket, sockets, store, statusSource } = configNode<SocketNode>(RED, config.socket)
    liveStatus(node, closed, statusSource)
    return {
        socket,
        store,
        of(msg) {
            const { socket: name } = msg as { socket?: unknown }
            return isMissing(name) ? socket : sockets.get(identifier('socket', name))
        },
    }
}

/** The sockets of a store. */
export const socketsOf = (store: Store): Sockets => store.once('sockets', () => new Sockets())

/** What nodes show of a socket. */
export const statusOf = (RED: NodeAPI, socket: SocketClient): StatusSource => ({
    look: () => show(RED, socket.view),
    onChange: (changed, signal) => socket.onView(changed, signal),
})

function show(RED: NodeAPI, { trouble, unheard, halted, reachable, power, watts, running }: SocketView): NodeStatus {
    if (trouble === 'store') return status.broken('common.status.storeAway')
    if (halted) return status.halted('common.status.halted')
    if (trouble === 'broker') return status.broken('common.status.brokerOffline')
    if (unheard) return status.broken(unheard)
    if (reachable === false) return status.broken('common.status.unreachable')
    if (power === 'unknown') return status.connecting('common.status.unknown')
    if (power === 'off') return status.idle('common.status.off')
    if (watts === null) return status.running(RED._('common.status.onUnmeasured', { running }))
    return status.running(RED._('common.status.on', { power: Math.round(watts), running }))
}

/** How a flow comes by the id of an instance. */
export const instanceHints: InputHints = {
    instanceId: { what: 'instance id', from: '*start instance* puts it at msg.payload.instance.id' },
}

interface InstanceContext {
    RED: NodeAPI
    node: Node
    config: { instanceId: string; instanceIdType: string }
}

/**
 * The id of the instance that a message means, by the setting `instanceId`. Left as it is, the setting finds what *start instance* has put
 * into the message, which for a request is the instance alone.
 * @throws {@link Refusal} 422 `BAD_INPUT`
 */
export async function instanceIdOf({ RED, node, config }: InstanceContext, msg: NodeMessage): Promise<string> {
    const given = await input(RED, node, config, 'instanceId', msg)
    const isUsual = config.instanceIdType === 'msg' && config.instanceId === 'payload.instanceId'
    return identifier(nameOf(config, 'instanceId'), isMissing(given) && isUsual ? started(msg) : given)
}

function started({ payload }: NodeMessage): unknown {
    const { instance }: { instance?: unknown } = Object(payload)
    return Object(instance).id
}
