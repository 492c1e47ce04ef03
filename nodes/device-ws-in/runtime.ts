import { configNode, defineNode, type EndpointNode, peerOf, showEndpoint } from '../../src/node-red/index.ts'
import { DeviceWsInConfig } from './schema.ts'

export default defineNode('device-ws-in', DeviceWsInConfig, ({ RED, node, config, closed }) => {
    const { id, endpoint, reception } = configNode<EndpointNode>(RED, config.endpoint)
    reception.attach(
        {
            said(peer, { payload, reply, odd }) {
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
    showEndpoint(RED, node, endpoint, closed)
    return {}
})
