import { configNode, defineNode, liveStatus, messageId } from '../../src/node-red/index.ts'
import type { Peer } from '../../src/ws/index.ts'
import { type EndpointNode, peerOf } from '../device-ws-endpoint/client.ts'
import { DeviceWsInConfig } from './schema.ts'

/** In the order of the outputs. */
const events = ['message', 'connected', 'disconnected', 'unreadable'] as const

export default defineNode('device-ws-in', DeviceWsInConfig, ({ RED, node, config, closed }) => {
    const { id, sessions, statusSource } = configNode<EndpointNode>(RED, config.endpoint)
    function tell(event: (typeof events)[number], peer: Peer, payload: unknown, more: object = {}): void {
        // Begins with a copy, as a plain literal lives too long in memory: see Outcome in src/fleet.
        const message = { ...more, _msgid: messageId(), topic: peer.id ?? '', payload, event }
        const output = events.indexOf(event)
        node.send([...Array(output).fill(null), message] as never)
    }
    sessions.listen(
        {
            message(peer, { payload, reply, odd }) {
                const from = peerOf(id, peer)
                if (reply !== undefined) from.reply = reply
                tell('message', peer, payload, odd ? { peer: from, odd } : { peer: from })
            },
            connected: (peer) =>
                tell('connected', peer, { subprotocol: peer.subprotocol, remote: peer.remote }, { peer: peerOf(id, peer) }),
            disconnected: (peer, code, reason) => tell('disconnected', peer, { code, reason }, { peer: peerOf(id, peer) }),
            unreadable: (peer, reason, text) => tell('unreadable', peer, text, { peer: peerOf(id, peer), reason }),
        },
        closed,
    )
    liveStatus(node, closed, statusSource)
    return {}
})
