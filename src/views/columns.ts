import { type DeviceRow, inScope, type Scope, SERIAL, UPDATED } from '../fleet/index.ts'
import { detached } from '../lib/index.ts'

/** Devices choose the names, and viewers are sent the whole list whenever it grows. */
const MAX_COLUMNS = 1000

/** The names of the columns of the devices in a scope, in the order in which they appeared. */
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
            if (this.names.length >= MAX_COLUMNS) return
            if (this.#known.has(name)) continue
            const column = detached(name)
            this.#known.add(column)
            this.names.push(column)
        }
    }
}
