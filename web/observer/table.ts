import {
    type CellComponent,
    type ColumnDefinition,
    EditModule,
    FormatModule,
    FrozenColumnsModule,
    InteractionModule,
    MoveColumnsModule,
    ResizeColumnsModule,
    ResizeTableModule,
    type RowComponent,
    Tabulator,
} from 'tabulator-tables'
import { cellEditor } from './cell-editor.ts'
import { asText, contents, isSettable, type Mark, markText, shown } from './cells.ts'
import type { Changes, FleetView } from './fleet-view.ts'
import { GridKeys } from './grid-keys.ts'
import { LiveRows } from './live-rows.ts'
import { SortButton, type Sorting } from './sort-button.ts'
import { t } from './texts.ts'

Tabulator.registerModule([
    EditModule,
    FormatModule,
    FrozenColumnsModule,
    InteractionModule,
    MoveColumnsModule,
    ResizeColumnsModule,
    ResizeTableModule,
])

export interface TableUser {
    open(id: string, property: string): void
    edit(id: string, property: string, text: string): void
    sort(property: string, additional: boolean): void
    reordered(properties: string[]): void
    mark(id: string, property: string): Mark | undefined
    /** Whether it is the device that is shown beside the table. */
    isLooked(id: string): boolean
}

/** Milliseconds without news after which a row is greyed, and greyed more. */
const STALE = [30_000, 300_000]
/** Milliseconds within which a second click makes a double click, which edits. */
const DOUBLE = 250

/** The live table: rows by their ids, of which only those in sight are in the page. */
export class FleetTable {
    animate = true
    readonly #user: TableUser
    readonly #view: FleetView
    readonly #table: Tabulator
    readonly #rows: LiveRows
    readonly #keys: GridKeys
    /** Names of properties are the devices' own, and might mean something to the table. */
    readonly #properties: string[] = []
    readonly #widths = new Map<string, number>()
    readonly #buttons = new Map<string, SortButton>()
    readonly #nothing = document.createElement('div')
    /** Rows that are in the page, or were and may come back as they were. */
    readonly #drawn = new Map<string, RowComponent>()
    #shown = ''
    #sorts: Sorting[] = []
    #isBuilt = false
    #click: ReturnType<typeof setTimeout> | undefined

