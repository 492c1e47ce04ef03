import type { DeviceRepository, DeviceRow, Fleet, HistoryPoint, Query } from '../fleet/index.ts'
import { inScope, PacedQueue, type Scope, scopeOf } from '../fleet/index.ts'
import type { Clock } from '../lib/index.ts'
import { Refusal } from '../lib/index.ts'
import type { Sessions } from '../peers/index.ts'
import type { Peer } from '../ws/index.ts'
import { Controls } from './controls.ts'
import { formatOf, type ViewFormat } from './format.ts'
import { smartOs } from './smart-os.ts'
import type { ViewAnswer } from './view-event.ts'
import { VIEW_PROTOCOL, type ViewerRequest } from './view-protocol.ts'
import type { Subscriber, Viewer } from './viewer.ts'
import type { Views } from './views.ts'

/** Points of a history that a viewer is sent. */
const MAX_POINTS = 1000
/** Viewers that may wait for a history: they are read one after the other, as a long one takes seconds. */
const MAX_WAITING = 100

interface EndpointViewersParts {
    fleet: Fleet
    views: Views
    repository: DeviceRepository
    clock: Clock
    /** Whether a viewer sees only the devices of its account. */
    own: boolean
    sessions: Pick<Sessions, 'of' | 'protocol'>
    signal: AbortSignal
}

/** The viewers of an endpoint: the view of each, its histories and its requests to set properties. */
export class EndpointViewers {
    readonly #parts: EndpointViewersParts
    readonly #viewers = new Map<string, { peer: Peer; viewer: Viewer; subscriber: PeerSubscriber }>()
    readonly #controls: Controls
    readonly #histories: PacedQueue

    constructor(parts: EndpointViewersParts) {
        this.#parts = parts
        this.#controls = new Controls(parts.fleet, parts.clock, parts.signal)
        this.#histories = new PacedQueue(parts.clock, MAX_WAITING, parts.signal)
        parts.views.use(parts.signal)
        parts.fleet.unknown.listen(() => this.#viewers.forEach(({ peer }) => void this.#tellUnknown(peer)), parts.signal)
        parts.signal.addEventListener('abort', () => this.#viewers.clear(), { once: true })
    }

    get size(): number {
        return this.#viewers.size
    }

    /**
     * Shows a viewer the live answer to a query, instead of what it was shown before.
     * @param last what it has seen of the view before its connection broke
     * @returns how many devices match
     * @throws {@link Refusal} 503 `TOO_MANY_VIEWS`
     */
    async show(peer: Peer, query: Query, last?: { epoch: string; seq: number }): Promise<number> {
        const { views } = this.#parts
        const old = this.#viewers.get(peer.connection)
        this.#viewers.delete(peer.connection)
        if (old) views.leave(old.viewer, false)
        const subscriber = old?.subscriber ?? new PeerSubscriber(peer)
        const [scope, format] = [this.#scope(peer), this.#format(peer)]
        const viewer = last ? views.resume(query, scope, subscriber, format, last) : views.show(query, scope, subscriber, format)
        this.#viewers.set(peer.connection, { peer, viewer, subscriber })
        try {
            await views.ready(viewer)
        } catch (error) {
            views.leave(viewer, false)
            if (this.#viewers.get(peer.connection)?.viewer === viewer) this.#viewers.delete(peer.connection)
            throw error
        }
        if (this.#parts.fleet.unknown.count > 0) this.#tellUnknown(peer)
        return viewer.view.total
    }

    leave(peer: Peer): void {
        const found = this.#viewers.get(peer.connection)
        this.#viewers.delete(peer.connection)
        if (found) this.#parts.views.leave(found.viewer, true)
        this.#controls.leave(peer.connection)
    }

    /** Sends a viewer the history of a property. @throws {@link Refusal} 404 `UNKNOWN_DEVICE`, 429 `TOO_MANY_REQUESTS`, 503 `STORE_UNAVAILABLE` */
    async history(peer: Peer, { id, property, seconds }: Extract<ViewerRequest, { type: 'history' }>): Promise<HistoryPoint[]> {
        this.#check(peer, id)
        const { repository, fleet, clock, signal } = this.#parts
        const points = await this.#histories.take(async () => {
            if (signal.aborted || !peer.open) return []
            const now = clock.now()
            return await repository.history(fleet.name, id, property, now - seconds * 1000, now, MAX_POINTS)
        })
        // The latest value may be older than that, or not be kept as history.
        const { value, at } = fleet.rows.get(id)?.properties.get(property) ?? {}
        const isMore = typeof value === 'number' && at !== undefined && at > (points.at(-1)?.at ?? Number.NEGATIVE_INFINITY)
        const all = isMore ? [...points, { at, value }] : points
        this.answer(peer, { kind: 'history', id, property, points: all })
        return all
    }

    /**
     * Begins a request to set a property of a device.
     * @returns the account of the device, or null
     * @throws {@link Refusal} 404 `UNKNOWN_DEVICE`, 422 `BAD_INPUT`, 429 `TOO_MANY_REQUESTS`
     */
    control(peer: Peer, { id, property, value, request }: Extract<ViewerRequest, { type: 'set' }>): string | null {
        const { owner } = this.#check(peer, id)
        const done = (state: 'confirmed' | 'failed', message?: string) =>
            this.answer(peer, { kind: 'set', request, state, ...(message !== undefined && { message }) })
        this.#controls.begin({ connection: peer.connection, request, id, property, value, done })
        this.answer(peer, { kind: 'set', request, state: 'pending' })
        return owner
    }

    /** Ends a request of which the device could not be told. @returns whether it was pending */
    failed(connection: string, request: string, message: string): boolean {
        return this.#controls.fail(connection, request, message)
    }

    answer(peer: Peer, answer: ViewAnswer): void {
        peer.send(this.#parts.sessions.of(peer).encode(answer))
    }

    /** Only viewers that see all devices are told how many unknown ones there are. */
    #tellUnknown(peer: Peer): void {
        const isTold = peer.subprotocol === VIEW_PROTOCOL && this.#scope(peer) === 'all'
        if (isTold) this.answer(peer, { kind: 'unregistered', devices: this.#parts.fleet.unknown.count })
    }

    #format(peer: Peer): ViewFormat {
        const { sessions } = this.#parts
        const isTable = sessions.protocol.viewers === 'tables' && peer.subprotocol !== VIEW_PROTOCOL
        return isTable ? smartOs : formatOf(sessions.of(peer))
    }

    #scope({ identity }: Peer): Scope {
        return scopeOf(this.#parts.own, identity.account)
    }

    /** The refusal is the same for a device that does not exist and one that the viewer may not see. */
    #check(peer: Peer, id: string): DeviceRow {
        const row = this.#parts.fleet.rows.get(id)
        if (!row || !inScope(this.#scope(peer), row)) throw new Refusal(404, 'UNKNOWN_DEVICE', `there is no device ${id}`)
        return row
    }
}

/** Waits for a peer once, for its latest view only: one that reads nothing and goes on asking would keep all its views in memory. */
class PeerSubscriber implements Subscriber {
    readonly #peer: Peer
    #run: (() => void) | undefined

    constructor(peer: Peer) {
        this.#peer = peer
    }

    send(frames: readonly string[]): boolean {
        return this.#peer.send(frames)
    }

    onDrain(run: () => void): void {
        const isWaiting = this.#run !== undefined
        this.#run = run
        if (!isWaiting) this.#peer.onDrain(() => this.#drained())
    }

    #drained(): void {
        const run = this.#run
        this.#run = undefined
        run?.()
    }
}
