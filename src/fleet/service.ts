import type { Bus } from '../bus/index.ts'
import { type Clock, Refusal } from '../lib/index.ts'
import type { Fleet } from './fleet.ts'
import { fleetTopic } from './fleet-event.ts'
import { PacedQueue } from './paced-queue.ts'
import { answerTo, inScope, plan, type QueryResult, type Scope } from './plan.ts'
import type { Query } from './query.ts'
import type { DeviceRepository, HistoryPoint } from './repository.ts'

/** Calls that may wait for a history: they are read one after the other, as a long one takes seconds. */
const MAX_HISTORIES = 100

/** A range of the history of one property. */
export interface HistoryRange {
    id: string
    property: string
    /** In milliseconds since 1970. */
    from: number
    to: number
    /** Points at most; more are thinned. */
    limit: number
}

interface FleetServiceParts {
    fleet: Fleet
    repository: Pick<DeviceRepository, 'history'>
    clock: Clock
}

/** The calls of a fleet, by the last level of their topics. */
export type FleetCalls = ReturnType<typeof callsOf>

function callsOf({ fleet, repository, clock }: FleetServiceParts, signal: AbortSignal) {
    const histories = new PacedQueue(clock, MAX_HISTORIES, signal)
    return {
        async page({ query, scope }: { query: Query; scope: Scope }): Promise<QueryResult> {
            const wanted = plan(query, scope)
            await fleet.load()
            return await fleet.work.answer(answerTo(fleet, wanted, clock.monotonic()))
        },
        async history({ range, scope }: { range: HistoryRange; scope: Scope }): Promise<HistoryPoint[]> {
            const { id, property, from, to, limit } = range
            await fleet.load()
            const row = fleet.rows.get(id)
            if (!row || !inScope(scope, row)) throw new Refusal(404, 'UNKNOWN_DEVICE', `there is no device ${id}`)
            return await histories.take(() => repository.history(fleet.name, id, property, from, to, limit))
        },
    }
}

/** Answers calls of `FleetClient`s over the bus until the signal aborts. */
export function serveFleet(parts: FleetServiceParts, bus: Bus, signal: AbortSignal): void {
    for (const [name, call] of Object.entries(callsOf(parts, signal))) bus.respond<never>(fleetTopic(parts.fleet.name, name), call, signal)
}
