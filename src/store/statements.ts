import type { Compilable, CompiledQuery, DialectAdapter, Kysely, QueryResult } from 'kysely'
import type { DirectAdapter } from './engine.ts'

/** Rows of one statement; what is left over goes in smaller ones, so that few shapes of statements are enough for any number. */
const sizes = [64, 16, 4, 1]

/** @throws what the database does */
async function run<Tables, R>(db: Kysely<Tables>, query: CompiledQuery<R>): Promise<QueryResult<R>> {
    const { adapter } = db.getExecutor() as { adapter: Partial<DirectAdapter> }
    return db.isTransaction && adapter.direct ? adapter.direct(query) : await db.executeQuery(query)
}

type Value = string | number | null

/** A statement as it was compiled for each open database: their SQL may differ. */
class Compiled<R = unknown> {
    readonly #statements = new WeakMap<DialectAdapter, CompiledQuery<R>>()

    of<Tables>(db: Kysely<Tables>, build: () => Compilable<R>): CompiledQuery<R> {
        const { adapter } = db.getExecutor()
        const known = this.#statements.get(adapter)
        if (known) return known
        const compiled = build().compile()
        this.#statements.set(adapter, compiled)
        return compiled
    }
}

/**
 * A statement that is run so often that building it anew each time would cost more than running it.
 * @param build gives the statement for these parameters, which have to be the statement's own, in their order
 */
export function statement<Tables, P extends readonly unknown[], R = unknown>(
    build: (db: Kysely<Tables>, ...parameters: P) => Compilable<R>,
) {
    const known = new Compiled<R>()
    return (db: Kysely<Tables>, ...parameters: P): Promise<QueryResult<R>> => {
        const compiled = known.of(db, () => build(db, ...parameters))
        if (compiled.parameters.length !== parameters.length) throw new TypeError('a prepared statement takes parameters of one shape only')
        return run(db, { ...compiled, parameters })
    }
}

/**
 * A {@link statement} that puts in a row.
 * @param build gives the statement for a row; its parameters have to be the row's values, in their order
 */
export function preparedRow<Tables, R extends object>(build: (db: Kysely<Tables>, row: R) => Compilable) {
    const known = new Compiled()
    return async (db: Kysely<Tables>, row: R): Promise<void> => {
        const compiled = known.of(db, () => build(db, row))
        const parameters = Object.values(row)
        if (compiled.parameters.length !== parameters.length) throw new TypeError('a prepared statement takes a row of one shape only')
        await run(db, { ...compiled, parameters })
    }
}

/**
 * Does something with many rows, such as putting them into a table, in few statements, each of which is built only once: building one
 * costs more than running it.
 * @param build gives the statement for that many rows, whose values do not matter
 * @returns what does it with a list of rows, each the values in the order that the statement has them in, and gives the rows that it returns
 */
export function preparedRows<Tables, R = unknown>(build: (db: Kysely<Tables>, rows: number) => Compilable<R>) {
    const statements = sizes.map((size) => ({ size, compiled: new Compiled<R>() }))
    return async (db: Kysely<Tables>, rows: readonly Value[][]): Promise<R[]> => {
        const all: R[] = []
        let from = 0
        for (const { size, compiled } of statements)
            for (; rows.length - from >= size; from += size) {
                const statement = compiled.of(db, () => build(db, size))
                const { rows: returned } = await run<Tables, R>(db, { ...statement, parameters: rows.slice(from, from + size).flat() })
                all.push(...returned)
            }
        return all
    }
}
