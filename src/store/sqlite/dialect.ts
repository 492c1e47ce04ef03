import type { DatabaseSync } from 'node:sqlite'
import { type Dialect, type Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { SqliteDriver, type SqliteOptions } from './driver.ts'

/** Kysely over the built-in node:sqlite. */
export function sqliteDialect(database: DatabaseSync, options: SqliteOptions = {}): Dialect {
    return {
        createAdapter: () => new Adapter(),
        createDriver: () => new SqliteDriver(database, options),
        createQueryCompiler: () => new SqliteQueryCompiler(),
        createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    }
}

class Adapter extends SqliteAdapter {
    /** The driver keeps the queue for its one connection itself: Kysely's wakes everybody for each turn. */
    override get supportsMultipleConnections(): boolean {
        return true
    }

    /** SQLite changes tables in a transaction like any other database; Kysely's own adapter is more careful than it need be. */
    override get supportsTransactionalDdl(): boolean {
        return true
    }
}
