import { type Access, type Bounds, type Kysely, type ModuleContext, sql, TableLimit } from '../store/index.ts'
import type { RecordTables } from './tables.ts'

/** What all collections of a store may have together. */
export interface RecordLimits {
    /** Records: more are refused. */
    records: Bounds
    /** Earlier versions: the oldest go. */
    versions: Bounds
    /** How many deleted records it is known of that they were deleted: those that were deleted first go. */
    deleted: number
}

const MEGABYTE = 1_048_576

export const usualLimits: RecordLimits = {
    records: { rows: 100_000, bytes: 256 * MEGABYTE },
    versions: { rows: 200_000, bytes: 256 * MEGABYTE },
    deleted: 10_000,
}

type Db = Kysely<RecordTables>

/** How much room there is for records. All of them are measured only when what came since may be too much. */
export class Room {
    readonly #limits: Bounds
    #rows = Number.POSITIVE_INFINITY
    #bytes = 0

    constructor(limits: Bounds) {
        this.#limits = limits
    }

    /** Takes room for another record, or for one that has become larger. @returns whether there was any */
    async take(db: Db, rows: number, bytes: number): Promise<boolean> {
        if (this.#has(rows, bytes)) return true
        const total = await db
            .selectFrom('records')
            .select(({ fn }) => [fn.countAll<number>().as('rows'), fn.sum<number | null>(sql`octet_length(value)`).as('bytes')])
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

/** Bounds earlier versions, and the records of which it is known that they were deleted, whatever collections they are of. */
export function limitPast(access: Access<RecordTables>, sweep: ModuleContext['sweep'], { versions, deleted }: RecordLimits) {
    return {
        versions: new TableLimit({
            ...{ access, sweep, what: 'old versions of records', ...versions },
            ...{ table: 'record_versions', order: ['updated_at', 'collection', 'key', 'version'], texts: ['value'] },
        }),
        deleted: new TableLimit({
            ...{ access, sweep, what: 'records that were deleted before others', rows: deleted, bytes: Number.POSITIVE_INFINITY },
            ...{ table: 'records', order: ['updated_at', 'collection', 'key'], texts: [], only: sql<boolean>`value is null` },
            before: async (db, which) => {
                const gone = sql`select collection, ${sql.ref('key')} from records where ${which}`
                await sql`delete from record_versions where (collection, ${sql.ref('key')}) in (${gone})`.execute(db)
            },
        }),
    }
}
