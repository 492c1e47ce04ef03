import type { Kysely } from 'kysely'
import { turn } from '../clock/index.ts'
import type { HistoryLimits, HistoryPoint } from '../devices/repository.ts'
import type { Access } from './access.ts'
import { DeviceTrim, lessen } from './device-trim.ts'
import type { Database } from './schema.ts'
import { Thinned } from './thinned.ts'
import { prepared } from './upsert.ts'

/** So many points are read, moved or deleted at once. */
const PAGE = 2000
/** New points that are moved to their series together: the more, the fewer pages of the disk each of them costs. */
const MOST_NEW = 10_000
/** New points that may be there at the most: whoever adds faster than they can be moved is refused. */
const MOST_BEHIND = 200_000
/** Ids of series that are remembered. */
const MOST_IDS = 100_000

interface Series {
    fleet: string
    device: string
    property: string
}

export interface NewPoint extends Series, HistoryPoint {}

/**
 * Keeps the values that properties had. They are appended in the order in which they come, which costs the least, and moved to their
 * series once there are many.
 */
export class DeviceHistory {
    readonly #access: Access
    readonly #trim: DeviceTrim
    /** The ids of series that are committed. Series are never deleted, so that they stay right for as long as the database is open. */
    readonly #ids = new Map<string, number>()
    #opened = 0
    /** Points that were appended since they were moved last. */
    #new = 0
    /** Points that were not moved yet. */
    #behind = 0
    #moving = false

    constructor(access: Access) {
        this.#access = access
        this.#trim = new DeviceTrim(access)
    }

