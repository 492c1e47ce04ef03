import type { Compilable, CompiledQuery, Kysely } from 'kysely'
import type { Database } from './schema.ts'

/**
 * A statement that is run so often that building it anew each time would cost more than running it.
 * @param build gives the statement for a row; its parameters have to be the row's values, in their order
 */
export function prepared<R extends object>(build: (db: Kysely<Database>, row: R) => Compilable) {
    let compiled: CompiledQuery | undefined
    return async (db: Kysely<Database>, row: R): Promise<void> => {
        const parameters = Object.values(row)
        compiled ??= build(db, row).compile()
        if (compiled.parameters.length !== parameters.length) throw new TypeError('a prepared statement takes a row of one shape only')
        await db.executeQuery({ ...compiled, parameters })
    }
}
