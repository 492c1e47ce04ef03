import { randomUUID } from 'node:crypto'
import type { NodeMessage } from 'node-red'
import type * as v from 'valibot'
import {
    answerTo,
    deviceId,
    type Fleet,
    fleetOn,
    inScope,
    plan,
    propertyName,
    type Query,
    Queue,
    readQuery,
    type Scope,
} from '../../src/fleet/index.ts'
import { isMissing, moment, Refusal, systemClock, wholeNumber } from '../../src/lib/index.ts'
import { answer, configNode, defineNode, type Handlers, input, nameOf, type Send, type Setup, status } from '../../src/node-red/index.ts'
import type { Session } from '../../src/peers/index.ts'
import type { Store } from '../../src/stores.ts'
import { type Asked, Audience, readAsked, refused, VIEW_PROTOCOL, viewsOf } from '../../src/views/index.ts'
import type { Peer } from '../../src/ws/index.ts'
import type { EndpointNode } from '../device-ws-endpoint/client.ts'
import type { StoreNode } from '../store-config/client.ts'
import { DeviceQueryConfig } from './schema.ts'

type Context = Setup<typeof DeviceQueryConfig, never>
type Key = 'filter' | 'sort' | 'offset' | 'limit' | 'device' | 'property' | 'from' | 'to'
/** What a setting's typed input gives for a message. */
type Get = (key: Key, msg: NodeMessage) => unknown
interface Parts {
    context: Context
    store: Store
    fleet: Fleet
    get: Get
}

/** A message of a viewer, or the refusal of what it wanted a device to be told. */
type Asking = NodeMessage & {
    event?: unknown
    peer?: { account?: unknown; connection?: unknown } | null
    refusal?: unknown
    request?: unknown
}

/** Messages that may wait for their history. */
const MOST_HISTORIES = 100
/** Milliseconds of history that are meant when nobody says since when. */
const HOUR = 3_600_000
const POINTS = 1000
const MOST_POINTS = 100_000
/** Devices of an answer where nobody says how many. */
const PAGE = 1000
/** Messages of one viewer that wait for one another. */
const MOST_WAITING = 100

export default defineNode('device-query', DeviceQueryConfig, (context): Handlers => {
    const { RED, node, config, closed } = context
    const { store } = configNode<StoreNode>(RED, config.store)
    const fleet = fleetOn(store, config.fleet, { clock: systemClock, log: (text) => node.warn(text), signal: closed })
    const parts = { context, store, fleet, get: (key: Key, msg: NodeMessage) => input(RED, node, config, key, msg) }
    if (config.mode === 'live') return live(parts)
    show(parts, () => status.idle(RED._('status.devices', { count: fleet.rows.size })))
    return { input: config.mode === 'query' ? query(parts) : history(parts) }
})

type Shown = ReturnType<typeof status.idle>

/** Keeps the node's status at what is made of the fleet, a few times a second at the most. @returns what shows it anew */
function show({ context: { node, closed }, store, fleet }: Parts, make: () => Shown): () => void {
    let shown = ''
    let resting: (() => void) | undefined
    closed.addEventListener('abort', () => resting?.(), { once: true })
    const look = () => {
        if (resting || closed.aborted) return
        const next = store.health.ok ? make() : status.broken('common.status.storeAway')
        if (shown === JSON.stringify(next)) return
        shown = JSON.stringify(next)
        node.status(next)
        resting = systemClock.after(250, () => {
            resting = undefined
            look()
        })
    }
    store.onHealth(look, closed)
    fleet.listen(({ row, registered }) => (row === undefined || registered) && look(), closed)
    void fleet.loadPatiently(closed).then(look)
    return look
}

/** A peer of no account sees nothing where peers see only their own. */
function scopeOf({ own }: v.InferOutput<typeof DeviceQueryConfig>, { peer }: Asking): Scope {
    if (!own) return 'all'
    const account = peer?.account
    return { account: typeof account === 'string' && account !== '' ? account : undefined }
}

/** @param page how many devices are meant where nobody says how many; all of them if it is not given */
async function queryOf(get: Get, msg: NodeMessage, page?: number): Promise<Query> {
    const [filter, sort, offset, limit] = await Promise.all([get('filter', msg), get('sort', msg), get('offset', msg), get('limit', msg)])
    return readQuery({ filter, sort, offset, limit: isMissing(limit) ? page : limit })
}

function query({ context: { config }, fleet, get }: Parts) {
    return async (msg: Asking, send: Send) => {
        const wanted = plan(await queryOf(get, msg, PAGE), scopeOf(config, msg))
        await fleet.load()
        const { rows, ...rest } = await fleet.work.answer(answerTo(fleet, wanted, systemClock.monotonic()))
        send(answer(msg, { rows: rows.map(({ columns }) => columns), ...rest }))
    }
}

