import { type Bus, defined } from '../bus/index.ts'
import { fleetTopic } from './fleet-event.ts'
import type { QueryResult, Scope } from './plan.ts'
import type { Query } from './query.ts'
import type { HistoryPoint } from './repository.ts'
import type { FleetCalls, HistoryRange } from './service.ts'

/** Calls a fleet over the bus. */
export class FleetClient {
    readonly #bus: Bus
    readonly #name: string

    constructor(bus: Bus, name: string) {
        this.#bus = bus
        this.#name = name
    }

    /** One page of devices. @throws {@link Refusal} 429 `TOO_MANY_REQUESTS`, 503 `STORE_UNAVAILABLE` */
    page(query: Query, scope: Scope): Promise<QueryResult> {
        return this.#ask('page', { query, scope: sent(scope) })
    }

    /** Oldest first. @throws {@link Refusal} 404 `UNKNOWN_DEVICE`, 429 `TOO_MANY_REQUESTS`, 503 `STORE_UNAVAILABLE` */
    history(range: HistoryRange, scope: Scope): Promise<HistoryPoint[]> {
        return this.#ask('history', { range, scope: sent(scope) })
    }

    #ask<K extends keyof FleetCalls>(call: K, message: Parameters<FleetCalls[K]>[0]): ReturnType<FleetCalls[K]> {
        return this.#bus.request(fleetTopic(this.#name, call), message) as ReturnType<FleetCalls[K]>
    }
}

const sent = (scope: Scope): Scope => (scope === 'all' ? scope : defined(scope))
