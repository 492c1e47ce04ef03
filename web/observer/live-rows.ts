import type { Tabulator } from 'tabulator-tables'
import type { Changes, FleetView } from './fleet-view.ts'

/** The rows of the table, taken from one state of the view to the next. What is in their cells is the view's business. */
export class LiveRows {
    /** The ids of the table's rows, in their order. */
    readonly order: string[] = []
    readonly #table: Tabulator
    readonly #view: FleetView

    constructor(table: Tabulator, view: FleetView) {
        this.#table = table
        this.#view = view
    }

    take({ whole, steps }: Changes): void {
        if (whole || !this.#areTaken(steps)) this.#replace()
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
            const next = this.order[step.index]
            settle(this.#table.addRow({ id: step.id }, next !== undefined, next))
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
        settle(this.#table.replaceData(this.order.map((id) => ({ id }))))
    }
}

/** The table does what it is told at once; its promises only tell that it has. */
function settle(done: Promise<unknown>): void {
    done.catch((error: unknown) => console.warn('table:', error))
}
