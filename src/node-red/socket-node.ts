import type { Node, NodeAPI, NodeMessage, NodeStatus } from 'node-red'
import { systemClock } from '../clock/index.ts'
import { identifier, isMissing } from '../input.ts'
import type { Socket, Sockets, SocketView } from '../power/index.ts'
import type { Store } from '../store/index.ts'
import { configNode } from './config-node.ts'
import { status } from './status.ts'

/** A socket-config node. */
export type SocketNode = Node & { socket: Socket; sockets: Sockets; store: Store }

/** The socket a node was given, and how a message may name another. */
export function chosenSocket(RED: NodeAPI, id: string): { socket: Socket; of(msg: NodeMessage): Socket } {
    const { socket, sockets } = configNode<SocketNode>(RED, id)
    return {
        socket,
        of(msg) {
            const { socket: name } = msg as { socket?: unknown }
            return isMissing(name) ? socket : sockets.get(identifier('socket', name))
        },
    }
}

/** Milliseconds between two statuses of a node: a thousand starts a second are not to become as many messages to every editor. */
const PACE = 250

/** Keeps a node's status at what is known of its socket. */
export function showSocket(RED: NodeAPI, node: Node, socket: Socket, closed: AbortSignal): void {
    let shown = ''
    let resting = false
    function show(): void {
        if (resting || closed.aborted) return
        const next = statusOf(RED, socket.view)
        const key = JSON.stringify(next)
        if (key === shown) return
        shown = key
        node.status(next)
        resting = true
        const wake = systemClock.after(PACE, () => {
            resting = false
            closed.removeEventListener('abort', wake)
            show()
        })
        closed.addEventListener('abort', wake)
    }
    socket.announcer.onView(show, closed)
    show()
}

function statusOf(RED: NodeAPI, { trouble, unheard, halted, reachable, power, watts, running }: SocketView): NodeStatus {
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
