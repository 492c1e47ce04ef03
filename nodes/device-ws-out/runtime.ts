import type { NodeMessage } from 'node-red'
import type * as v from 'valibot'
import { badInput, identifier, isMissing, Refusal } from '../../src/lib/index.ts'
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
import type { OutboxRow } from '../../src/peers/index.ts'
import type { Peer } from '../../src/ws/index.ts'
import type { EndpointNode, PeerProperty } from '../device-ws-endpoint/client.ts'
import type { StoreNode } from '../store-config/client.ts'
import { DeviceWsOutConfig } from './schema.ts'

type Context = Setup<typeof DeviceWsOutConfig, never>
type Config = v.InferOutput<typeof DeviceWsOutConfig>
type Addressed = NodeMessage & { peer?: Partial<PeerProperty> | null; statusCode?: unknown }
type Keep = (msg: Addressed, named: Named[], content: unknown) => Promise<void>

/** What it refuses itself, so that it may be tried again; other refusals are what a peer is to be told. */
const own = ['PEER_AWAY', 'PEER_BUSY', 'EXPIRED']
/** More peers than a message may name. */
const MOST_PEERS = 10_000

export default defineNode('device-ws-out', DeviceWsOutConfig, (context) => {
    const { RED, node, config, closed } = context
    const way = configNode<EndpointNode>(RED, config.endpoint)
    const keep = config.delivery === 'kept' && (config.to === 'reply' || config.to === 'peers') ? keeper(context, way) : undefined
    const sends = condition(context)
    if (sends === false) node.status(status.idle('status.off'))
    else liveStatus(node, closed, way.statusSource)
    const say = (msg: Addressed, send: Send) =>
        withValue(input(RED, node, config, 'content', msg), (content) => {
            textOf(config, content)
            return tell(msg, content, send)
        })
    function tell(msg: Addressed, content: unknown, send: Send): void | Promise<void> {
        if (config.to === 'all') return send(answer(msg, { delivered: toAll(way, content) }))
        if (config.to === 'others') return send(answer(msg, { delivered: toAll(way, content, msg.peer) }))
        if (config.to === 'peers')
            return withValue(input(RED, node, config, 'peer', msg), (value) => {
                const named = several(config, value, namedBy).map((one) => ofItsAccount(one, msg))
                if (keep) return keep(msg, named, content)
                send(answer(msg, toPeers(way, named, content)))
            })
        const from = way.endpoint.peers.get(String(msg.peer?.connection))
        if (!from?.open && keep && typeof msg.peer?.id === 'string')
            return keep(msg, [ofItsAccount({ id: identifier('peer.id', msg.peer.id) }, msg)], content)
        send(answer(msg, reply(way, from, msg, content)))
    }
    const tellsOf = ({ refusal }: { refusal?: unknown }) => !own.includes(codeOf(refusal))
    if (typeof sends === 'boolean') return sends ? { tellsOf, input: say } : { input: () => {} }
    return { acts: true, tellsOf, input: async (msg, send) => ((await sends(msg)) ? say(msg, send) : undefined) }
})

/** Whether a message is to be sent. The environment and literals do not change while the node is there. */
function condition({ RED, node, config }: Context): boolean | ((msg: NodeMessage) => Promise<boolean>) {
    const isTrue = (value: unknown) => value === true || (typeof value === 'string' && value.trim().toLowerCase() === 'true')
    if (config.whenType !== 'bool' && config.whenType !== 'env') return async (msg) => isTrue(await input(RED, node, config, 'when', msg))
    return isTrue(RED.util.evaluateNodeProperty(config.when, config.whenType, node, {} as NodeMessage))
}

/** Content as JSON, which is what most protocols make of it. @throws {@link Refusal} 422 */
function textOf(config: Config, content: unknown): string {
    const name = nameOf(config, 'content')
    let text: string | undefined
    try {
        text = JSON.stringify(content)
    } catch {
        throw badInput(name, 'cannot be written as JSON')
    }
    if (text === undefined) throw badInput(name, 'is required')
    return text
}

/** Reads one or a list, each only once. */
function several<T>(config: Config, value: unknown, read: (name: string, one: unknown) => T): T[] {
    const name = nameOf(config, 'peer')
    const all: unknown[] = Array.isArray(value) ? value : [value]
    if (all.length === 0) throw badInput(name, 'is required')
    if (all.length > MOST_PEERS) throw badInput(name, `must be at most ${MOST_PEERS}`)
    return [...new Map(all.map((one) => read(name, one)).map((one) => [JSON.stringify(one), one])).values()]
}