    /** Whether more may be appended; if not, what there is, is being moved. */
    hasRoom(): boolean {
        if (this.#behind <= MOST_BEHIND) return true
        this.#moveAll()
        return false
    }

    limit(fleet: string, limits: HistoryLimits | undefined): void {
        this.#trim.limit(fleet, limits)
    }

    /** Appends points in a transaction. @returns what {@link committed} is to be told once it is committed */
    async append(db: Kysely<Database>, points: readonly NewPoint[]): Promise<Map<string, number>> {
        const { opened } = this.#access
        if (this.#opened !== opened) {
            this.#ids.clear()
            // A process may end long before it has moved what it appended.
            this.#new = this.#behind = await countNew(db)
            this.#opened = opened
        }
        const found = new Map<string, number>()
        const rows: number[][] = []
        for (const { fleet, device, property, at, value } of points) {
            const key = `${fleet}\0${device}\0${property}`
            const id = this.#ids.get(key) ?? found.get(key) ?? (await seriesId(db, { fleet, device, property }))
            if (!this.#ids.has(key)) found.set(key, id)
            rows.push([id, at, value])
        }
        await putPoints(db, rows)
        return found
    }

    /** What was appended stands. @param points how many they were */
    committed(found: ReadonlyMap<string, number>, points: number): void {
        if (this.#ids.size > MOST_IDS) this.#ids.clear()
        for (const [key, id] of found) this.#ids.set(key, id)
        this.#new += points
        this.#behind += points
        if (this.#new >= MOST_NEW) this.#moveAll()
    }

    #moveAll(): void {
        if (this.#moving) return
        this.#moving = true
        this.#move()
            // Whatever keeps them from being moved: they are tried again when more come.
            .catch(() => {})
            .finally(() => {
                this.#moving = false
            })
    }

    /** The values a property had, oldest first; of more than `limit` of them the least and the greatest of equal stretches of time. */
    async points(of: Series, { from, to, limit }: { from: number; to: number; limit: number }): Promise<HistoryPoint[]> {
        const { read } = this.#access
        const series = (await read((db) => seriesRow(db, of)))?.id
        if (series === undefined) return []
        // These first: what is moved meanwhile is then read twice, where it would be missed the other way round.
        const late = await read((db) => newPoints(db, series).where('at', '>=', from).where('at', '<=', to).orderBy('seq').execute())
        const fresh = new Map(late.map(({ at, value }) => [at, value]))
        const old = (db: Kysely<Database>) => pointsOf(db, series).where('at', '>=', from).where('at', '<=', to)
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

    /** Deletes what is too old, a little at a time. */
    async forget(fleet: string, before: number): Promise<void> {
        const { read, write } = this.#access
        await write(async (db) => {
            const own = db.selectFrom('device_series').select('id').where('fleet', '=', fleet)
            await db.deleteFrom('device_new_points').where('at', '<', before).where('series', 'in', own).execute()
        })
        for (let id = 0; ; await turn()) {
            const next = await read((db) => nextSeries(db, fleet, id))
            if (!next) return
            id = next.id
            while (await read((db) => pointsOf(db, id).where('at', '<', before).limit(1).executeTakeFirst()))
                await write((db) => removeSome(db, id, before))
        }
    }

    /** Deletes all points of a device. Its series stay: the next device of its name has the same. */
    async remove(db: Kysely<Database>, fleet: string, device: string): Promise<void> {
        const own = db.selectFrom('device_series').select('id').where('fleet', '=', fleet).where('device', '=', device)
        await db.deleteFrom('device_new_points').where('series', 'in', own).execute()
        await db.deleteFrom('device_points').where('series', 'in', own).execute()
        await db.updateTable('device_series').set({ points: 0 }).where('fleet', '=', fleet).where('device', '=', device).execute()
    }

    async #move(): Promise<void> {
        const { read, write } = this.#access
        const { last } = await read((db) => lastNew(db))
        const counts = await read((db) => newOfEach(db, last))
        this.#new = 0
        // Counted anew, for some may have been deleted meanwhile.
        this.#behind = counts.reduce((sum, { points }) => sum + points, 0)
        for (const { series, points } of stretches(counts)) {
            await write((db) => move(db, { first: series[0]!, final: series.at(-1)!, last }))
            this.#behind = Math.max(this.#behind - points, 0)
            await turn()
            await this.#trim.after(series, points)
        }
    }
}

const seriesRow = (db: Kysely<Database>, { fleet, device, property }: Series) =>
    db
        .selectFrom('device_series')
        .select('id')
        .where('fleet', '=', fleet)
        .where('device', '=', device)
        .where('property', '=', property)
        .executeTakeFirst()

async function seriesId(db: Kysely<Database>, series: Series): Promise<number> {
    const known = await seriesRow(db, series)
    if (known) return known.id
    await db
        .insertInto('device_series')
        .values(series)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    return (await seriesRow(db, series))!.id
}

const putPoints = prepared((db, rows) =>
    db.insertInto('device_new_points').values(Array.from({ length: rows }, () => ({ series: 0, at: 0, value: 0 }))),
)

const pointsOf = (db: Kysely<Database>, series: number) =>
    db.selectFrom('device_points').select(['at', 'value']).where('series', '=', series)

const newPoints = (db: Kysely<Database>, series: number) =>
    db.selectFrom('device_new_points').select(['at', 'value']).where('series', '=', series)

const some = (query: ReturnType<typeof pointsOf>, limit: number): Promise<HistoryPoint[]> => query.orderBy('at').limit(limit).execute()

/** Of two values in the same millisecond the later one counts. */
function merged(old: readonly HistoryPoint[], fresh: ReadonlyMap<number, number>): HistoryPoint[] {
    const points = old.flatMap(({ at, value }) => (fresh.has(at) ? [] : [{ at, value }]))
    for (const [at, value] of fresh) points.push({ at, value })
    return points.sort((a, b) => a.at - b.at)
}

const nextSeries = (db: Kysely<Database>, fleet: string, after: number) =>
    db.selectFrom('device_series').select('id').where('fleet', '=', fleet).where('id', '>', after).orderBy('id').limit(1).executeTakeFirst()

async function removeSome(db: Kysely<Database>, series: number, before: number): Promise<void> {
    const old = pointsOf(db, series).clearSelect().select('at').where('at', '<', before).orderBy('at').limit(PAGE)
    const { numDeletedRows } = await db
        .deleteFrom('device_points')
        .where('series', '=', series)
        .where('at', 'in', old)
        .executeTakeFirstOrThrow()
    await lessen(db, series, Number(numDeletedRows))
}

const lastNew = async (db: Kysely<Database>): Promise<{ last: number }> => {
    const row = await db
        .selectFrom('device_new_points')
        .select(({ fn }) => fn.max('seq').as('seq'))
        .executeTakeFirst()
    return { last: row?.seq ?? 0 }
}

async function countNew(db: Kysely<Database>): Promise<number> {
    const { points } = await db
        .selectFrom('device_new_points')
        .select(({ fn }) => fn.countAll<number>().as('points'))
        .executeTakeFirstOrThrow()
    return points
}

const newOfEach = (db: Kysely<Database>, last: number) =>
    db
        .selectFrom('device_new_points')
        .select(({ fn }) => ['series', fn.countAll<number>().as('points')])
        .where('seq', '<=', last)
        .groupBy('series')
        .orderBy('series')
        .execute()

/** Parts the series that have new points so that each part has no more than a {@link PAGE} of them, or is one series. */
function stretches(counts: readonly { series: number; points: number }[]): { series: number[]; points: number }[] {
    const parts: { series: number[]; points: number }[] = []
    for (const { series, points } of counts) {
        const part = parts.at(-1)
        if (part && part.points + points <= PAGE) {
            part.series.push(series)
            part.points += points
        } else parts.push({ series: [series], points })
    }
    return parts
}

async function move(db: Kysely<Database>, { first, final, last }: { first: number; final: number; last: number }): Promise<void> {
    const latest = db
        .selectFrom('device_new_points')
        .select(({ fn }) => fn.max('seq').as('seq'))
        .where('series', '>=', first)
        .where('series', '<=', final)
        .where('seq', '<=', last)
        .groupBy(['series', 'at'])
    const points = db.selectFrom('device_new_points').select(['series', 'at', 'value']).where('seq', 'in', latest)
    await db
        .insertInto('device_points')
        .columns(['series', 'at', 'value'])
        .expression(points.orderBy('series').orderBy('at'))
        .onConflict((conflict) => conflict.columns(['series', 'at']).doUpdateSet((from) => ({ value: from.ref('excluded.value') })))
        .execute()
    const moved = db
        .selectFrom('device_new_points')
        .select(({ fn }) => ['series', fn.count<number>('at').distinct().as('points')])
        .where('series', '>=', first)
        .where('series', '<=', final)
        .where('seq', '<=', last)
        .groupBy('series')
    await db
        .updateTable('device_series')
        .from(moved.as('moved'))
        .set(({ eb, ref }) => ({ points: eb('device_series.points', '+', ref('moved.points')) }))
        .whereRef('moved.series', '=', 'device_series.id')
        .execute()
    await db.deleteFrom('device_new_points').where('series', '>=', first).where('series', '<=', final).where('seq', '<=', last).execute()
}
