import type { Clock } from '../clock/index.ts'
import { Refusal } from '../refusal.ts'
import type { Peer } from '../ws/index.ts'
import { Controls } from './controls.ts'
import { dialectOf } from './dialect.ts'
import type { Fleet } from './fleet.ts'
import { inScope, type Scope } from './plan.ts'
import type { Protocol } from './protocol.ts'
import type { Query } from './query.ts'
import type { DeviceRepository, DeviceRow, HistoryPoint } from './repository.ts'
import type { ViewAnswer } from './view-event.ts'
import type { Asked } from './view-protocol.ts'
import type { Viewer } from './viewer.ts'
import type { Views } from './views.ts'

/** Points that a page is sent of a history. */
const MOST_POINTS = 1000

export interface AudienceParts {
    fleet: Fleet
    views: Views
    repository: DeviceRepository
    clock: Clock
    /** Whether a viewer sees only the devices of its account. */
    own: boolean
    protocol(peer: Peer): Protocol
    signal: AbortSignal
}

/** The viewers of an endpoint: what each is shown, and what it may ask for beside that. */
export class Audience {
    readonly #parts: AudienceParts
    readonly #viewers = new Map<string, Viewer>()
    readonly #controls: Controls

    constructor(parts: AudienceParts) {
        this.#parts = parts
        this.#controls = new Controls(parts.fleet, parts.clock, parts.signal)
        parts.views.use(parts.signal)
        parts.signal.addEventListener('abort', () => this.#viewers.clear(), { once: true })
    }

    get size(): number {
        return this.#viewers.size
    }

    /** Shows a viewer what it asks for, from now on. @returns how many devices match */
    show(peer: Peer, query: Query, last?: { epoch: string; seq: number }): number {
        const { views, protocol } = this.#parts
        const old = this.#viewers.get(peer.connection)
        if (old) views.leave(old, false)
        const [scope, dialect] = [this.#scope(peer), dialectOf(protocol(peer))]
        const viewer = last ? views.resume(query, scope, peer, dialect, last) : views.show(query, scope, peer, dialect)
        this.#viewers.set(peer.connection, viewer)
        return viewer.view.total
    }

    leave(peer: Peer): void {
        const viewer = this.#viewers.get(peer.connection)
        this.#viewers.delete(peer.connection)
        if (viewer) this.#parts.views.leave(viewer, true)
        this.#controls.leave(peer.connection)
    }

    /** Sends a viewer the history of a property. @throws {@link Refusal} 404 `UNKNOWN_DEVICE`, 503 `STORE_UNAVAILABLE` */
    async history(peer: Peer, { id, property, seconds }: Extract<Asked, { type: 'history' }>): Promise<HistoryPoint[]> {
        this.#check(peer, id)
        const { repository, fleet, clock } = this.#parts
        const now = clock.now()
        const points = await repository.history(fleet.name, id, property, now - seconds * 1000, now, MOST_POINTS)
        // What it is now may have become so long before, or without anybody keeping it.
        const { value, at } = fleet.rows.get(id)?.properties.get(property) ?? {}
        const isMore = typeof value === 'number' && at !== undefined && at > (points.at(-1)?.at ?? Number.NEGATIVE_INFINITY)
        const all = isMore ? [...points, { at, value }] : points
        this.answer(peer, { kind: 'history', id, property, points: all })
        return all
    }

    /** Takes note of what a viewer wants of a device. @returns whose the device is, or null @throws {@link Refusal} 404 `UNKNOWN_DEVICE`, 422 `BAD_INPUT`, 429 `TOO_MANY` */
    control(peer: Peer, { id, property, value, request }: Extract<Asked, { type: 'set' }>): string | null {
        const { owner } = this.#check(peer, id)
        const over = (state: 'confirmed' | 'failed', message?: string) =>
            this.answer(peer, { kind: 'set', request, state, ...(message !== undefined && { message }) })
        this.#controls.begin({ connection: peer.connection, request, id, property, value, over })
        this.answer(peer, { kind: 'set', request, state: 'pending' })
        return owner
    }

    /** The device could not be told. @returns whether a viewer waits for it */
    failed(connection: string, request: string, message: string): boolean {
        return this.#controls.fail(connection, request, message)
    }

    answer(peer: Peer, answer: ViewAnswer): void {
        peer.send(this.#parts.protocol(peer).write(answer))
    }

    #scope({ identity }: Peer): Scope {
        return this.#parts.own ? { account: identity.account || undefined } : 'all'
    }

    /** What may not be seen is not there: the answer is the same. */
    #check(peer: Peer, id: string): DeviceRow {
        const row = this.#parts.fleet.rows.get(id)
        if (!row || !inScope(this.#scope(peer), row)) throw new Refusal(404, 'UNKNOWN_DEVICE', `there is no device ${id}`)
        return row
    }
}
