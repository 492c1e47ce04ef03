import type { Tabulator } from 'tabulator-tables'

export interface KeysUser {
    open(id: string, field: string): void
    edit(id: string, field: string): void
    ids(): string[]
}

/** Milliseconds after which the rows of a scrolled table are in place. */
const SCROLLED = 100
/** How many rows Page Up and Page Down go. */
const PAGE = 10

/** Going about in the table with the keyboard: one stop for Tab, arrow keys inside. */
export class GridKeys {
    readonly #table: Tabulator
    readonly #user: KeysUser
    readonly #host: HTMLElement
    #id = ''
    #field = ''
    #isHere = false
    /** On the way to a row that is not in the page yet. */
    #isGoing = false

    constructor(host: HTMLElement, table: Tabulator, user: KeysUser) {
        this.#host = host
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
        // Scrolling takes rows out and puts them back as well, and says so before it has.
        table.on('scrollVertical', () => setTimeout(() => this.#stay(), SCROLLED))
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
        if (cell.isConnected) {
            cell.focus()
            cell.scrollIntoView({ block: 'nearest', inline: 'nearest' })
        } else this.#goTo(id)
    }

    /** A row out of sight is not in the page before the table has scrolled; until then the table itself hears the keys. */
    #goTo(id: string): void {
        this.#isGoing = true
        this.#host.querySelector<HTMLElement>('.tabulator-tableholder')?.focus({ preventScroll: true })
        const land = () => this.#land()
        this.#table.scrollToRow(id, 'nearest', true).then(land, land)
    }

    /** The table draws the row some time after it has scrolled there. */
    #land(): void {
        if (!this.#isGoing) return
        const cell = this.#current()
        cell?.focus({ preventScroll: true })
        if (!cell || document.activeElement === cell) this.#isGoing = false
        else requestAnimationFrame(() => this.#land())
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
        const isInCell = this.#isGoing || target.closest('.tabulator-cell') !== null
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