    constructor(host: HTMLElement, view: FleetView, user: TableUser, built: () => void) {
        this.#user = user
        this.#view = view
        this.#nothing.className = 'tabulator-placeholder-contents'
        this.#table = new Tabulator(host, {
            index: 'id',
            nestedFieldSeparator: false,
            layout: 'fitDataFill',
            height: '100%',
            rowHeight: 36,
            renderVerticalBuffer: 360,
            movableColumns: true,
            editTriggerEvent: 'dblclick',
            placeholder: this.#nothing,
            rowFormatter: (row) => this.#begin(row),
        })
        this.#rows = new LiveRows(this.#table, view)
        this.#keys = new GridKeys(host, this.#table, {
            open: (id, field) => user.open(id, this.#property(field)),
            edit: (id, field) => isSettable(this.#property(field)) && this.#cell(id, field)?.edit(),
            ids: () => this.#rows.order,
        })
        this.#listen()
        this.#table.on('tableBuilt', () => {
            this.#isBuilt = true
            host.setAttribute('aria-label', t('table'))
            host.querySelector('.tabulator-tableholder')?.setAttribute('aria-label', t('keys'))
            built()
        })
    }

    /** While somebody is editing nothing is drawn: what is typed would be lost. */
    get isReady(): boolean {
        return this.#isBuilt && !this.#table.element.classList.contains('tabulator-editing')
    }

    /** Tells which properties are shown, in this order. */
    setColumns(properties: string[]): void {
        const key = JSON.stringify(properties)
        if (key === this.#shown) return
        this.#shown = key
        this.#buttons.clear()
        this.#table.setColumns(properties.map((property) => this.#column(property)))
        this.setSorts(this.#sorts)
    }

    setSorts(sorts: Sorting[]): void {
        this.#sorts = sorts
        for (const button of this.#buttons.values()) button.show(sorts)
    }

    /** Tells why there is nothing in it. */
    explain(text: string): void {
        if (this.#nothing.textContent !== text) this.#nothing.textContent = text
    }

    draw(changes: Changes): void {
        this.#table.element.setAttribute('aria-rowcount', String(this.#view.total))
        if (changes.whole) this.#drawn.clear()
        for (const step of changes.steps) if (step.do === 'remove') this.#drawn.delete(step.id)
        this.#rows.take(changes)
        if (!changes.whole) this.#patch(changes.patched)
        this.age()
    }

    /** Greys the rows in sight by how long nothing was heard of them. */
    age(): void {
        for (const row of this.#inSight()) this.#ageRow(row)
    }

    /** Shows a cell anew, whose mark has changed. */
    repaint(id: string, property: string): void {
        const cell = this.#cell(id, this.#field(property))
        const element = cell?.getElement()
        if (cell && element && !element.classList.contains('tabulator-editing')) element.replaceChildren(this.#contents(cell))
        else this.#drawn.get(id)?.reformat()
    }

    focus(id: string, property: string): void {
        this.#keys.focus(id, this.#field(property))
    }

    #listen(): void {
        this.#table.on('cellClick', (_event, cell) => {
            clearTimeout(this.#click)
            if (!this.isReady) return
            const { id } = cell.getData() as { id: string }
            this.#click = setTimeout(() => this.#user.open(id, this.#property(cell.getField())), DOUBLE)
        })
        this.#table.on('cellEditing', () => clearTimeout(this.#click))
        this.#table.on('columnMoved', (_column, columns) => {
            const properties = columns.map((column) => this.#property(column.getField()))
            this.#shown = JSON.stringify(properties)
            this.#user.reordered(properties)
        })
        this.#table.on('columnResized', (column) => {
            this.#widths.set(this.#property(column.getField()), column.getWidth())
        })
    }

    #column(property: string): ColumnDefinition {
        const width = this.#widths.get(property)
        const button = new SortButton(property, (additional) => this.#user.sort(property, additional))
        this.#buttons.set(property, button)
        const editor = cellEditor({
            property: (field) => this.#property(field),
            value: (id, name) => this.#view.value(id, name),
            edit: (id, name, text) => this.#user.edit(id, name, text),
            focus: (id, name) => this.focus(id, name),
        })
        return {
            title: ' ',
            field: this.#field(property),
            minWidth: 100,
            maxInitialWidth: 260,
            titleFormatter: () => button.element,
            formatter: (cell) => this.#contents(cell) as HTMLElement,
            ...(width && { width }),
            ...(property === 'serial_number' && { frozen: true }),
            ...(isSettable(property) && { editor }),
            cssClass: `${isSettable(property) ? 'settable' : ''} ${this.#isOfNumbers(property) ? 'number' : ''}`.trim(),
        } as ColumnDefinition
    }

    /** What the first device says that says anything goes for all: digits stand below one another. */
    #isOfNumbers(property: string): boolean {
        for (const columns of this.#view.rows.values()) {
            const value = columns.get(property)
            if (value !== undefined && value !== null) return typeof value === 'number'
        }
        return false
    }

    #contents(cell: CellComponent): Node {
        const { id } = cell.getData() as { id: string }
        const property = this.#property(cell.getField())
        const element = cell.getElement()
        // Tab stops at the table once, not at each of its cells.
        element.tabIndex = -1
        const value = this.#view.value(id, property)
        const mark = this.#user.mark(id, property)
        const text = mark ? markText(mark) : asText(value)
        if (mark || text.length > 24 || shown(property, value) !== text) element.title = text
        else element.removeAttribute('title')
        return contents(property, value, mark)
    }

    /** Only what is in the page is drawn anew, cell by cell: the table would measure each row, and make those that nobody sees. */
    #patch(patched: Changes['patched']): void {
        if (patched.size === 0) return
        const inSight = new Set(this.animate ? this.#inSight().map((row) => row.getElement()) : [])
        for (const [id, columns] of patched) {
            const row = this.#drawn.get(id)
            if (!row) continue
            const element = row.getElement()
            if (element.isConnected) for (const property of columns.keys()) this.#show(row, property, inSight.has(element))
            else {
                // It is made anew when it comes into sight.
                this.#drawn.delete(id)
                row.reformat()
            }
        }
    }

    #show(row: RowComponent, property: string, isInSight: boolean): void {
        const cell = row.getCell(this.#field(property))
        if (!cell) return
        const element = cell.getElement()
        element.replaceChildren(this.#contents(cell))
        // The time changes with everything else, and says nothing of its own. In few steps, for each is painted.
        if (isInSight && property !== 'last_status_update')
            element.animate([{ backgroundColor: 'var(--flash)' }, {}], { duration: 1000, easing: 'steps(5)' })
    }

    #begin(row: RowComponent): void {
        const { id } = row.getData() as { id: string }
        this.#drawn.set(id, row)
        row.getElement().dataset.id = id
        this.#ageRow(row)
    }

    #ageRow(row: RowComponent): void {
        const { id } = row.getData() as { id: string }
        const element = row.getElement()
        const silent = Date.now() - (this.#view.heard(id) ?? Number.NaN)
        const age = String(STALE.filter((limit) => silent > limit).length)
        const isLooked = String(this.#user.isLooked(id))
        // What is said again costs as much as what is new.
        if (element.dataset.age !== age) element.dataset.age = age
        if (element.getAttribute('aria-selected') !== isLooked) element.setAttribute('aria-selected', isLooked)
    }

    #inSight(): RowComponent[] {
        return this.#table.getRows('visible')
    }

    #cell(id: string, field: string): CellComponent | undefined {
        const row = this.#table.getRow(id)
        if (!row) return undefined
        return row.getCell(field) || undefined
    }

    #field(property: string): string {
        const index = this.#properties.indexOf(property)
        return `p${index < 0 ? this.#properties.push(property) - 1 : index}`
    }

    #property(field: string): string {
        return this.#properties[Number(field.slice(1))] ?? ''
    }
}
