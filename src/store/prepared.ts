import type { Compilable, CompiledQuery, Kysely, QueryResult } from 'kysely'
import type { Database } from './schema.ts'

/**
 * A statement that is run so often that building it anew each time would cost more than running it.
 * @param build gives the statement for these parameters, which have to be the statement's own, in their order
 */
export function statement<P extends readonly unknown[], R = unknown>(build: (db: Kysely<Database>, ...parameters: P) => Compilable<R>) {
    let compiled: CompiledQuery<R> | undefined
    return (db: Kysely<Database>, ...parameters: P): Promise<QueryResult<R>> => {
        compiled ??= build(db, ...parameters).compile()
        if (compiled.parameters.length !== parameters.length) throw new TypeError('a prepared statement takes parameters of one shape only')
        return db.executeQuery({ ...compiled, parameters })
    }
}

/**
 * A {@link statement} that puts in a row.
 * @param build gives the statement for a row; its parameters have to be the row's values, in their order
 */
export function prepared<R extends object>(build: (db: Kysely<Database>, row: R) => Compilable) {
    let example: R
    const run = statement((db, ..._values: unknown[]) => build(db, example))
    return async (db: Kysely<Database>, row: R): Promise<void> => {
        example ??= row
        await run(db, ...Object.values(row))
    }
}
