import type { Tabulator } from 'tabulator-tables'
import type { Changes, Columns, FleetView } from './fleet-view.ts'

/** The rows of the table, taken from one state of the view to the next without drawing anything but what is different. */
export class LiveRows {
    /** The ids of the table's rows, in their order. */
    readonly order: string[] = []
    readonly #table: Tabulator
    readonly #view: FleetView
    readonly #field: (property: string) => string

    constructor(table: Tabulator, view: FleetView, field: (property: string) => string) {
        this.#table = table
        this.#view = view
        this.#field = field
    }

    take({ whole, steps, patched }: Changes): void {
        if (whole || !this.#areTaken(steps)) this.#replace()
        else {
            const known = [...patched].filter(([id]) => this.#view.rows.has(id))
            if (known.length) settle(this.#table.updateData(known.map(([id, patch]) => this.#data(id, patch))))
        }
    }

    /** @returns false when the table turns out not to be what the view was */
    #areTaken(steps: Changes['steps']): boolean {
        if (steps.length) {
            this.#table.blockRedraw()
            try {
                if (!steps.every((step) => this.#isTaken(step))) return false
            } finally {
                this.#table.restoreRedraw()
            }
        }
        return this.order.length === this.#view.order.length
    }

    #isTaken(step: Changes['steps'][number]): boolean {
        const from = this.order.indexOf(step.id)
        if (step.do === 'add') {
            // It may have gone again in the meantime, which a later step says.
            const next = this.order[step.index]
            const row = this.#data(step.id, this.#view.rows.get(step.id) ?? new Map())
            settle(this.#table.addRow(row, next !== undefined, next))
        } else if (from < 0) return false
        else this.order.splice(from, 1)
        if (step.do === 'remove') {
            settle(this.#table.deleteRow(step.id))
            return true
        }
        if (step.do === 'move') this.#move(step.id, this.order[step.index])
        this.order.splice(step.index, 0, step.id)
        return true
    }

    #move(id: string, next: string | undefined): void {
        const last = this.order.at(-1)
        if (next !== undefined) this.#table.moveRow(id, next, true)
        else if (last !== undefined) this.#table.moveRow(id, last, false)
    }

    #replace(): void {
        this.order.splice(0, this.order.length, ...this.#view.order)
        settle(this.#table.replaceData(this.order.map((id) => this.#data(id, this.#view.rows.get(id)!))))
    }

    #data(id: string, columns: Columns): { id: string } {
        const data: Record<string, unknown> = {}
        for (const [property, value] of columns) data[this.#field(property)] = value
        data[this.#field('serial_number')] = id
        return { ...data, id }
    }
}

/** The table does what it is told at once; its promises only tell that it has. */
function settle(done: Promise<unknown>): void {
    done.catch((error: unknown) => console.warn('table:', error))
}
