import { type Matches, matcher, silences } from './filter.ts'
import { columnsOf } from './properties.ts'
import type { Query } from './query.ts'
import type { DeviceRow } from './repository.ts'
import { type Order, orderBy, type Place } from './sort.ts'
import type { Row } from './view-event.ts'

/** Whose devices may be seen: those of an account, or all; nobody's are those of an account that is not known. */
export type Scope = { account: string | undefined } | 'all'

export const inScope = (scope: Scope, row: DeviceRow): boolean =>
    scope === 'all' || (scope.account !== undefined && row.owner === scope.account)

/** A query made ready for being asked many times. */
export interface Plan {
    query: Query
    /** The same for queries that give the same. */
    key: string
    matches: Matches
    order: Order
    /** The properties that decide whether a device is shown, and where. */
    uses: ReadonlySet<string>
    /** Milliseconds of silence after which a device may begin to match. */
    silences: readonly number[]
}

/** @param scope what the viewer may see, which no filter of its own can widen */
export function plan(query: Query, scope: Scope): Plan {
    const asked = matcher(query.filter)
    return {
        query,
        key: JSON.stringify([scope, query]),
        matches: (row, now) => inScope(scope, row) && asked(row, now),
        order: orderBy(query.sort),
        uses: new Set([...query.filter, ...query.sort].map(({ property }) => property)),
        silences: silences(query.filter),
    }
}

/** The places of all devices that match, in order. */
export function placesOf(rows: Iterable<DeviceRow>, { matches, order }: Plan, now: number): Place[] {
    const places: Place[] = []
    for (const row of rows) if (matches(row, now)) places.push(order.place(row))
    return places.sort(order.compare)
}

/** Answers a query once. */
export function answerTo(devices: ReadonlyMap<string, DeviceRow>, wanted: Plan, now: number): { rows: Row[]; total: number } {
    const places = placesOf(devices.values(), wanted, now)
    const { offset, limit } = wanted.query
    const rows = places.slice(offset, offset + limit).map(({ id }) => ({ id, columns: columnsOf(devices.get(id)!) }))
    return { rows, total: places.length }
}
