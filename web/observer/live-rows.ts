import type { Tabulator } from 'tabulator-tables'
import type { Changes, FleetView } from './fleet-view.ts'

/** Adds, moves and removes the rows of the table as those of the view change; their cells take their content from the view. */
export class LiveRows {
    /** The ids of the table's rows, in their order. */
    readonly order: string[] = []
    readonly #table: Tabulator
    readonly #view: FleetView

    constructor(table: Tabulator, view: FleetView) {
        this.#table = table
        this.#view = view
    }

    apply({ whole, steps }: Changes): void {
        if (whole || !this.#applySteps(steps)) this.#replace()
    }

    /** @returns false when the table was not what the steps begin from */
    #applySteps(steps: Changes['steps']): boolean {
        if (steps.length) {
            this.#table.blockRedraw()
            try {
                if (!steps.every((step) => this.#applyStep(step))) return false
            } finally {
                this.#table.restoreRedraw()
            }
        }
        return this.order.length === this.#view.order.length
    }

    #applyStep(step: Changes['steps'][number]): boolean {
        const from = this.order.indexOf(step.id)
        if (step.do === 'add') {
            const next = this.order[step.index]
            logFailure(this.#table.addRow({ id: step.id }, next !== undefined, next))
        } else if (from < 0) return false
        else this.order.splice(from, 1)
        if (step.do === 'remove') {
            logFailure(this.#table.deleteRow(step.id))
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
        logFailure(this.#table.replaceData(this.order.map((id) => ({ id }))))
    }
}

/** The table changes at once; its promises only tell that it has. */
function logFailure(done: Promise<unknown>): void {
    done.catch((error: unknown) => console.warn('table:', error))
}