/** Whom a message names. A device that merely says that it is another one must not hear what is meant for that. */
interface Named {
    id: string
    /** Only those of its connections that are of this account. */
    account?: string
}

function namedBy(name: string, value: unknown): Named {
    if (typeof value !== 'object' || value === null) return { id: identifier(name, value) }
    const { id, account }: { id?: unknown; account?: unknown } = value
    return { id: identifier(`${name}.id`, id), ...(!isMissing(account) && { account: identifier(`${name}.account`, account) }) }
}

/** An id that is that of the peer which the message came from means that very peer. */
function ofItsAccount(named: Named, { peer }: Addressed): Named {
    if (named.account !== undefined || peer?.id !== named.id || typeof peer.account !== 'string') return named
    return { ...named, account: peer.account }
}

const away = (...ids: string[]) => new Refusal(404, 'PEER_AWAY', 'the peer is not connected', ids.length > 0 ? { away: ids } : {})
const busy = (...ids: string[]) =>
    new Refusal(503, 'PEER_BUSY', 'the peer does not take what it is sent', ids.length > 0 ? { busy: ids } : {})

function reply({ sessions }: EndpointNode, peer: Peer | undefined, { peer: from, statusCode }: Addressed, content: unknown): object {
    if (!peer?.open) throw away()
    const session = sessions.of(peer)
    const status = Number(statusCode ?? 200)
    const frame = from?.reply === undefined ? session.encode(content) : session.reply(from.reply, status, content)
    if (!peer.send(frame)) throw busy()
    return { delivered: 1 }
}

/**
 * One frame for all that speak the same.
 * @param from who is left out; what is said for one account is no business of others
 * @returns how many took it
 */
function toAll({ endpoint, sessions }: EndpointNode, content: unknown, from?: Addressed['peer']): number {
    const isMeant = ({ connection, identity }: Peer) => !from || (connection !== from.connection && identity.account === from.account)
    const groups = Map.groupBy([...endpoint.peers.values()].filter(isMeant), (peer) => sessions.of(peer).encoding ?? peer)
    let count = 0
    for (const peers of groups.values()) count += endpoint.broadcast(peers, sessions.of(peers[0]!).encode(content))
    return count
}

function toPeers({ endpoint, sessions }: EndpointNode, named: Named[], content: unknown): object {
    const missed: { away: string[]; busy: string[] } = { away: [], busy: [] }
    let delivered = 0
    for (const one of named) {
        const { id } = one
        const peers = endpoint.reach(one).filter(({ open }) => open)
        const taken = peers.filter((peer) => peer.send(sessions.of(peer).encode(content))).length
        delivered += taken
        if (taken === 0) missed[peers.length === 0 ? 'away' : 'busy'].push(id)
    }
    if (delivered === 0 && missed.busy.length > 0) throw busy(...missed.busy)
    if (delivered === 0) throw away(...missed.away)
    return { delivered, ...missed }
}

/** What is kept is done once it is in the store; what becomes of it leaves whenever that is known, one message for each peer. */
function keeper({ RED, node, config, closed, refuse }: Context, { id: endpoint, outbox }: EndpointNode): Keep {
    const { store } = configNode<StoreNode>(RED, config.store)
    const box = outbox(store)
    const message = ({ peer: id, account }: OutboxRow, msg: object | undefined) =>
        (msg ?? { topic: id, peer: { id, endpoint, ...(account !== null && { account }) } }) as Addressed
    const delivered = (row: OutboxRow, msg: object | undefined) => node.send(answer(message(row, msg), { delivered: 1, peer: row.peer }))
    const expired = (row: OutboxRow, msg: object | undefined) => {
        const refusal = new Refusal(410, 'EXPIRED', 'the peer did not come in time', { peer: row.peer })
        refuse(message(row, msg), refusal)
    }
    box.attach(node.id, { delivered, expired }, closed)
    return async (msg, named, content) => {
        const letter = { node: node.id, payload: textOf(config, content), ttl: config.ttl * 1000 }
        const copies = named.map(({ id: peer, account }, i) => ({
            ...letter,
            peer,
            account,
            msg: i === 0 ? msg : RED.util.cloneMessage(msg),
        }))
        await Promise.all(copies.map((copy) => box.keep(copy)))
    }
}
