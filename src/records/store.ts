import { type Access, fitting, type Kysely, type ModuleContext, type StoreModule, sql, statement, whole } from '../store/index.ts'
import { type Condition, fits } from './condition.ts'
import { limitPast, type RecordLimits, Room, usualLimits } from './limits.ts'
import { type RecordTables, recordSteps } from './tables.ts'

/** A document of a collection. */
export interface StoredRecord {
    key: string
    /** Counts its changes, from 1 on; a record that was deleted and put anew goes on counting. */
    version: number
    /** Milliseconds since 1970. */
    updatedAt: number
    /** What JSON can hold. */
    value: unknown
}

/** What a version of a record was. */
interface Version extends Omit<StoredRecord, 'key' | 'value'> {
    /** Undefined: the record was deleted. */
    value: unknown
}

/** What came of a change. */
interface Outcome {
    /** Whether it was made: the condition held, and there was room. */
    isDone: boolean
    /** What there was before. */
    before: StoredRecord | undefined
    /** What there is now. */
    now: StoredRecord | undefined
    /** Whether there is no room for it. */
    isFull: boolean
    /** Bytes of the version that it replaced; 0 if there was none. */
    replaced: number
}

/** What keeps records. Everything rejects with a {@link Refusal} 503 `STORE_UNAVAILABLE` while the store is away. */
export interface RecordRepository {
    get(collection: string, key: string): Promise<StoredRecord | undefined>
    /**
     * Those of a collection by their keys, ascending.
     * @param after the key that the list begins behind
     * @param bytes of documents, at the most, unless the first alone has more
     * @returns also whether there are more
     */
    list(
        collection: string,
        limit: number,
        after: string | undefined,
        bytes: number,
    ): Promise<{ records: StoredRecord[]; hasMore: boolean }>
    /** Adds a record or replaces it, if the condition holds when that is written: of two who replace the same version one does. */
    put(collection: string, record: Omit<StoredRecord, 'version'>, condition: Condition): Promise<Outcome>
    remove(collection: string, key: string, now: number, condition: Condition): Promise<Outcome>
    /**
     * The versions that are kept of a record, latest first, also of one that was deleted.
     * @param bytes of documents, at the most, unless the latest alone has more
     */
    versions(collection: string, key: string, bytes: number): Promise<Version[]>
}

type Db = Kysely<RecordTables>

/** Versions that are kept of a record. */
const KEPT = 20
/** Milliseconds for which it is known of a record that it was deleted. */
const KNOWN = 90 * 86_400_000
/** Records of a collection. */
const MOST = 10_000

/** Keeps documents in collections. */
export const recordStore: StoreModule<RecordRepository> = {
    migrations: recordSteps,
    open(context) {
        const given = context.access<RecordTables>()
        context.sweep({ what: 'records that were deleted long ago', run: (now) => forget(given, now - KNOWN) })
        return openRecords(context)
    },
}

async function forget({ write }: Access<RecordTables>, before: number): Promise<void> {
    await write(async (db) => {
        const gone = await db
            .selectFrom('records')
            .select(['collection', 'key'])
            .where('value', 'is', null)
            .where('updated_at', '<', before)
            .execute()
        for (const { collection, key } of gone)
            for (const table of ['record_versions', 'records'] as const)
                await db.deleteFrom(table).where('collection', '=', collection).where('key', '=', key).execute()
    })
}

