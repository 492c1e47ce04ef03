import { type DeviceRow, inScope, type Scope, SERIAL, UPDATED } from '../fleet/index.ts'
import { own } from '../lib/index.ts'

/** More than anybody looks at: viewers are told all of them whenever there is one more, and devices choose the names. */
const MOST = 1000

/** The names of the columns that somebody may see, in the order they came up: the first thousand. */
export class Columns {
    readonly names: string[] = [SERIAL, UPDATED]
    readonly #scope: Scope
    readonly #known = new Set(this.names)

    constructor(scope: Scope, rows: Iterable<DeviceRow>) {
        this.#scope = scope
        for (const row of rows) this.add(row, row.properties.keys())
    }

    add(row: DeviceRow, names: Iterable<string>): void {
        if (!inScope(this.#scope, row)) return
        for (const name of names) {
            if (this.names.length >= MOST) return
            if (this.#known.has(name)) continue
            const column = own(name)
            this.#known.add(column)
            this.names.push(column)
        }
    }
}
