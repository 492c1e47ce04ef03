import { type Kysely, type RawBuilder, sql } from 'kysely'
import { turn } from '../lib/index.ts'
import type { Access } from './access.ts'
import type { Sweep } from './module.ts'

/** How much of a table is kept. */
export interface Bounds {
    rows: number
    bytes: number
}

export interface TableLimitOptions<Tables> extends Bounds {
    access: Access<Tables>
    /** That of the module whose table it is. */
    sweep(sweep: Sweep): () => void
    /** What is deleted, for the log: "old transitions". */
    what: string
    table: keyof Tables & string
    /** The columns that rows are ordered by, oldest first: an index begins with them, and no two rows have the same values. */
    order: readonly string[]
    /** The columns whose texts count. */
    texts: readonly string[]
    /** Which rows count and may be deleted. @defaultValue all */
    only?: RawBuilder<boolean>
    /** Is run in the same transaction before rows are deleted. */
    before?(db: Kysely<Tables>, which: RawBuilder<boolean>): Promise<void>
}

type Place = Record<string, unknown>

/** Rows that are looked at, or deleted, in one go. */
const PORTION = 500
/** A table is looked at anew after so much was added, as a part of its limit. */
const STEP = 1 / 10
/** Bytes of a row besides its texts, about. */
const ROW = 100

/** Limits a table to a number of rows and bytes: the oldest rows go. */
export class TableLimit<Tables> {
    readonly #o: TableLimitOptions<Tables>
    readonly #trim: () => void
    #rows = 0
    #bytes = 0

    constructor(options: TableLimitOptions<Tables>) {
        this.#o = options
        this.#trim = options.sweep({ what: options.what, run: (_now, ending) => this.#run(ending) })
    }

    /** Notes rows that were added. @param bytes of their texts */
    added(rows: number, bytes: number): void {
        this.#rows += rows
        this.#bytes += bytes + rows * ROW
        if (this.#rows < STEP * this.#o.rows && this.#bytes < STEP * this.#o.bytes) return
        this.#rows = this.#bytes = 0
        this.#trim()
    }

    async #run(ending: AbortSignal): Promise<void> {
        const first = await this.#firstTooMany(ending)
        while (first && !ending.aborted && (await this.#remove(first))) await turn()
    }

    /** A sum over the whole table would hold up everything else for as long as that takes to read. */
    async #firstTooMany(ending: AbortSignal): Promise<Place | undefined> {
        let [rows, bytes] = [0, 0]
        for (let page = await this.#page(); page.length > 0 && !ending.aborted; page = await this.#page(page.at(-1))) {
            for (const row of page) {
                bytes += Number(row.bytes) + ROW
                if (++rows > this.#o.rows || bytes > this.#o.bytes) return row
            }
            await turn()
        }
        return undefined
    }

    /** Rows, newest first, from behind one on. */
    #page(after?: Place): Promise<(Place & { bytes: number })[]> {
        const { access, table, order, texts } = this.#o
        const bytes = sql.join([sql.lit(0), ...texts.map((name) => sql`coalesce(octet_length(${sql.ref(name)}), 0)`)], sql` + `)
        const which = after ? sql`${this.#which('<', after)}` : this.#only
        return access.read(async (db) => {
            const columns = sql.join(order.map((name) => sql.ref(name)))
            const query = sql<Place & { bytes: number }>`select ${columns}, ${bytes} as bytes from ${sql.table(table)} where ${which}
                order by ${sql.join(order.map((name) => sql`${sql.ref(name)} desc`))} limit ${sql.lit(PORTION)}`
            return (await query.execute(db)).rows
        })
    }

    /** Deletes a portion of a row and all that are older. @returns whether there are more */
    async #remove(first: Place): Promise<boolean> {
        const { access, table, order, before } = this.#o
        const columns = sql.join(order.map((name) => sql.ref(name)))
        let edge: Place | undefined
        await access.write(async (db) => {
            const query = sql<Place>`select ${columns} from ${sql.table(table)} where ${this.#which('<=', first)}
                order by ${columns} limit 1 offset ${sql.lit(PORTION - 1)}`
            edge = (await query.execute(db)).rows[0]
            const which = this.#which('<=', edge ?? first)
            await before?.(db, which)
            await sql`delete from ${sql.table(table)} where ${which}`.execute(db)
        })
        return edge !== undefined
    }

    get #only(): RawBuilder<boolean> {
        return this.#o.only ?? sql<boolean>`${sql.lit(1)} = ${sql.lit(1)}`
    }

    #which(than: '<' | '<=', place: Place): RawBuilder<boolean> {
        const { order } = this.#o
        const [columns, values] = [sql.join(order.map((name) => sql.ref(name))), sql.join(order.map((name) => place[name]))]
        return sql<boolean>`${this.#only} and (${columns}) ${sql.raw(than)} (${values})`
    }
}
