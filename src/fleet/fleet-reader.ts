import { type Clock, Refusal } from '../lib/index.ts'
import type { Fleet } from './fleet.ts'
import { answerTo, type Found, inScope, plan, type Scope } from './plan.ts'
import type { Query } from './query.ts'
import { Queue } from './queue.ts'
import type { DeviceRepository, HistoryPoint } from './repository.ts'

/** Questions that may wait for a history: that of a year takes seconds to read, and others need the store, too. */
const MOST_HISTORIES = 100

/** A stretch of the history of one property. */
export interface Stretch {
    id: string
    property: string
    /** In milliseconds since 1970. */
    from: number
    to: number
    /** Points at the most; more are thinned out. */
    limit: number
}

export interface FleetReaderOptions {
    fleet: Fleet
    repository: Pick<DeviceRepository, 'history'>
    clock: Clock
    signal: AbortSignal
}

/** Answers flows that ask for devices of a fleet, or for the history of one. */
export class FleetReader {
    readonly #o: FleetReaderOptions
    readonly #histories: Queue

    constructor(options: FleetReaderOptions) {
        this.#o = options
        this.#histories = new Queue(options.clock, MOST_HISTORIES, options.signal)
    }

    /** One page of devices. @throws {@link Refusal} 429 `TOO_MANY_REQUESTS`, 503 `STORE_UNAVAILABLE` */
    async page(query: Query, scope: Scope): Promise<Found> {
        const { fleet, clock } = this.#o
        const wanted = plan(query, scope)
        await fleet.load()
        return await fleet.work.answer(answerTo(fleet, wanted, clock.monotonic()))
    }

    /** Oldest first. @throws {@link Refusal} 404 `UNKNOWN_DEVICE`, 429 `TOO_MANY_REQUESTS`, 503 `STORE_UNAVAILABLE` */
    async history({ id, property, from, to, limit }: Stretch, scope: Scope): Promise<HistoryPoint[]> {
        const { fleet, repository } = this.#o
        await fleet.load()
        const row = fleet.rows.get(id)
        // What may not be seen is not there.
        if (!row || !inScope(scope, row)) throw new Refusal(404, 'UNKNOWN_DEVICE', `there is no device ${id}`)
        return await this.#histories.take(() => repository.history(fleet.name, id, property, from, to, limit))
    }
}
