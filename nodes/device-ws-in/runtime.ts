import { configNode, defineNode, liveStatus, messageId } from '../../src/node-red/index.ts'
import type { Peer } from '../../src/ws/index.ts'
import { type EndpointNode, peerOf } from '../device-ws-endpoint/client.ts'
import { DeviceWsInConfig } from './schema.ts'

/** In the order of the outputs. */
const events = ['message', 'connected', 'disconnected', 'unreadable'] as const

export default defineNode('device-ws-in', DeviceWsInConfig, ({ RED, node, config, closed }) => {
    const { id, sessions, statusSource } = configNode<EndpointNode>(RED, config.endpoint)
    function tell(event: (typeof events)[number], peer: Peer, payload: unknown, more: object = {}): void {
        const message = { _msgid: messageId(), topic: peer.id ?? '', payload, event, peer: peerOf(id, peer), ...more }
        node.send(events.map((one) => (one === event ? message : null)) as never)
    }
    sessions.listen(
        {
            message(peer, { payload, reply, odd }) {
                const from = { ...peerOf(id, peer), ...(reply !== undefined && { reply }) }
                tell('message', peer, payload, { peer: from, ...(odd && { odd }) })
            },
            connected: (peer) => tell('connected', peer, { subprotocol: peer.subprotocol, remote: peer.remote }),
            disconnected: (peer, code, reason) => tell('disconnected', peer, { code, reason }),
            unreadable: (peer, reason, text) => tell('unreadable', peer, text, { reason }),
        },
        closed,
    )
    liveStatus(node, closed, statusSource)
    return {}
})
