import type {
    ColumnDataType,
    ColumnDefinitionBuilder,
    CompiledQuery,
    CreateTableBuilder,
    DialectAdapter,
    Kysely,
    QueryResult,
} from 'kysely'
import type { DiskSpace } from './disk-space.ts'

/** The tables of Kysely's that steps are written down in. */
export interface EngineTables {
    kysely_migration_lock: { id: string; is_locked: number }
}

/** How a kind of database says what has no common word in SQL. Apart from these, tables have text, whole numbers and doubles only. */
export interface ColumnTypes {
    /** The primary key of a table whose rows the database counts: ascending, never given twice. */
    readonly counter: readonly [ColumnDataType, (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder]
    /** Has the rows of a table stored by their key alone, where the key is most of a row. */
    keyFirst<T extends string, C extends string>(table: CreateTableBuilder<T, C>): CreateTableBuilder<T, C>
}

/**
 * How a store gets over a fault: `soon` by trying again in a moment, `here` by trying again later on the same connection,
 * `anew` by opening the database again.
 */
export type Recovery = 'soon' | 'here' | 'anew'

/** Why the database cannot be used. It is the fault of the world, not of the query. */
export interface Fault {
    recovery: Recovery
    /** A short sentence without an end, for people. */
    reason: string
}

/** The adapter of a database with one connection, which answers at once. */
export interface DirectAdapter extends DialectAdapter {
    /** Runs a statement on the connection of the transaction under way, without what Kysely does around it: that takes longer than most of them. */
    direct<R>(query: CompiledQuery<R>): QueryResult<R>
}

/** What a kind of database brings with it. Everything else in `src/store` is the same for all kinds. */
export interface Engine {
    readonly types: ColumnTypes
    /** Whether a row can be locked while others pass over it: SELECT … FOR UPDATE SKIP LOCKED. */
    readonly rowLocks: boolean
    /** The schema that the tables are in, where there are several. */
    readonly schema?: string
    /** Opens the database. If this fails, it has changed nothing. @param ending aborts when the store is closed */
    open(ending: AbortSignal): Kysely<EngineTables> | Promise<Kysely<EngineTables>>
    /** Whether the database that was opened last may be another one than before. */
    readonly isAnother: boolean
    /** How much room there is; undefined while it is not open, and in memory. */
    diskSpace(): DiskSpace | undefined
    /** @throws when the open database is no longer the one at that place, so that nobody would find what is written */
    check(): void
    /** What an error of a query or of {@link open} says about the database; nothing if the query itself was wrong. */
    fault(error: unknown): Fault | undefined
    /** Lets others have the database; called once, after the last connection was closed. */
    release(): void
}

/** The database cannot be used, found out by ourselves rather than reported by the driver. */
export class Unusable extends Error {
    readonly fault: Fault

    constructor(recovery: Recovery, reason: string) {
        super(reason)
        this.fault = { recovery, reason }
    }
}
