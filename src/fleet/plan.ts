import { Refusal } from '../lib/index.ts'
import { type Matches, matcher, silences } from './filter.ts'
import type { Fleet } from './fleet.ts'
import { columnsOf } from './properties.ts'
import type { Query } from './query.ts'
import type { DeviceRow } from './repository.ts'
import { type Order, orderBy, type SortKey, sorted } from './sort.ts'

/** Bytes of memory of the devices on one page, which limits how long it takes to encode it. */
const MAX_PAGE = 16 * 1_048_576

/** The devices that may be seen: all, those of an account, or none if the account is not known. */
export type Scope = { account: string | undefined } | 'all'

export const inScope = (scope: Scope, row: DeviceRow): boolean =>
    scope === 'all' || (scope.account !== undefined && row.owner === scope.account)

/** @param own whether a peer sees only the devices of its account; one without an account sees none then */
export const scopeOf = (own: boolean, account: unknown): Scope =>
    own ? { account: typeof account === 'string' && account !== '' ? account : undefined } : 'all'

/** A compiled query. */
export interface Plan {
    query: Query
    /** The same for equal queries with the same scope. */
    key: string
    matches: Matches
    order: Order
    /** The properties that it filters or sorts by. */
    uses: ReadonlySet<string>
    /** Milliseconds of silence after which a device may begin to match. */
    silences: readonly number[]
}

/** Compiles a query. @param scope what may be seen, whatever the filters */
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

/** The sort keys of all devices that match, in order. */
export function* sortKeysOf(
    devices: ReadonlyMap<string, DeviceRow>,
    { matches, order }: Plan,
    now: number,
): Generator<void, SortKey[], undefined> {
    const sortKeys: SortKey[] = []
    for (const id of [...devices.keys()]) {
        const row = devices.get(id)
        if (row && matches(row, now)) sortKeys.push(order.sortKey(row))
        yield
    }
    return yield* sorted(sortKeys, order.compare)
}

/** The ids on the page of a query, or fewer if they would be too large. @param weight the bytes of a device */
export function shownOf(sortKeys: readonly SortKey[], { offset, limit }: Query, weight: (id: string) => number): string[] {
    const ids: string[] = []
    let bytes = 0
    for (let at = offset; at < sortKeys.length && ids.length < limit; at++) {
        const { id } = sortKeys[at]!
        bytes += weight(id)
        if (bytes > MAX_PAGE && ids.length > 0) break
        ids.push(id)
    }
    return ids
}

/** A row of an answer: the id of a device and its columns, as JSON. */
interface ResultRow {
    id: string
    /** Devices choose the names: set them in other objects by {@link put} only. */
    columns: Record<string, unknown>
}

/** The answer to a query. */
export interface QueryResult {
    rows: ResultRow[]
    /** Matching devices, on all pages. */
    total: number
    /** The offset of the next page, if there is one. */
    next?: number
}

/** Answers a query once. */
export function* answerTo(
    { rows: devices, weight }: Pick<Fleet, 'rows' | 'weight'>,
    wanted: Plan,
    now: number,
): Generator<void, QueryResult, undefined> {
    const sortKeys = yield* sortKeysOf(devices, wanted, now)
    const ids = shownOf(sortKeys, wanted.query, weight)
    const rows = ids.flatMap((id) => {
        const row = devices.get(id)
        return row ? [{ id, columns: columnsOf(row) }] : []
    })
    const next = wanted.query.offset + ids.length
    return { rows, total: sortKeys.length, ...(ids.length > 0 && next < sortKeys.length && { next }) }
}

export const tooMany = (text: string): Refusal => new Refusal(503, 'TOO_MANY_VIEWS', text)
