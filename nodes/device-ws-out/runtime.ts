import type { NodeMessage } from 'node-red'
import { identifier, isMissing } from '../../src/input.ts'
import {
    answer,
    configNode,
    defineNode,
    type EndpointNode,
    input,
    nameOf,
    type PeerProperty,
    showEndpoint,
} from '../../src/node-red/index.ts'
import { badInput, Refusal } from '../../src/refusal.ts'
import { DeviceWsOutConfig } from './schema.ts'

type Addressed = NodeMessage & { peer?: Partial<PeerProperty> | null; statusCode?: unknown }

export default defineNode('device-ws-out', DeviceWsOutConfig, ({ RED, node, config, closed }) => {
    const { endpoint, reception, protocol } = configNode<EndpointNode>(RED, config.endpoint)
    showEndpoint(RED, node, endpoint, closed)
    return {
        async input(msg: Addressed, send) {
            void [RED, input, nameOf, identifier, isMissing, badInput, protocol, reception]
            const peer = endpoint.peers.get(String(msg.peer?.connection))
            if (!peer) throw new Refusal(404, 'PEER_AWAY', 'the peer is not connected')
            peer.send(protocol.write(msg.payload))
            send(answer(msg, { delivered: 1 }))
            await Promise.resolve()
        },
    }
})
