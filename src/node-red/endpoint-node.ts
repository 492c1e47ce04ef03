import type { Node, NodeAPI, NodeStatus } from 'node-red'
import { systemClock } from '../lib/index.ts'
import type { Outbox, Protocol, Reception } from '../peers/index.ts'
import type { Store } from '../stores.ts'
import type { Endpoint, Peer } from '../ws/index.ts'
import { status } from './status.ts'

/** A device-ws-endpoint node. */
export type EndpointNode = Node & {
    endpoint: Endpoint
    protocol: Protocol
    reception: Reception
    /** What is kept in that store for its peers. */
    outbox(store: Store): Outbox
}

/** What flows are told of a peer. `id` is missing as long as nobody told it. */
export interface PeerProperty {
    id?: string
    /** The node id of its endpoint. */
    endpoint: string
    connection: string
    remote: string
    account?: string
    /** What an answer has to repeat. */
    reply?: unknown
}

export function peerOf(endpoint: string, { id, connection, remote, identity: { account } }: Peer): PeerProperty {
    const peer: PeerProperty = id === undefined ? { endpoint, connection, remote } : { id, endpoint, connection, remote }
    if (account !== undefined) peer.account = account
    return peer
}

/** Milliseconds between two statuses of a node: a thousand connections a second are not to become as many messages to every editor. */
const PACE = 250

/** Keeps a node's status at how an endpoint does. */
export function showEndpoint(RED: NodeAPI, node: Node, endpoint: Endpoint, closed: AbortSignal): void {
    let shown = ''
    let resting: (() => void) | undefined
    closed.addEventListener('abort', () => resting?.(), { once: true })
    function show(): void {
        if (resting || closed.aborted) return
        const next = statusOf(RED, endpoint)
        const key = JSON.stringify(next)
        if (key === shown) return
        shown = key
        node.status(next)
        resting = systemClock.after(PACE, () => {
            resting = undefined
            show()
        })
    }
    endpoint.onState(show, closed)
    show()
}

function statusOf(RED: NodeAPI, { state: { connected, trouble } }: Endpoint): NodeStatus {
    if (trouble !== undefined) return status.broken(trouble)
    if (connected === 0) return status.idle('common.status.nobody')
    return status.running(RED._('common.status.peers', { count: connected }))
}
