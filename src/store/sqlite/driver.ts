import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely'

/** Looks after the file while transactions are run on it. */
export interface ConnectionGuard {
    /** Called before each transaction, which does not begin if it throws. */
    before(): void
    /** Called after each commit; if it throws, the writes are reported as failed. @param checkpoint moves all into the file itself */
    after(checkpoint: () => void): void
}

export interface SqliteOptions {
    guard?: ConnectionGuard | undefined
    /** Syncs what SQLite itself does not. */
    log?: { sync(): Promise<void>; close(): Promise<void> } | undefined
    /** Is told every statement that is run. */
    trace?: ((sql: string) => void) | undefined
}

/** More shapes of statements than the repositories have; lists of ids make the rest. */
const MOST_STATEMENTS = 200

/** node:sqlite is synchronous, so that most of what Kysely waits for is done already. */
const done = Promise.resolve()

/** Kysely's driver over one connection, which one query or transaction has at a time, in the order they came. */
export class SqliteDriver implements Driver {
    readonly #database: DatabaseSync
    readonly #connection: SqliteConnection
    readonly #options: SqliteOptions
    #taken = false
    readonly #next: (() => void)[] = []

    constructor(database: DatabaseSync, connection: SqliteConnection, options: SqliteOptions) {
        this.#database = database
        this.#connection = connection
        this.#options = options
    }

    init(): Promise<void> {
        return done
    }

    async acquireConnection(): Promise<DatabaseConnection> {
        if (this.#taken) await new Promise<void>((resolve) => this.#next.push(resolve))
        this.#taken = true
        return this.#connection
    }

    /** IMMEDIATE takes the write lock now: a transaction that has begun is not refused half way for want of it. */
    beginTransaction(): Promise<void> {
        this.#options.guard?.before()
        this.#connection.run('begin immediate')
        return done
    }

    async commitTransaction(): Promise<void> {
        this.#connection.run('commit')
        // The connection is not free before that: nobody may read what a power cut can still undo.
        await this.#options.log?.sync()
        this.#options.guard?.after(() => this.#connection.run('pragma wal_checkpoint(full)'))
    }

    rollbackTransaction(): Promise<void> {
        try {
            this.#connection.run('rollback')
        } catch {
            // A full disk and the like make SQLite roll back by itself; then there is nothing left to roll back.
        }
        return done
    }

    releaseConnection(): Promise<void> {
        // Whoever is next takes it over without its being free in between.
        const next = this.#next.shift()
        if (next) next()
        else this.#taken = false
        return done
    }

    async destroy(): Promise<void> {
        this.#connection.forget()
        await this.#options.log?.close()
        this.#database.close()
    }
}

export class SqliteConnection implements DatabaseConnection {
    readonly #database: DatabaseSync
    readonly #trace: ((sql: string) => void) | undefined
    /** The least recently used first. */
    readonly #statements = new Map<string, StatementSync>()

    constructor(database: DatabaseSync, options: SqliteOptions) {
        this.#database = database
        this.#trace = options.trace
    }

    run(sql: string): void {
        this.#trace?.(sql)
        this.#statement(sql).run()
    }

    forget(): void {
        this.#statements.clear()
    }

    executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
        return Promise.resolve(this.execute(query))
    }

    execute<R>({ sql, parameters, query }: CompiledQuery): QueryResult<R> {
        this.#trace?.(sql)
        const statement = this.#statement(sql)
        const values = parameters as readonly SQLInputValue[]
        const changes = query.kind === 'InsertQueryNode' || query.kind === 'UpdateQueryNode' || query.kind === 'DeleteQueryNode'
        if (!changes || query.returning) return { rows: statement.all(...values) as R[] }
        return { numAffectedRows: BigInt(statement.run(...values).changes), rows: [] }
    }

    streamQuery(): never {
        throw new Error('rows are read in pages here, not as a stream')
    }

    #statement(sql: string): StatementSync {
        const known = this.#statements.get(sql)
        const statement = known ?? this.#database.prepare(sql)
        if (known) this.#statements.delete(sql)
        else if (this.#statements.size >= MOST_STATEMENTS) this.#statements.delete(this.#statements.keys().next().value!)
        this.#statements.set(sql, statement)
        return statement
    }
}
