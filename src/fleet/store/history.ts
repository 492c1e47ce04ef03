import { turn } from '../../lib/index.ts'
import { type Access, type Kysely, preparedRows } from '../../store/index.ts'
import type { DeviceChange, HistoryLimits, HistoryPoint } from '../repository.ts'
import { DeviceLeftovers } from './leftovers.ts'
import { countNew, lastNew, move, newOfEach, stretches } from './new-points.ts'
import type { FleetTables } from './tables.ts'
import { Thinned } from './thinned.ts'
import { DeviceTrim, lessen } from './trim.ts'

/** Points that are read, moved or deleted at once. */
const PAGE = 2000
/** New points that are moved to their series together: the more, the fewer pages of the disk are written for each. */
const MAX_NEW = 10_000
/** New points that may wait to be moved; beyond that, updates are refused. */
const MAX_BEHIND = 200_000
/** Ids of series that are cached. */
const MAX_IDS = 100_000
/** Series that are checked together for whether they have any points. */
const TOGETHER = 500

interface Series {
    fleet: string
    device: string
    property: string
}

/** What was appended in a transaction. */
export interface Appended {
    /** How many points. */
    points: number
    /** Ids of series that were found or made, by key. */
    ids: ReadonlyMap<string, number>
    /** The number of deletions of series until then. */
    deletions: number
}

const keyOf = (fleet: string, device: string, property: string): string => `${fleet}\0${device}\0${property}`

/**
 * Stores the history of properties. Points are appended in the order in which they come, which is the fastest, and moved to their series
 * once there are many.
 */
export class DeviceHistory {
    readonly #access: Access<FleetTables>
    readonly #trim: DeviceTrim
    readonly #leftovers: DeviceLeftovers
    /** The ids of series that are committed. */
    readonly #ids = new Map<string, number>()
    /** Counts deletions of series: ids that were found before one must not be cached. */
    #deletions = 0
    #opened = 0
    /** Points that were appended since the last move. */
    #new = 0
    /** Points that were not moved yet. */
    #behind = 0
    #moving = false

    constructor(access: Access<FleetTables>) {
        this.#access = access
        this.#trim = new DeviceTrim(access)
        this.#leftovers = new DeviceLeftovers(access)
    }

