import type { Tabulator } from 'tabulator-tables'

/** Cells are told by the id of their row and the field of their column. */
export interface GridHandlers {
    open(id: string, field: string): void
    edit(id: string, field: string): void
    /** The ids of all rows, in order. */
    ids(): string[]
}

/** Milliseconds after scrolling until the table has put its rows in place. */
const SCROLLED = 100
/** Rows that Page Up and Page Down move by. */
const PAGE = 10

/** Moves in a table by keyboard: Tab stops at the table once, the arrow keys move from cell to cell. */
export class GridKeys {
    readonly #table: Tabulator
    readonly #handlers: GridHandlers
    readonly #host: HTMLElement
    #id = ''
    #field = ''
    /** Whether the focus belongs in the table, even when its cell was just taken out of the page. */
    #hasFocus = false
    /** Whether the row that gets the focus is still being scrolled to. */
    #isScrolling = false

    constructor(host: HTMLElement, table: Tabulator, handlers: GridHandlers) {
        this.#host = host
        this.#table = table
        this.#handlers = handlers
        host.addEventListener('focusin', ({ target }) => this.#remember(target as HTMLElement))
        host.addEventListener('keydown', (event) => this.#key(event))
        // Without a related target, the row was only taken out of the page and will be put back.
        host.addEventListener('focusout', ({ relatedTarget }) => {
            if (relatedTarget && !host.contains(relatedTarget as Node)) this.#hasFocus = false
        })
        document.addEventListener('pointerdown', () => {
            this.#hasFocus = false
        })
        table.on('renderComplete', () => this.#restore())
        // The event comes before the rows are back in the page.
        table.on('scrollVertical', () => setTimeout(() => this.#restore(), SCROLLED))
    }

    /** A row that moves is taken out of the page and put back, and loses the focus. */
    #restore(): void {
        if (this.#hasFocus && document.activeElement === document.body) this.#current()?.focus({ preventScroll: true })
    }

    focus(id: string, field: string): void {
        const row = this.#table.getRow(id)
        if (!row) return
        this.#id = id
        this.#field = field
        const cell = this.#current()
        if (!cell) return
        if (cell.isConnected) {
            cell.focus()
            cell.scrollIntoView({ block: 'nearest', inline: 'nearest' })
        } else this.#scrollTo(id)
    }

    /** A row out of sight is not in the page before the table has scrolled; until then the table itself has the focus. */
    #scrollTo(id: string): void {
        this.#isScrolling = true
        this.#host.querySelector<HTMLElement>('.tabulator-tableholder')?.focus({ preventScroll: true })
        const scrolled = () => this.#focusSoon()
        this.#table.scrollToRow(id, 'nearest', true).then(scrolled, scrolled)
    }

    /** The table draws the row some time after it has scrolled there. */
    #focusSoon(): void {
        if (!this.#isScrolling) return
        const cell = this.#current()
        cell?.focus({ preventScroll: true })
        if (!cell || document.activeElement === cell) this.#isScrolling = false
        else requestAnimationFrame(() => this.#focusSoon())
    }

    #current(): HTMLElement | undefined {
        const row = this.#id ? this.#table.getRow(this.#id) : false
        if (!row) return undefined
        const cell = row.getCell(this.#field)
        return cell ? cell.getElement() : undefined
    }

    #remember(target: HTMLElement): void {
        const cell = target.closest<HTMLElement>('.tabulator-cell')
        const id = cell?.closest<HTMLElement>('.tabulator-row')?.dataset.id
        if (!cell || id === undefined) return
        this.#hasFocus = true
        this.#id = id
        this.#field = cell.getAttribute('tabulator-field') ?? ''
    }

    #key(event: KeyboardEvent): void {
        const target = event.target as HTMLElement
        if (target.closest('input, button') || event.altKey || event.ctrlKey || event.metaKey) return
        const isInCell = this.#isScrolling || target.closest('.tabulator-cell') !== null
        if (isInCell && event.key === 'Enter') this.#handlers.open(this.#id, this.#field)
        else if (isInCell && event.key === 'F2') this.#handlers.edit(this.#id, this.#field)
        else if (!this.#go(event.key, isInCell)) return
        event.preventDefault()
    }

    #go(key: string, isInCell: boolean): boolean {
        const fields = this.#table.getColumns().map((column) => column.getField())
        const ids = this.#handlers.ids()
        const row = ids.indexOf(this.#id)
        const column = fields.indexOf(this.#field)
        const to = targets.get(key)?.(row, column, fields.length)
        if (!to) return false
        // From the table itself, the first key leads to the last cell that had the focus, or to the first cell.
        const [nextRow, nextColumn] = isInCell ? to : [row, column]
        const id = ids[clamp(nextRow, ids.length)]
        const field = fields[clamp(nextColumn, fields.length)]
        if (id !== undefined && field !== undefined) this.focus(id, field)
        return true
    }
}

/** Where a key leads from a cell, perhaps beyond the table. */
const targets = new Map<string, (row: number, column: number, columns: number) => [row: number, column: number]>([
    ['ArrowDown', (row, column) => [row + 1, column]],
    ['ArrowUp', (row, column) => [row - 1, column]],
    ['ArrowRight', (row, column) => [row, column + 1]],
    ['ArrowLeft', (row, column) => [row, column - 1]],
    ['PageDown', (row, column) => [row + PAGE, column]],
    ['PageUp', (row, column) => [row - PAGE, column]],
    ['Home', (row) => [row, 0]],
    ['End', (row, _column, columns) => [row, columns - 1]],
])

const clamp = (index: number, length: number): number => Math.max(0, Math.min(index, length - 1))
