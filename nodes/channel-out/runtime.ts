import { randomInt, randomUUID } from 'node:crypto'
import type { NodeMessage } from 'node-red'
import { channelName, channelPattern, channelsOf, readCursor, readKey, severityOf } from '../../src/channels/index.ts'
import { EventStream } from '../../src/feed/index.ts'
import { badInput, isMissing, optional, systemClock } from '../../src/lib/index.ts'
import { configNode, defineNode, input, liveStatus, nameOf, ownResponse, passOn, type Setup, status } from '../../src/node-red/index.ts'
import { behindStore, type StoreNode } from '../store-config/client.ts'
import { ChannelOutConfig } from './schema.ts'

type Context = Setup<typeof ChannelOutConfig, never>
type Channels = ReturnType<typeof channelsOf>
type Received = NodeMessage & { req?: { method?: unknown; headers?: Record<string, unknown>; query?: Record<string, unknown> } | null }

/** Milliseconds after which a browser comes back: at random, as all of them do after a deploy, and late enough for that to be done. */
const RETRY: [least: number, below: number] = [2000, 5000]
/** Channels that one request may name. */
const MOST = 100

export default defineNode('channel-out', ChannelOutConfig, (context) => {
    const { RED, node, config, closed } = context
    const { store, bus } = configNode<StoreNode>(RED, config.store)
    const channels = channelsOf(store, { bus, clock: systemClock, newId: randomUUID, log: (text) => RED.log.warn(text) })
    const get = (key: string, msg: NodeMessage) => input(RED, node, config, key, msg)
    /** Most have one channel for all messages. */
    const fixed = config.channelType === 'str' && config.channel !== '' ? channelName('channel', config.channel) : undefined
    const look = () =>
        channels.size === 0 ? status.idle('common.status.nobody') : status.running(RED._('status.subscribers', { count: channels.size }))
    liveStatus(node, closed, behindStore(store, { look, onChange: (changed, signal) => channels.onSize(changed, signal) }))
    return {
        async input(msg: Received, send) {
            const method = msg.req?.method
            if (method === 'GET' || method === 'HEAD') return await stream(context, channels, msg)
            const channel = fixed ?? channelName(nameOf(config, 'channel'), await get('channel', msg))
            const data = await get('content', msg)
            if (data === undefined) throw badInput(nameOf(config, 'content'), 'is required')
            const id = await channels.publish({ channel, data, key: optional(await get('key', msg), readKey) })
            send(Object.assign(passOn(msg), { id, channel }))
        },
    }
})

/** Lets whoever a request comes from subscribe, by server-sent events. */
async function stream({ RED, node, config, closed }: Context, channels: Channels, msg: Received): Promise<void> {
    const { method, headers = {}, query = {} } = msg.req!
    const patterns = patternsOf(query.channel ?? (await input(RED, node, config, 'channel', msg)))
    const severity = optional(query.severity, (given) => severityOf('severity', given)) ?? 0
    const since = [headers['last-event-id'], query.lastEventId, query.since].find((given) => !isMissing(given))
    const cursor = optional(since, readCursor)
    await channels.ready()
    if (closed.aborted) return
    channels.checkRoom()
    const response = ownResponse(msg)
    if (method === 'HEAD') return void response.writeHead(200, { 'content-type': 'text/event-stream' }).end()
    const sink = new EventStream(response, randomInt(...RETRY))
    channels.open(sink).subscribe({ name: patterns.join(','), patterns, severity, since: cursor })
    const leave = () => sink.end()
    closed.addEventListener('abort', leave, { once: true })
    response.once('close', () => closed.removeEventListener('abort', leave))
}

/** Channels as a list, or separated by commas. */
function patternsOf(given: unknown): string[] {
    const names = [given].flat().flatMap((one) => (typeof one === 'string' ? one.split(',') : [one]))
    if (names.length > MOST) throw badInput('channel', `must be at most ${MOST}`)
    return names.map((one) => channelPattern('channel', typeof one === 'string' ? one.trim() : one))
}
