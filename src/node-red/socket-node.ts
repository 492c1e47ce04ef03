import { isDeepStrictEqual } from 'node:util'
import type { Node, NodeAPI, NodeMessage, NodeStatus } from 'node-red'
import { identifier, isMissing, systemClock } from '../lib/index.ts'
import type { Socket, Sockets, SocketView } from '../power/index.ts'
import type { Store } from '../stores.ts'
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

/** Milliseconds between two statuses of a socket: a thousand starts a second are not to become as many messages to every editor. */
const PACE = 250

/** What the nodes of one socket show: worked out once for all of them. */
class Display {
    readonly #RED: NodeAPI
    readonly #socket: Socket
    readonly #nodes = new Set<Node>()
    #shown: NodeStatus = {}
    /** Ends the pause after one was shown. */
    #rest: (() => void) | undefined
    #listening = new AbortController()

    constructor(RED: NodeAPI, socket: Socket) {
        this.#RED = RED
        this.#socket = socket
    }

    add(node: Node): void {
        if (this.#nodes.size === 0) {
            this.#listening = new AbortController()
            this.#socket.announcer.onView(() => this.#show(), this.#listening.signal)
            this.#shown = statusOf(this.#RED, this.#socket.view)
        }
        this.#nodes.add(node)
        node.status(this.#shown)
        this.#show()
    }

    delete(node: Node): void {
        this.#nodes.delete(node)
        if (this.#nodes.size > 0) return
        this.#listening.abort()
        this.#rest?.()
        this.#rest = undefined
    }

    #show(): void {
        if (this.#rest || this.#nodes.size === 0) return
        const next = statusOf(this.#RED, this.#socket.view)
        if (isDeepStrictEqual(next, this.#shown)) return
        this.#shown = next
        for (const node of this.#nodes) node.status(next)
        this.#rest = systemClock.after(PACE, () => {
            this.#rest = undefined
            this.#show()
        })
    }
}

const displays = new WeakMap<Socket, Display>()

/** Keeps a node's status at what is known of its socket. */
export function showSocket(RED: NodeAPI, node: Node, socket: Socket, closed: AbortSignal): void {
    if (closed.aborted) return
    const display = displays.get(socket) ?? new Display(RED, socket)
    displays.set(socket, display)
    display.add(node)
    closed.addEventListener('abort', () => display.delete(node))
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