    /** Whether more points may be appended; if not, moving has begun. */
    hasRoom(): boolean {
        if (this.#behind <= MAX_BEHIND) return true
        this.#moveAll()
        return false
    }

    limit(fleet: string, limits: HistoryLimits | undefined): void {
        this.#trim.limit(fleet, limits)
    }

    /** Appends the numbers of changes in a transaction. @returns for {@link committed}; undefined if there are none */
    async append(db: Kysely<FleetTables>, changes: readonly DeviceChange[]): Promise<Appended | undefined> {
        await this.#begin(db)
        const found = new Map<string, number>()
        const rows: number[][] = []
        for (const { fleet, id: device, at, set, history } of changes) {
            if (!history) continue
            for (const [property, value] of set) {
                if (typeof value !== 'number') continue
                const key = keyOf(fleet, device, property)
                const known = this.#ids.get(key) ?? found.get(key)
                const id = known ?? (await seriesId(db, { fleet, device, property }))
                if (known === undefined) found.set(key, id)
                rows.push([id, at, value])
            }
        }
        if (rows.length === 0) return undefined
        await putPoints(db, rows)
        return { points: rows.length, ids: found, deletions: this.#deletions }
    }

    /** Counts what a process before has not moved: once for each time that the database was opened. */
    async #begin(db: Kysely<FleetTables>): Promise<void> {
        const { opened } = this.#access
        if (this.#opened === opened) return
        this.#ids.clear()
        this.#new = this.#behind = await countNew(db)
        this.#opened = opened
    }

    /** To be called once {@link append} is committed. */
    committed({ points, ids, deletions }: Appended): void {
        if (this.#ids.size > MAX_IDS) this.#ids.clear()
        if (deletions === this.#deletions) for (const [key, id] of ids) this.#ids.set(key, id)
        this.#new += points
        this.#behind += points
        if (this.#new >= MAX_NEW) this.#moveAll()
    }

    #moveAll(): void {
        if (this.#moving) return
        this.#moving = true
        this.#moveWhileMany()
            // It is tried again when more points come.
            .catch(() => {})
            .finally(() => {
                this.#moving = false
            })
    }

    /** The points of a property, oldest first; of more than `limit`, the lowest and the highest of equal stretches of time. */
    async points(of: Series, { from, to, limit }: { from: number; to: number; limit: number }): Promise<HistoryPoint[]> {
        const { read } = this.#access
        const series = (await read((db) => seriesRow(db, of)))?.id
        if (series === undefined) return []
        // New points first: what is moved meanwhile is then read twice, and never missed.
        const late = await read((db) => newPoints(db, series).where('at', '>=', from).where('at', '<=', to).orderBy('seq').execute())
        const fresh = new Map(late.map(({ at, value }) => [at, value]))
        const old = (db: Kysely<FleetTables>) => pointsOf(db, series).where('at', '>=', from).where('at', '<=', to)
        const few = await read((db) => some(old(db), limit + 1))
        const points = merged(few, fresh)
        if (points.length <= limit) return points
        const last = await read((db) => old(db).orderBy('at', 'desc').limit(1).executeTakeFirst())
        const thinned = new Thinned(points[0]!.at, Math.max(last?.at ?? 0, points.at(-1)!.at), limit)
        for (const [at, value] of fresh) thinned.add({ at, value })
        for (let start = from; ; await turn()) {
            const page = await read((db) => some(pointsOf(db, series).where('at', '>=', start).where('at', '<=', to), PAGE))
            for (const { at, value } of page) if (!fresh.has(at)) thinned.add({ at, value })
            if (page.length < PAGE) return thinned.points
            start = page.at(-1)!.at + 1
        }
    }

    /** Deletes older points, in pages. */
    async forget(fleet: string, before: number): Promise<void> {
        const { read, write } = this.#access
        await write(async (db) => {
            const own = db.selectFrom('device_series').select('id').where('fleet', '=', fleet)
            await db.deleteFrom('device_new_points').where('at', '<', before).where('series', 'in', own).execute()
        })
        const seen: number[] = []
        for (let id = 0; ; await turn()) {
            const next = await read((db) => nextSeries(db, fleet, id))
            if (!next || seen.length >= TOGETHER) await this.#prune(seen.splice(0))
            if (!next) return
            id = next.id
            while (await read((db) => pointsOf(db, id).where('at', '<', before).limit(1).executeTakeFirst()))
                await write((db) => removeSome(db, id, before))
            seen.push(id)
        }
    }

    /** Removes the history of a device, in a transaction; {@link clean} then deletes the points. */
    async remove(db: Kysely<FleetTables>, fleet: string, device: string): Promise<void> {
        const properties = await this.#leftovers.leave(db, fleet, device)
        this.#deleted(properties.map((property) => ({ fleet, device, property })))
    }

    /** Deletes the points of removed devices, also of those from before a restart. */
    clean(): Promise<void> {
        return this.#leftovers.clean()
    }

    /** Deletes series without points. */
    async #prune(series: readonly number[]): Promise<void> {
        const { read, write } = this.#access
        // An empty list is an error to most databases.
        if (series.length === 0) return
        const empty = await read((db) => withoutPoints(db, series).execute())
        if (empty.length === 0) return
        await write(async (db) => {
            const ids = empty.map(({ id }) => id)
            const now = await withoutPoints(db, ids)
                .where('id', 'not in', db.selectFrom('device_new_points').select('series').where('series', 'in', ids))
                .execute()
            const gone = now.map(({ id }) => id)
            if (gone.length > 0) await db.deleteFrom('device_series').where('id', 'in', gone).execute()
            this.#deleted(now)
        })
    }

    #deleted(series: readonly Series[]): void {
        this.#deletions++
        for (const { fleet, device, property } of series) this.#ids.delete(keyOf(fleet, device, property))
    }

    /** Moves until few are left, as many more may have come meanwhile. */
    async #moveWhileMany(): Promise<void> {
        do await this.#move()
        while (this.#new >= MAX_NEW)
    }

    async #move(): Promise<void> {
        const { read, write } = this.#access
        const { last } = await read((db) => lastNew(db))
        const counts = await read((db) => newOfEach(db, last))
        this.#new = 0
        // Counted anew, for some may have been deleted meanwhile.
        this.#behind = counts.reduce((sum, { points }) => sum + points, 0)
        for (const { first, final, points } of stretches(counts)) {
            await write((db) => move(db, first, final, last))
            this.#behind = Math.max(this.#behind - points, 0)
            await turn()
            await this.#trim.after(first, final, points)
        }
    }
}

const seriesRow = (db: Kysely<FleetTables>, { fleet, device, property }: Series) =>
    db
        .selectFrom('device_series')
        .select('id')
        .where('fleet', '=', fleet)
        .where('device', '=', device)
        .where('property', '=', property)
        .executeTakeFirst()

async function seriesId(db: Kysely<FleetTables>, { fleet, device, property }: Series): Promise<number> {
    const series = { fleet, device, property }
    const known = await seriesRow(db, series)
    if (known) return known.id
    await db
        .insertInto('device_series')
        .values(series)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    return (await seriesRow(db, series))!.id
}

const withoutPoints = (db: Kysely<FleetTables>, series: readonly number[]) =>
    db
        .selectFrom('device_series')
        .selectAll()
        .where('id', 'in', series)
        .where(({ not, exists, selectFrom }) =>
            not(exists(selectFrom('device_points').select('at').whereRef('series', '=', 'device_series.id'))),
        )

const putPoints = preparedRows((db: Kysely<FleetTables>, rows) =>
    db.insertInto('device_new_points').values(Array.from({ length: rows }, () => ({ series: 0, at: 0, value: 0 }))),
)

const pointsOf = (db: Kysely<FleetTables>, series: number) =>
    db.selectFrom('device_points').select(['at', 'value']).where('series', '=', series)

const newPoints = (db: Kysely<FleetTables>, series: number) =>
    db.selectFrom('device_new_points').select(['at', 'value']).where('series', '=', series)

const some = (query: ReturnType<typeof pointsOf>, limit: number): Promise<HistoryPoint[]> => query.orderBy('at').limit(limit).execute()

/** Of two points in the same millisecond, the later one counts. */
function merged(old: readonly HistoryPoint[], fresh: ReadonlyMap<number, number>): HistoryPoint[] {
    const points = old.flatMap(({ at, value }) => (fresh.has(at) ? [] : [{ at, value }]))
    for (const [at, value] of fresh) points.push({ at, value })
    return points.sort((a, b) => a.at - b.at)
}

const nextSeries = (db: Kysely<FleetTables>, fleet: string, after: number) =>
    db.selectFrom('device_series').select('id').where('fleet', '=', fleet).where('id', '>', after).orderBy('id').limit(1).executeTakeFirst()

async function removeSome(db: Kysely<FleetTables>, series: number, before: number): Promise<void> {
    const old = pointsOf(db, series).clearSelect().select('at').where('at', '<', before).orderBy('at').limit(PAGE)
    const { numDeletedRows } = await db
        .deleteFrom('device_points')
        .where('series', '=', series)
        .where('at', 'in', old)
        .executeTakeFirstOrThrow()
    await lessen(db, series, Number(numDeletedRows))
}
