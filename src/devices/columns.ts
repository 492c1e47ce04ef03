import { inScope, type Scope } from './plan.ts'
import { SERIAL, UPDATED } from './properties.ts'
import type { DeviceRow } from './repository.ts'

/** The names of all columns that somebody may see, in the order they came up. */
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
            if (this.#known.has(name)) continue
            this.#known.add(name)
            this.names.push(name)
        }
    }
}
