import type { DeviceRepository, Fleet, Query } from '../fleet/index.ts'
import { type Clock, Listeners, Refusal } from '../lib/index.ts'
import type { Session, Sessions } from '../peers/index.ts'
import type { Endpoint, Peer } from '../ws/index.ts'
import { EndpointViewers } from './endpoint-viewers.ts'
import { readViewerRequest, refused, VIEW_PROTOCOL, type ViewerRequest } from './view-protocol.ts'
import { ViewerQueues } from './viewer-queues.ts'
import type { Views } from './views.ts'

/** A message of a viewer, as an endpoint gives it to flows. */
export interface ViewMessage {
    event?: unknown
    payload?: unknown
    peer?: { connection?: unknown } | null
    /** In a message that comes back refused: the viewer's name for its request. */
    request?: unknown
}

/** The outcome of a request: how many devices a view has, how many points a viewer was sent, or what a device is to be told. */
export type ViewOutcome =
    | { total: number }
    | { points: number }
    | { set: { id: string; property: string; value: unknown; request: string; account?: string } }

interface ViewRequestsOptions {
    endpoint: Pick<Endpoint, 'peers' | 'listen'>
    fleet: Fleet
    views: Views
    repository: DeviceRepository
    clock: Clock
    /** Whether a viewer sees only the devices of its account. */
    own: boolean
    sessions: Pick<Sessions, 'of' | 'protocol'>
    log(text: string): void
    signal: AbortSignal
}

/** Handles the requests of the viewers of an endpoint. */
export class ViewRequests {
    readonly #o: ViewRequestsOptions
    readonly #viewers: EndpointViewers
    readonly #queues = new ViewerQueues()
    readonly #listeners: Listeners<() => void>

    constructor(options: ViewRequestsOptions) {
        this.#o = options
        this.#viewers = new EndpointViewers(options)
        this.#listeners = new Listeners(options.log)
        // Not by the message of the flow, which may lose it.
        const disconnected = (peer: Peer) => {
            this.#viewers.leave(peer)
            this.#changed()
        }
        options.endpoint.listen({ disconnected }, options.signal)
    }

    /** The number of viewers that have a view. */
    get viewers(): number {
        return this.#viewers.size
    }

    /** Calls back when {@link viewers} changes, until the signal aborts. */
    onViewers(listener: () => void, signal: AbortSignal): void {
        this.#listeners.add(listener, signal)
    }

    /**
     * Handles a message of a viewer, after those before. The viewer is told if it is refused.
     * @param readQuery gives the query of its view
     * @returns undefined if there was nothing to do
     * @throws {@link Refusal} 404 `PEER_AWAY` or `UNKNOWN_DEVICE`, 422 `BAD_INPUT`, 429 `TOO_MANY_REQUESTS`, 503 `TOO_MANY_VIEWS` or
     * `STORE_UNAVAILABLE`
     */
    async take(message: ViewMessage, readQuery: () => Promise<Query>): Promise<ViewOutcome | undefined> {
        const { endpoint, sessions, signal } = this.#o
        const peer = endpoint.peers.get(String(message.peer?.connection))
        if (!peer?.open) throw away()
        try {
            return await this.#queues.take(peer.connection, () => this.#answer(peer, message, readQuery))
        } catch (error) {
            if (error instanceof Refusal && !signal.aborted) tell(peer, sessions.of(peer), error)
            throw error
        }
    }

    /** Ends a request of which the device could not be told. */
    failed({ payload, peer, request }: ViewMessage): void {
        const { request: named, message }: { request?: unknown; message?: unknown } = Object(payload)
        const reason = typeof message === 'string' ? message : 'the device was not told'
        this.#viewers.failed(String(peer?.connection), String(named ?? request), reason)
    }

    async #answer(peer: Peer, message: ViewMessage, readQuery: () => Promise<Query>): Promise<ViewOutcome | undefined> {
        const { fleet, signal } = this.#o
        await fleet.loadPatiently(signal)
        signal.throwIfAborted()
        const asked = requestOf(peer, message)
        if (!asked) return undefined
        if (asked.type === 'history') return { points: (await this.#viewers.history(peer, asked)).length }
        if (asked.type === 'set') return this.#control(peer, asked)
        const query = await readQuery()
        if (!peer.open) throw away()
        const total = this.#viewers.show(peer, query, asked.type === 'resume' ? asked : undefined)
        this.#changed()
        return { total: await total }
    }

    #control(peer: Peer, asked: Extract<ViewerRequest, { type: 'set' }>): ViewOutcome {
        const account = this.#viewers.control(peer, asked)
        const { id, property, value, request } = asked
        return { set: { id, property, value, request, ...(account !== null && { account }) } }
    }

    #changed(): void {
        this.#listeners.tell((listener) => listener())
    }
}

const away = () => new Refusal(404, 'PEER_AWAY', 'the viewer is not connected')

/** The request in a message. A page with the subprotocol asks for its view by itself, others have one when they connect. */
function requestOf(peer: Peer, { event, payload }: ViewMessage): ViewerRequest | undefined {
    const asks = peer.subprotocol === VIEW_PROTOCOL
    if (event === 'connected') return asks ? undefined : { type: 'view' }
    return asks ? readViewerRequest(payload) : { type: 'view' }
}

function tell(peer: Peer, session: Session, { status, code, message }: Refusal): void {
    if (peer.subprotocol === VIEW_PROTOCOL) peer.send(session.encode(refused(code, message)))
    else peer.send(session.reply(undefined, status, { message }))
}
