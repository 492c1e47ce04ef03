import type { NodeMessage } from 'node-red'
import { jsonText, Refusal } from '../../src/lib/index.ts'
import {
    answer,
    codeOf,
    configNode,
    defineNode,
    input,
    liveStatus,
    nameOf,
    type Send,
    type Setup,
    status,
    withValue,
} from '../../src/node-red/index.ts'
import { Delivery, type KeptMessage, readAddresses } from '../../src/peers/index.ts'
import type { Address } from '../../src/ws/index.ts'
import type { EndpointNode, PeerProperty } from '../device-ws-endpoint/client.ts'
import type { StoreNode } from '../store-config/client.ts'
import { DeviceWsOutConfig } from './schema.ts'

type Context = Setup<typeof DeviceWsOutConfig, never>
type Addressed = NodeMessage & { peer?: Partial<PeerProperty> | null; statusCode?: unknown }
type Keep = (msg: Addressed, addresses: Address[], content: string) => Promise<void>

/** What it refuses itself, so that it may be tried again; other refusals are what a peer is to be told. */
const own = ['PEER_AWAY', 'PEER_BUSY', 'EXPIRED']

export default defineNode('device-ws-out', DeviceWsOutConfig, (context) => {
    const { RED, node, config, closed } = context
    const endpoint = configNode<EndpointNode>(RED, config.endpoint)
    const delivery = new Delivery(endpoint)
    const keep = config.delivery === 'kept' && (config.to === 'reply' || config.to === 'peers') ? keeper(context, endpoint) : undefined
    const sends = condition(context)
    liveStatus(node, closed, sends === false ? { look: () => status.idle('status.off'), onChange: () => {} } : endpoint.statusSource)

    const say = (msg: Addressed, send: Send) =>
        withValue(input(RED, node, config, 'content', msg), (content) =>
            tell(msg, content, jsonText(nameOf(config, 'content'), content), send),
        )

    function tell(msg: Addressed, content: unknown, json: string, send: Send): void | Promise<void> {
        const { peer: from, statusCode } = msg
        if (config.to === 'all') return send(answer(msg, delivery.all(content)))
        if (config.to === 'others') return send(answer(msg, delivery.all(content, from)))
        if (config.to === 'peers')
            return withValue(input(RED, node, config, 'peer', msg), (value) => {
                const addresses = readAddresses(nameOf(config, 'peer'), value, from)
                if (keep) return keep(msg, addresses, json)
                send(answer(msg, delivery.some(addresses, content)))
            })
        if (keep && typeof from?.id === 'string' && !delivery.isHere(from)) return keep(msg, readAddresses('peer.id', from.id, from), json)
        send(answer(msg, delivery.reply(from, Number(statusCode ?? 200), content)))
    }

    const handlesRefusal = ({ refusal }: { refusal?: unknown }) => !own.includes(codeOf(refusal))
    if (typeof sends === 'boolean') return sends ? { handlesRefusal, input: say } : {}
    return { changesState: true, handlesRefusal, input: async (msg, send) => ((await sends(msg)) ? say(msg, send) : undefined) }
})

/** Whether a message is to be sent. The environment and literals do not change while the node is there. */
function condition({ RED, node, config }: Context): boolean | ((msg: NodeMessage) => Promise<boolean>) {
    const isTrue = (value: unknown) => value === true || (typeof value === 'string' && value.trim().toLowerCase() === 'true')
    if (config.whenType !== 'bool' && config.whenType !== 'env') return async (msg) => isTrue(await input(RED, node, config, 'when', msg))
    return isTrue(RED.util.evaluateNodeProperty(config.when, config.whenType, node, {} as NodeMessage))
}

/** A message is done once it is in the store; whether it was delivered is sent on later, one message for each peer. */
function keeper({ RED, node, config, closed, refuse }: Context, { id: endpoint, outbox }: EndpointNode): Keep {
    const box = outbox(configNode<StoreNode>(RED, config.store).store)
    // Of a message that was kept before a restart, only this is known.
    const message = ({ peer: id, account }: KeptMessage, msg: object | undefined) =>
        (msg ?? { topic: id, peer: { id, endpoint, ...(account !== null && { account }) } }) as Addressed
    box.attach(
        node.id,
        {
            delivered: (row, msg) => node.send(answer(message(row, msg), { delivered: 1, peer: row.peer })),
            expired: (row, msg) =>
                refuse(message(row, msg), new Refusal(410, 'EXPIRED', 'the peer did not come in time', { peer: row.peer })),
        },
        closed,
    )
    return async (msg, addresses, payload) => {
        const copies = addresses.map(({ id: peer, account }, i) => {
            const copy = i === 0 ? msg : RED.util.cloneMessage(msg)
            return { node: node.id, payload, ttl: config.ttl * 1000, peer, account, msg: copy }
        })
        await Promise.all(copies.map((copy) => box.keep(copy)))
    }
}
