import { randomBytes, randomInt } from 'node:crypto'
import type { NodeMessage } from 'node-red'
import { type BufferLimits, EventStream, Feed, PeerSink, ReplayBuffer } from '../../src/feed/index.ts'
import { badInput, isMissing, jsonText, Refusal, systemClock } from '../../src/lib/index.ts'
import { configNode, defineNode, input, liveStatus, ownResponse, passOn, type Setup, status, withValue } from '../../src/node-red/index.ts'
import type { EndpointNode } from '../device-ws-endpoint/client.ts'
import { EventStreamConfig } from './schema.ts'

type Received = NodeMessage & {
    event?: unknown
    peer?: { connection?: unknown } | null
    req?: { method?: unknown; headers?: Record<string, unknown>; query?: Record<string, unknown> } | null
}

/** Milliseconds after which a browser comes back: at random, as all of them do after a deploy, and late enough for that to be done. */
const RETRY: [least: number, below: number] = [2000, 5000]

/** By the ids of their nodes: they last over a deploy. */
const buffers = new Map<string, ReplayBuffer>()

function bufferOf(id: string, limits: BufferLimits): ReplayBuffer {
    const buffer = buffers.get(id) ?? new ReplayBuffer(randomBytes(6).toString('hex'), limits)
    buffer.limit(limits)
    buffers.set(id, buffer)
    return buffer
}

export default defineNode('event-stream', EventStreamConfig, (context) => {
    const { RED, node, config, closed } = context
    const { mostReaders } = config
    const feed = new Feed({ buffer: bufferOf(node.id, config), mostReaders, clock: systemClock })
    const latest = new Set(config.latest.split(',').map((event) => event.trim()))
    const openFor = readersOf(context, feed)
    const look = () =>
        feed.readers === 0 ? status.idle('common.status.nobody') : status.running(RED._('status.readers', { count: feed.readers }))
    liveStatus(node, closed, { look, onChange: (changed) => feed.onReaders(changed) })
    return {
        input(msg: Received, send) {
            const { event: given, topic, payload, req, peer } = msg
            if (req?.method === 'GET' || req?.method === 'HEAD' || (peer && given === 'connected')) return openFor(msg)
            if (peer && given === 'disconnected') return
            const event = isMissing(given) ? 'message' : String(given)
            const json = jsonText('payload', isMissing(topic) ? { payload } : { topic, payload })
            feed.publish(event, json, latest.has(event) ? `${event} ${topic}` : undefined)
            send(passOn(msg))
        },
        close(removed) {
            feed.close()
            if (removed) buffers.delete(node.id)
        },
    }
})

/** Lets whoever a message comes from read: by the answer to its request, or by its WebSocket. */
function readersOf({ RED, node, config, closed }: Setup<typeof EventStreamConfig, never>, feed: Feed) {
    const peers = config.endpoint === '' ? undefined : configNode<EndpointNode>(RED, config.endpoint).endpoint
    const begin = (msg: Received, given: unknown) => {
        if (closed.aborted) return
        const state = isMissing(given) ? undefined : jsonText('state', { payload: given })
        if (msg.peer) return openPeer(msg, state)
        feed.checkRoom()
        const { headers = {}, query = {}, method } = msg.req!
        const response = ownResponse(msg)
        if (method === 'HEAD') return void response.writeHead(200, { 'content-type': 'text/event-stream' }).end()
        feed.open(new EventStream(response, randomInt(...RETRY)), idIn(headers['last-event-id'], query.lastEventId), state)
    }
    const openPeer = ({ peer }: Received, state: string | undefined) => {
        if (!peers) throw badInput('endpoint', 'must be chosen, that of the device in node')
        const found = peers.peers.get(String(peer!.connection))
        if (!found) throw new Refusal(404, 'PEER_AWAY', 'the reader is not connected any more, or to another endpoint')
        try {
            feed.checkRoom()
        } catch (error) {
            found.close(1013, 'too many read already')
            throw error
        }
        const { searchParams } = new URL(found.request.url ?? '', 'ws://localhost')
        feed.open(new PeerSink(peers, found), idIn(searchParams.get('lastEventId')), state)
    }
    return (msg: Received) => withValue(input(RED, node, config, 'state', msg), (given) => begin(msg, given))
}

/** The first that is given. */
const idIn = (...given: unknown[]): string | undefined => given.map((id) => (isMissing(id) ? '' : String(id))).find((id) => id !== '')
