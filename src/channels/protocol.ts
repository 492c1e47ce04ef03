import { badInput, optional, Refusal, word } from '../lib/index.ts'
import { type Protocol, readJson, type Session, Unreadable } from '../peers/index.ts'
import type { Peer } from '../ws/index.ts'
import { channelName, channelPattern, severityOf } from './channel.ts'
import type { Channels } from './channels.ts'
import { Permissions, type Rules } from './rules.ts'
import type { Subscriber } from './subscriber.ts'
import { WebSocketSink } from './web-socket-sink.ts'

interface ChannelsProtocolOptions {
    channels: Channels
    rules: Rules
    /** What flows are told of a peer that has published something. */
    peerOf(peer: Peer): unknown
}

/** What a frame asks for. */
interface Request {
    action: (typeof actions)[number]
    channel?: unknown
    data?: unknown
    key?: unknown
    since?: unknown
    severity?: unknown
}

const actions = ['subscribe', 'unsubscribe', 'publish', 'ping'] as const
/** Subscriptions of one peer. */
const MOST = 100
/** Characters of a key. */
const LONGEST_KEY = 256
const PONG = JSON.stringify({ action: 'pong' })

/**
 * The protocol `channels` (seed `maelstrom`): frames `{action: "subscribe" | "unsubscribe" | "publish", channel, data?, key?, since?, severity?}`
 * in, `{channel, id, time, key?, data}` out. `{action: "ping"}` is answered with `{action: "pong"}`, as pages do not see the pings of a
 * WebSocket. What cannot be done is answered with `{action: "refused", channel?, code, message, errors?}`.
 */
export const channelsProtocol = (options: ChannelsProtocolOptions): Protocol => {
    const permissions = new Permissions(options.rules)
    return { pages: 'always', open: (peer) => new ChannelsSession(peer, options, permissions) }
}

class ChannelsSession implements Session {
    readonly encoding = 'channels'
    readonly #peer: Peer
    readonly #o: ChannelsProtocolOptions
    readonly #permissions: Permissions
    readonly #sink: WebSocketSink
    #subscriber: Subscriber | undefined

    constructor(peer: Peer, options: ChannelsProtocolOptions, permissions: Permissions) {
        this.#peer = peer
        this.#o = options
        this.#permissions = permissions
        this.#sink = new WebSocketSink(peer)
    }

    receive(text: string): undefined | Promise<undefined> {
        const { payload } = readJson(text, (reason) => answerTo(badInput('frame', reason)))
        const request = requestOf(payload)
        if (request.action === 'ping') return void this.#peer.send(PONG)
        return this.#do(request).catch((error: unknown) => {
            if (!(error instanceof Refusal)) throw error
            const answer = answerTo(error, request.channel)
            if (error.status === 422) throw new Unreadable(error.message, answer)
            this.#peer.send(answer)
            return undefined
        })
    }

    encode(payload: unknown): string {
        return JSON.stringify(payload)
    }

    reply(_ref: unknown, _statusCode: number, payload: unknown): string {
        return JSON.stringify(payload)
    }

    expiring(at: number): string {
        return JSON.stringify({ action: 'expiring', at })
    }

    async #do({ action, channel, ...more }: Request): Promise<undefined> {
        if (action === 'publish') return await this.#publish(channelName('channel', channel), more)
        const pattern = channelPattern('channel', channel)
        if (action === 'subscribe') return await this.#subscribe(pattern, more)
        if (!this.#subscriber?.unsubscribe(pattern)) throw badInput('channel', 'is not subscribed to')
        this.#peer.send(JSON.stringify({ action: 'unsubscribed', channel: pattern }))
    }

    async #subscribe(pattern: string, { since, severity }: Omit<Request, 'action'>): Promise<undefined> {
        this.#permissions.check('subscribe', pattern, this.#peer.identity)
        const wanted = {
            name: pattern,
            patterns: [pattern],
            severity: optional(severity, (given) => severityOf('severity', given)) ?? 0,
            since: optional(since, readCursor),
        }
        await this.#o.channels.ready()
        if (!this.#peer.open) return
        this.#subscriber ??= this.#o.channels.open(this.#sink)
        if (this.#subscriber.subscriptions >= MOST) throw new Refusal(429, 'TOO_MANY_REQUESTS', `at most ${MOST} subscriptions`)
        this.#subscriber.subscribe(wanted)
    }

    async #publish(channel: string, { data, key }: Omit<Request, 'action'>): Promise<undefined> {
        this.#permissions.check('publish', channel, this.#peer.identity)
        if (data === undefined) throw badInput('data', 'is required')
        const { channels, peerOf } = this.#o
        const id = await channels.publish({ channel, data, key: optional(key, readKey), peer: peerOf(this.#peer) })
        this.#peer.send(JSON.stringify({ action: 'published', channel, ...(id !== undefined && { id }) }))
    }
}

function requestOf(payload: unknown): Request {
    try {
        if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) throw badInput('frame', 'must be an object')
        return { ...payload, action: word('action', Reflect.get(payload, 'action'), actions) }
    } catch (error) {
        if (error instanceof Refusal) throw new Unreadable(error.message, answerTo(error, Reflect.get(Object(payload), 'channel')))
        throw error
    }
}

/** A cursor, or an id alone. */
export function readCursor(given: unknown): string {
    if ((typeof given !== 'string' && typeof given !== 'number') || String(given).length > 100)
        throw badInput('since', 'must be a cursor or an id')
    return String(given)
}

export function readKey(given: unknown): string {
    if (typeof given !== 'string' || given.length > LONGEST_KEY) throw badInput('key', `must be text of at most ${LONGEST_KEY} characters`)
    return given
}

function answerTo({ code, message, details }: Refusal, channel?: unknown): string {
    return JSON.stringify({ action: 'refused', ...(typeof channel === 'string' && { channel }), code, message, ...details })
}
