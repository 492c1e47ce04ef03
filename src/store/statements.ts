import type { CompiledQuery, Kysely } from 'kysely'
import type { Database } from './schema.ts'

/** Rows of one statement; what is left over goes in smaller ones, so that few shapes of statements are enough for any number. */
const sizes = [64, 16, 4, 1]

type Value = string | number | null
/** Builds the statement for that many rows, whose values do not matter. */
type Build = (db: Kysely<Database>, rows: number) => { compile(): CompiledQuery }

/**
 * Puts rows into a table in few statements, each of which is built only once: building one costs more than running it.
 * @returns what puts a list of rows, each the values in the order that the statement has them in
 */
export function prepared(build: Build): (db: Kysely<Database>, rows: readonly Value[][]) => Promise<void> {
    const statements = new Map<number, CompiledQuery>()
    const statement = (db: Kysely<Database>, size: number) => {
        const known = statements.get(size) ?? build(db, size).compile()
        statements.set(size, known)
        return known
    }
    return async (db, rows) => {
        let from = 0
        for (const size of sizes)
            for (; rows.length - from >= size; from += size)
                await db.executeQuery({ ...statement(db, size), parameters: rows.slice(from, from + size).flat() })
    }
}
