import type { Node, NodeAPI, NodeStatus } from 'node-red'
import type { Commands } from '../../src/commands/index.ts'
import { type StatusSource, status } from '../../src/node-red/index.ts'
import type { Outbox, Sessions } from '../../src/peers/index.ts'
import type { Store } from '../../src/stores.ts'
import type { Endpoint, Peer, PeerAuthentication } from '../../src/ws/index.ts'

/** A device-ws-endpoint node, and what it offers. */
export type EndpointNode = Node & {
    endpoint: Endpoint
    sessions: Sessions
    /** How its peers authenticate. */
    auth: 'none' | 'token' | 'jwt'
    /** What is kept in that store for its peers. */
    outbox(store: Store): Outbox
    /** The commands for its peers, which are kept in that store. */
    commands(store: Store): Commands
    /** Checks a token as that of a peer, of somebody who has sent a request. @throws {@link Refusal} 401, 429, 503 */
    check: PeerAuthentication['check']
    statusSource: StatusSource
}

/** What flows are told of a peer. `id` is missing until it is known. */
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

/** What nodes show of an endpoint. */
export const statusOf = (RED: NodeAPI, endpoint: Endpoint): StatusSource => ({
    look: () => show(RED, endpoint),
    onChange: (changed, signal) => endpoint.onState(changed, signal),
})

function show(RED: NodeAPI, { state: { connected, unreadable, trouble } }: Endpoint): NodeStatus {
    if (trouble !== undefined) return status.broken(trouble)
    const shade = connected === 0 ? status.idle : status.running
    if (unreadable > 0) return shade(RED._('common.status.unreadable', { count: connected, unreadable }))
    return connected === 0 ? shade('common.status.nobody') : shade(RED._('common.status.peers', { count: connected }))
}
