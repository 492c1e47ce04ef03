import { configNode, defineNode, liveStatus } from '../../src/node-red/index.ts'
import { type EndpointNode, peerOf } from '../device-ws-endpoint/client.ts'
import { DeviceWsInConfig } from './schema.ts'

export default defineNode('device-ws-in', DeviceWsInConfig, ({ RED, node, config, closed }) => {
    const { id, sessions, statusSource } = configNode<EndpointNode>(RED, config.endpoint)
    sessions.listen(
        {
            message(peer, { payload, reply, odd }) {
                const from = peerOf(id, peer)
                if (reply !== undefined) from.reply = reply
                const message = { topic: peer.id ?? '', payload, event: 'message', peer: from, ...(odd && { odd }) }
                node.send([message, null, null] as never)
            },
            connected(peer) {
                const { subprotocol, remote } = peer
                const payload = { subprotocol, remote }
                node.send([null, { topic: peer.id ?? '', payload, event: 'connected', peer: peerOf(id, peer) }, null] as never)
            },
            disconnected(peer, code, reason) {
                const payload = { code, reason }
                node.send([null, null, { topic: peer.id ?? '', payload, event: 'disconnected', peer: peerOf(id, peer) }] as never)
            },
        },
        closed,
    )
    liveStatus(node, closed, statusSource)
    return {}
})