function history({ context: { config, closed }, store, fleet, get }: Parts) {
    // A year of it takes seconds to read: many of them at once would keep everybody else waiting.
    const queue = new Queue(systemClock, MOST_HISTORIES, closed)
    return async (msg: Asking, send: Send) => {
        const id = deviceId(nameOf(config, 'device'), await get('device', msg))
        const property = propertyName(nameOf(config, 'property'), await get('property', msg))
        const [from, to, limit] = await Promise.all([get('from', msg), get('to', msg), get('limit', msg)])
        const end = isMissing(to) ? systemClock.now() : moment(nameOf(config, 'to'), to)
        const start = isMissing(from) ? end - HOUR : moment(nameOf(config, 'from'), from)
        const most = isMissing(limit) ? POINTS : wholeNumber(nameOf(config, 'limit'), limit, 2, MOST_POINTS)
        await fleet.load()
        const row = fleet.rows.get(id)
        // What may not be seen is not there.
        if (!row || !inScope(scopeOf(config, msg), row)) throw new Refusal(404, 'UNKNOWN_DEVICE', `there is no device ${id}`)
        const points = await queue.take(() => store.devices.history(fleet.name, id, property, start, end, most))
        send(answer(msg, { id, property, points }))
    }
}

function live(parts: Parts): Handlers {
    const { RED, config, closed } = parts.context
    const { endpoint, sessions } = configNode<EndpointNode>(RED, config.endpoint)
    const { fleet, store } = parts
    const views = viewsOf(store, fleet, { clock: systemClock, newId: randomUUID })
    const audience = new Audience({
        fleet,
        views,
        repository: store.devices,
        clock: systemClock,
        own: config.own,
        sessions,
        signal: closed,
    })
    const look = show(parts, () =>
        audience.size === 0 ? status.idle('status.nobody') : status.running(RED._('status.viewers', { count: audience.size })),
    )
    // Not by its message: that a flow loses it must not leave a viewer behind.
    const disconnected = (peer: Peer) => {
        audience.leave(peer)
        look()
    }
    endpoint.listen({ disconnected }, closed)
    const turns = new Turns()

    return {
        tellsOf: isFailure,
        async input(msg: Asking, send) {
            if (msg.event === 'disconnected') return
            if (isFailure(msg)) return fail(audience, msg)
            const peer = endpoint.peers.get(String(msg.peer?.connection))
            if (!peer?.open) throw away()
            try {
                await turns.take(peer.connection, () => take({ parts, audience, look }, peer, msg, send))
            } catch (error) {
                if (error instanceof Refusal && !closed.aborted) tell(peer, sessions.of(peer), error)
                throw error
            }
        },
    }
}

interface Stage {
    parts: Parts
    audience: Audience
    /** Shows anew how many viewers there are. */
    look(): void
}

async function take({ parts, audience, look }: Stage, peer: Peer, msg: Asking, send: Send): Promise<void> {
    const { closed } = parts.context
    await parts.fleet.loadPatiently(closed)
    closed.throwIfAborted()
    const asked = askedBy(peer, msg)
    if (!asked) return
    if (asked.type === 'history') return send(answer(msg, { points: (await audience.history(peer, asked)).length }))
    if (asked.type === 'set') {
        const owner = audience.control(peer, asked)
        const { type: _, ...rest } = asked
        const payload = { ...rest, ...(owner !== null && { account: owner }) }
        // Its name beside the payload comes back with a refusal, which has a payload of its own.
        return send(Object.assign(msg, { event: 'set', topic: asked.id, payload, request: asked.request }))
    }
    const wanted = await queryOf(parts.get, msg)
    if (!peer.open) throw away()
    const shown = audience.show(peer, wanted, asked.type === 'resume' ? asked : undefined)
    look()
    const total = await shown
    if (!closed.aborted) send(answer(msg, { total }))
}

const away = () => new Refusal(404, 'PEER_AWAY', 'the viewer is not connected')

/** What a viewer wants. A page that asks for its view itself is shown nothing before: it would forget what it had. */
function askedBy(peer: Peer, { event, payload }: Asking): Asked | undefined {
    const asks = peer.subprotocol === VIEW_PROTOCOL
    if (event === 'connected') return asks ? undefined : { type: 'view' }
    return asks ? readAsked(payload) : { type: 'view' }
}

/** Whether it is what a device was to be told that comes back refused. */
const isFailure = ({ event, refusal }: Asking): boolean => event === 'set' && !isMissing(refusal)

function fail(audience: Audience, { payload, peer, request }: Asking): void {
    const { request: named, message }: { request?: unknown; message?: unknown } = Object(payload)
    audience.failed(String(peer?.connection), String(named ?? request), typeof message === 'string' ? message : 'the device was not told')
}

function tell(peer: Peer, session: Session, { status: code, code: name, message }: Refusal): void {
    if (peer.subprotocol === VIEW_PROTOCOL) peer.send(session.encode(refused(name, message)))
    else peer.send(session.reply(undefined, code, { message }))
}

/** Lets each viewer's messages be dealt with one after the other: the view that it asked for last is the one it is shown. */
class Turns {
    readonly #waiting = new Map<string, { last: Promise<void>; count: number }>()

    async take(key: string, run: () => Promise<void>): Promise<void> {
        const turn = this.#waiting.get(key) ?? { last: Promise.resolve(), count: 0 }
        if (turn.count >= MOST_WAITING) throw new Refusal(429, 'TOO_MANY_REQUESTS', `${MOST_WAITING} messages of this viewer wait already`)
        this.#waiting.set(key, turn)
        turn.count++
        const done = turn.last.then(run)
        turn.last = done.catch(() => {})
        try {
            await done
        } finally {
            if (--turn.count === 0) this.#waiting.delete(key)
        }
    }
}
