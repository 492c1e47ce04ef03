import { type Access, type Kysely, type ModuleContext, sql, TableLimit } from '../store/index.ts'
import type { RecordTables } from './tables.ts'

/** What all collections of a store may have together. */
export interface RecordLimits {
    /** Records, and bytes of their documents: more are refused. */
    rows: number
    bytes: number
    /** Earlier versions: the oldest go. */
    versions: { rows: number; bytes: number }
    /** Records of which it is known that they were deleted: those that were deleted first go. */
    deleted: number
}

export const usualLimits: RecordLimits = {
    ...{ rows: 100_000, bytes: 268_435_456 },
    versions: { rows: 200_000, bytes: 268_435_456 },
    deleted: 10_000,
}

type Db = Kysely<RecordTables>

/** Rows that are looked at, or deleted, in one go. */
const PORTION = 500

const bytesOf = sql<number>`coalesce(octet_length(value), 0)`

/** How much room there is for records. All of them are measured only when what came since may be too much. */
export class Room {
    readonly #limits: RecordLimits
    #rows = Number.POSITIVE_INFINITY
    #bytes = 0

    constructor(limits: RecordLimits) {
        this.#limits = limits
    }

    /** Takes room for another record, or for one that has become larger. @returns whether there was any */
    async take(db: Db, rows: number, bytes: number): Promise<boolean> {
        if (this.#has(rows, bytes)) return true
        const total = await db
            .selectFrom('records')
            .select(({ fn }) => [fn.countAll<number>().as('rows'), fn.sum<number | null>(bytesOf).as('bytes')])
            .where('value', 'is not', null)
            .executeTakeFirstOrThrow()
        this.#rows = Number(total.rows)
        this.#bytes = Number(total.bytes)
        return this.#has(rows, bytes)
    }

    #has(rows: number, bytes: number): boolean {
        if (this.#rows + rows > this.#limits.rows || this.#bytes + bytes > this.#limits.bytes) return false
        this.#rows += rows
        this.#bytes += bytes
        return true
    }
}

type Version = Pick<RecordTables['records'], 'collection' | 'key' | 'version' | 'updated_at'> & { bytes: number }

/** Bounds earlier versions, whatever records they are of. */
export function limitVersions({ read, write }: Access<RecordTables>, sweep: ModuleContext['sweep'], { versions }: RecordLimits) {
    const order = ['updated_at', 'collection', 'key', 'version'] as const
    const row = sql`(updated_at, collection, "key", version)`
    const placeOf = (one: Version) => sql`(${sql.join(order.map((name) => one[name]))})`
    return new TableLimit<Version>(sweep, {
        ...{ what: 'old versions of records', ...versions },
        page: (after) =>
            read((db) => {
                let query = db.selectFrom('record_versions').select([...order, bytesOf.as('bytes')])
                if (after) query = query.where(sql<boolean>`${row} < ${placeOf(after)}`)
                for (const name of order) query = query.orderBy(name, 'desc')
                return query.limit(PORTION).execute()
            }),
        async remove(first) {
            const some = await read((db) => {
                let query = db
                    .selectFrom('record_versions')
                    .select(order)
                    .where(sql<boolean>`${row} <= ${placeOf(first)}`)
                for (const name of order) query = query.orderBy(name)
                return query.limit(PORTION).execute()
            })
            await write(async (db) => {
                for (const { collection, key, version } of some)
                    await db
                        .deleteFrom('record_versions')
                        .where('collection', '=', collection)
                        .where('key', '=', key)
                        .where('version', '=', version)
                        .execute()
            })
            return some.length > 0
        },
    })
}

/** Bounds the records of which it is known that they were deleted. */
export function limitDeleted({ read, write }: Access<RecordTables>, sweep: ModuleContext['sweep'], { deleted }: RecordLimits) {
    type Deleted = Pick<RecordTables['records'], 'collection' | 'key' | 'updated_at'> & { bytes: number }
    const row = sql`(updated_at, collection, "key")`
    const placeOf = (one: Deleted) => sql`(${sql.join([one.updated_at, one.collection, one.key])})`
    const gone = (db: Db) => db.selectFrom('records').where('value', 'is', null)
    return new TableLimit<Deleted>(sweep, {
        ...{ what: 'records that were deleted before many others', rows: deleted, bytes: Number.POSITIVE_INFINITY },
        page: (after) =>
            read((db) => {
                const all = gone(db).select(['updated_at', 'collection', 'key', sql<number>`0`.as('bytes')])
                const some = after ? all.where(sql<boolean>`${row} < ${placeOf(after)}`) : all
                return some.orderBy('updated_at', 'desc').orderBy('collection', 'desc').orderBy('key', 'desc').limit(PORTION).execute()
            }),
        async remove(first) {
            const all = (db: Db) =>
                gone(db)
                    .select(['collection', 'key'])
                    .where(sql<boolean>`${row} <= ${placeOf(first)}`)
            const some = await read((db) => all(db).orderBy('updated_at').limit(PORTION).execute())
            await write((db) => removeDeleted(db, some))
            return some.length > 0
        },
    })
}

/** Deletes records that were deleted, with their versions; one that was put anew meanwhile stays. */
export async function removeDeleted(db: Db, some: readonly { collection: string; key: string }[]): Promise<void> {
    for (const { collection, key } of some) {
        const { numDeletedRows } = await db
            .deleteFrom('records')
            .where('collection', '=', collection)
            .where('key', '=', key)
            .where('value', 'is', null)
            .executeTakeFirst()
        if (numDeletedRows === 0n) continue
        await db.deleteFrom('record_versions').where('collection', '=', collection).where('key', '=', key).execute()
    }
}
