import type { DatabaseSync } from 'node:sqlite'
import {
    type CompiledQuery,
    type Dialect,
    type Kysely,
    type QueryResult,
    SqliteAdapter,
    SqliteIntrospector,
    SqliteQueryCompiler,
} from 'kysely'
import type { DirectAdapter } from '../engine.ts'
import { SqliteConnection, SqliteDriver, type SqliteOptions } from './driver.ts'

/** Kysely over the built-in node:sqlite. */
export function sqliteDialect(database: DatabaseSync, options: SqliteOptions = {}): Dialect {
    const connection = new SqliteConnection(database, options)
    return {
        createAdapter: () => new Adapter(connection),
        createDriver: () => new SqliteDriver(database, connection, options),
        createQueryCompiler: () => new SqliteQueryCompiler(),
        createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    }
}

class Adapter extends SqliteAdapter implements DirectAdapter {
    readonly #connection: SqliteConnection

    constructor(connection: SqliteConnection) {
        super()
        this.#connection = connection
    }

    direct<R>(query: CompiledQuery<R>): QueryResult<R> {
        return this.#connection.execute(query)
    }

    /** The driver keeps the queue for its one connection itself: Kysely's wakes everybody for each turn. */
    override get supportsMultipleConnections(): boolean {
        return true
    }

    /** SQLite changes tables in a transaction like any other database; Kysely's own adapter is more careful than it need be. */
    override get supportsTransactionalDdl(): boolean {
        return true
    }
}