/** @param context also that of another subject, which has collections of its own */
export function openRecords(
    { access: of, sweep }: Pick<ModuleContext, 'access' | 'sweep'>,
    limits: RecordLimits = usualLimits,
): RecordRepository {
    const access = of<RecordTables>()
    const { versions, deleted } = limitPast(access, sweep, limits)
    const room = new Room(limits.records)
    async function change(
        collection: string,
        { key, value, updatedAt }: Omit<StoredRecord, 'version'>,
        condition: Condition,
    ): Promise<Outcome> {
        // Made before it is queued: what becomes of the value afterwards is another value.
        const text = value === undefined ? null : JSON.stringify(value)
        let outcome: Outcome | undefined
        await access.write(async (db) => {
            outcome = await replace(db, { collection, key, value: text, updated_at: whole(updatedAt), version: 1 }, condition, room)
        })
        if (outcome!.isDone && text === null) deleted.added(1, 0)
        if (outcome!.isDone && outcome!.replaced > 0) versions.added(1, outcome!.replaced)
        return outcome!
    }
    return {
        async get(collection, key) {
            const row = await access.read((db) => rowOf(db, collection, key))
            return toRecord(row)
        },
        async list(collection, limit, after, bytes) {
            const { rows, hasMore } = await access.read(async (db) => {
                const all = db.selectFrom('records').where('collection', '=', collection).where('value', 'is not', null).orderBy('key')
                const some = after === undefined ? all : all.where('key', '>', after)
                // Documents may be large: how many there is room for is known before they are read.
                const sizes = await some
                    .select(sql<number>`octet_length(value)`.as('bytes'))
                    .limit(limit + 1)
                    .execute()
                const count = fitting(sizes.slice(0, limit), bytes)
                return { rows: await some.selectAll().limit(count).execute(), hasMore: sizes.length > count }
            })
            return { records: rows.map((row) => toRecord(row)!), hasMore }
        },
        put: change,
        remove: (collection, key, updatedAt, condition) => change(collection, { key, value: undefined, updatedAt }, condition),
        async versions(collection, key, bytes) {
            const rows = await access.read((db) => versionRows(db, collection, key, bytes))
            return rows.map(({ version, updated_at, value }) => ({ version, updatedAt: updated_at, value: parsed(value) }))
        },
    }
}

const recordRow = statement<RecordTables, [collection: string, key: string], RecordTables['records']>((db, collection, key) =>
    db.selectFrom('records').selectAll().where('collection', '=', collection).where('key', '=', key),
)

const rowOf = async (db: Db, collection: string, key: string) => (await recordRow(db, collection, key)).rows[0]

/** The latest first: as many as have no more bytes together. */
async function versionRows(db: Db, collection: string, key: string, most: number): Promise<RecordTables['records'][]> {
    const latest = await rowOf(db, collection, key)
    if (!latest) return []
    const all = db.selectFrom('record_versions').where('collection', '=', collection).where('key', '=', key)
    const earlier = all.orderBy('version', 'desc')
    const sizes = await earlier.select(sql<number>`coalesce(octet_length(value), 0)`.as('bytes')).execute()
    const count = fitting([{ bytes: bytesOf(latest.value) }, ...sizes], most) - 1
    return [latest, ...(await earlier.selectAll().limit(count).execute())]
}

async function replace(db: Db, row: RecordTables['records'], condition: Condition, room: Room): Promise<Outcome> {
    const { collection, key, value } = row
    const earlier = await rowOf(db, collection, key)
    const before = toRecord(earlier)
    const outcome: Outcome = { isDone: false, before, now: before, isFull: false, replaced: 0 }
    if (!fits(condition, before?.version) || (value === null && !before)) return outcome
    if (!before && (await countOf(db, collection)) >= MOST) return { ...outcome, isFull: true }
    const growth = bytesOf(value) - bytesOf(earlier?.value)
    if (value !== null && (!before || growth > 0) && !(await room.take(db, before ? 0 : 1, growth))) return { ...outcome, isFull: true }
    const next = { ...row, version: (earlier?.version ?? 0) + 1 }
    const { version, updated_at } = next
    // Another process may have been faster.
    const stored = await db
        .insertInto('records')
        .values(next)
        .onConflict((conflict) =>
            conflict
                .columns(['collection', 'key'])
                .doUpdateSet({ version, value, updated_at })
                .where('records.version', '=', version - 1),
        )
        .returning('version')
        .executeTakeFirst()
    if (!stored) return outcome
    if (earlier) await keep(db, earlier)
    return { ...outcome, isDone: true, now: toRecord(next), replaced: bytesOf(earlier?.value) }
}

const bytesOf = (text: string | null | undefined): number => Buffer.byteLength(text ?? '')

async function countOf(db: Db, collection: string): Promise<number> {
    const all = db.selectFrom('records').where('collection', '=', collection).where('value', 'is not', null)
    return Number((await all.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow()).count)
}

async function keep(db: Db, row: RecordTables['records']): Promise<void> {
    await db.insertInto('record_versions').values(row).execute()
    await db
        .deleteFrom('record_versions')
        .where('collection', '=', row.collection)
        .where('key', '=', row.key)
        .where('version', '<=', row.version + 1 - KEPT)
        .execute()
}

const parsed = (text: string | null): unknown => (text === null ? undefined : JSON.parse(text))

function toRecord(row: RecordTables['records'] | undefined): StoredRecord | undefined {
    return row === undefined || row.value === null
        ? undefined
        : { key: row.key, version: row.version, updatedAt: row.updated_at, value: parsed(row.value) }
}
