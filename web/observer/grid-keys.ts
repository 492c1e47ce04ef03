import type { Tabulator } from 'tabulator-tables'

export interface KeysUser {
    open(id: string, field: string): void
    edit(id: string, field: string): void
    ids(): string[]
}

/** How many rows Page Up and Page Down go. */
const PAGE = 10

/** Going about in the table with the keyboard: one stop for Tab, arrow keys inside. */
export class GridKeys {
    readonly #table: Tabulator
    readonly #user: KeysUser
    #id = ''
    #field = ''
    #isHere = false

    constructor(host: HTMLElement, table: Tabulator, user: KeysUser) {
        this.#table = table
        this.#user = user
        host.addEventListener('focusin', ({ target }) => this.#note(target as HTMLElement))
        host.addEventListener('keydown', (event) => this.#key(event))
        // Going elsewhere is one thing, being on a row that is taken out of the page and put back is another.
        host.addEventListener('focusout', ({ relatedTarget }) => {
            if (relatedTarget && !host.contains(relatedTarget as Node)) this.#isHere = false
        })
        document.addEventListener('pointerdown', () => {
            this.#isHere = false
        })
        table.on('renderComplete', () => this.#stay())
    }

    /** Rows that move are taken out of the page and put back: whoever is on one of them stays there. */
    #stay(): void {
        if (this.#isHere && document.activeElement === document.body) this.#current()?.focus({ preventScroll: true })
    }

    focus(id: string, field: string): void {
        const row = this.#table.getRow(id)
        if (!row) return
        this.#id = id
        this.#field = field
        const cell = this.#current()
        if (!cell) return
        if (!cell.isConnected) this.#table.scrollToRow(id, 'nearest', true).catch(() => {})
        cell.focus()
        cell.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    }

    #current(): HTMLElement | undefined {
        const row = this.#id ? this.#table.getRow(this.#id) : false
        if (!row) return undefined
        const cell = row.getCell(this.#field)
        return cell ? cell.getElement() : undefined
    }

    #note(target: HTMLElement): void {
        const cell = target.closest<HTMLElement>('.tabulator-cell')
        const id = cell?.closest<HTMLElement>('.tabulator-row')?.dataset.id
        if (!cell || id === undefined) return
        this.#isHere = true
        this.#id = id
        this.#field = cell.getAttribute('tabulator-field') ?? ''
    }

    #key(event: KeyboardEvent): void {
        const target = event.target as HTMLElement
        if (target.closest('input, button') || event.altKey || event.ctrlKey || event.metaKey) return
        const isInCell = target.closest('.tabulator-cell') !== null
        if (isInCell && event.key === 'Enter') this.#user.open(this.#id, this.#field)
        else if (isInCell && event.key === 'F2') this.#user.edit(this.#id, this.#field)
        else if (!this.#go(event.key, isInCell)) return
        event.preventDefault()
    }

    #go(key: string, isInCell: boolean): boolean {
        const fields = this.#table.getColumns().map((column) => column.getField())
        const ids = this.#user.ids()
        const row = ids.indexOf(this.#id)
        const column = fields.indexOf(this.#field)
        const to = target(key, row, column, fields.length)
        if (!to) return false
        // Whoever comes into the table goes where they were, or to the first cell.
        const [nextRow, nextColumn] = isInCell ? to : [row, column]
        const id = ids[clamp(nextRow, ids.length)]
        const field = fields[clamp(nextColumn, fields.length)]
        if (id !== undefined && field !== undefined) this.focus(id, field)
        return true
    }
}

function target(key: string, row: number, column: number, columns: number): [number, number] | undefined {
    switch (key) {
        case 'ArrowDown':
            return [row + 1, column]
        case 'ArrowUp':
            return [row - 1, column]
        case 'ArrowRight':
            return [row, column + 1]
        case 'ArrowLeft':
            return [row, column - 1]
        case 'PageDown':
            return [row + PAGE, column]
        case 'PageUp':
            return [row - PAGE, column]
        case 'Home':
            return [row, 0]
        case 'End':
            return [row, columns - 1]
        default:
            return undefined
    }
}

const clamp = (index: number, length: number): number => Math.max(0, Math.min(index, length - 1))
