import { turn } from '../lib/index.ts'
import type { Sweep } from './module.ts'

export interface TableLimitOptions<Row extends { bytes: number }> {
    /** What is deleted, for the log: "old transitions". */
    what: string
    rows: number
    bytes: number
    /** Gives rows, newest first, from behind one on; as many as are quickly read. */
    page(after: Row | undefined): Promise<Row[]>
    /** Deletes a portion of a row and all that are older. @returns whether there was any */
    remove(row: Row): Promise<boolean>
}

/** A table is looked at anew after so much was added, as a part of its limit. */
const STEP = 1 / 10

/** Limits a table to a number of rows and bytes: the oldest rows go. */
export class TableLimit<Row extends { bytes: number }> {
    readonly #o: TableLimitOptions<Row>
    readonly #trim: () => void
    #rows = 0
    #bytes = 0

    /** @param sweep that of the module whose table it is */
    constructor(sweep: (sweep: Sweep) => () => void, options: TableLimitOptions<Row>) {
        this.#o = options
        this.#trim = sweep({ what: options.what, run: (_now, ending) => this.#run(ending) })
    }

    /** Notes rows that were added. */
    added(rows: number, bytes: number): void {
        this.#rows += rows
        this.#bytes += bytes
        if (this.#rows < STEP * this.#o.rows && this.#bytes < STEP * this.#o.bytes) return
        this.#rows = this.#bytes = 0
        this.#trim()
    }

    async #run(ending: AbortSignal): Promise<void> {
        const first = await this.#firstTooMany(ending)
        while (first && !ending.aborted && (await this.#o.remove(first))) await turn()
    }

    /** A sum over the whole table would stand still for as long as that takes to read. */
    async #firstTooMany(ending: AbortSignal): Promise<Row | undefined> {
        let [rows, bytes] = [0, 0]
        for (let page = await this.#o.page(undefined); page.length > 0 && !ending.aborted; page = await this.#o.page(page.at(-1)!)) {
            for (const row of page) {
                bytes += row.bytes
                if (++rows > this.#o.rows || bytes > this.#o.bytes) return row
            }
            await turn()
        }
        return undefined
    }
}
