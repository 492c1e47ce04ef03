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
import { GridKeys } from '../shared/grid-keys.ts'
import { cellEditor } from './cell-editor.ts'
import { asText, cellContent, displayText, isSettable, statusText } from './cells.ts'
import type { CommandStatus } from './commands.ts'
import type { Changes, FleetView } from './fleet-view.ts'
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

export interface TableHandlers {
    open(id: string, property: string): void
    edit(id: string, property: string, text: string): void
    sort(property: string, additional: boolean): void
    reordered(properties: string[]): void
    status(id: string, property: string): CommandStatus | undefined
    /** Whether the device is shown beside the table. */
    isSelected(id: string): boolean
}

/** Milliseconds without a report after which a row is greyed, and greyed more. */
const STALE = [30_000, 300_000]
/** Milliseconds within which a second click makes a double click, which edits. */
const DOUBLE = 250

/** The live table. Only the rows in sight are elements of the page. */
export class FleetTable {
    animate = true
    readonly #handlers: TableHandlers
    readonly #view: FleetView
    readonly #table: Tabulator
    readonly #rows: LiveRows
    readonly #keys: GridKeys
    /** The field of a column is the index of its property here: Tabulator would read some names of properties in its own way. */
    readonly #properties: string[] = []
    readonly #widths = new Map<string, number>()
    readonly #buttons = new Map<string, SortButton>()
    readonly #placeholder = document.createElement('div')
    /** Rows that Tabulator has made elements for; it puts them in and out of the page as they are. */
    readonly #drawn = new Map<string, RowComponent>()
    /** The columns that are shown, as JSON. */
    #shown = ''
    #sorts: Sorting[] = []
    #isBuilt = false
    #click: ReturnType<typeof setTimeout> | undefined

    constructor(host: HTMLElement, view: FleetView, handlers: TableHandlers, built: () => void) {
        this.#handlers = handlers
        this.#view = view
        this.#placeholder.className = 'tabulator-placeholder-contents'
        this.#table = new Tabulator(host, {
            index: 'id',
            nestedFieldSeparator: false,
            layout: 'fitDataFill',
            height: '100%',
            rowHeight: 36,
            renderVerticalBuffer: 360,
            movableColumns: true,
            editTriggerEvent: 'dblclick',
            placeholder: this.#placeholder,
            rowFormatter: (row) => this.#drawRow(row),
        })
        this.#rows = new LiveRows(this.#table, view)
        this.#keys = new GridKeys(host, this.#table, {
            open: (id, field) => handlers.open(id, this.#property(field)),
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

    /** False while a cell is edited: drawing would lose what is typed. */
    get isReady(): boolean {
        return this.#isBuilt && !this.#table.element.classList.contains('tabulator-editing')
    }

    /** Shows these properties, in this order. */
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

    /** The text that an empty table shows. */
    setPlaceholder(text: string): void {
        if (this.#placeholder.textContent !== text) this.#placeholder.textContent = text
    }

    draw(changes: Changes): void {
        this.#table.element.setAttribute('aria-rowcount', String(this.#view.total))
        if (changes.whole) this.#drawn.clear()
        for (const step of changes.steps) if (step.do === 'remove') this.#drawn.delete(step.id)
        this.#rows.apply(changes)
        if (!changes.whole) this.#patch(changes.patched)
        this.updateAges()
    }

    /** Greys the rows in sight by how long their devices were silent. */
    updateAges(): void {
        for (const row of this.#inSight()) this.#updateAge(row)
    }

    /** Draws a cell again, after the status of its command has changed. */
    repaint(id: string, property: string): void {
        const cell = this.#cell(id, this.#field(property))
        const element = cell?.getElement()
        if (cell && element && !element.classList.contains('tabulator-editing')) element.replaceChildren(this.#content(cell))
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
            this.#click = setTimeout(() => this.#handlers.open(id, this.#property(cell.getField())), DOUBLE)
        })
        this.#table.on('cellEditing', () => clearTimeout(this.#click))
        this.#table.on('columnMoved', (_column, columns) => {
            const properties = columns.map((column) => this.#property(column.getField()))
            this.#shown = JSON.stringify(properties)
            this.#handlers.reordered(properties)
        })
        this.#table.on('columnResized', (column) => {
            this.#widths.set(this.#property(column.getField()), column.getWidth())
        })
    }

    #column(property: string): ColumnDefinition {
        const width = this.#widths.get(property)
        const button = new SortButton(property, (additional) => this.#handlers.sort(property, additional))
        this.#buttons.set(property, button)
        const editor = cellEditor({
            property: (field) => this.#property(field),
            value: (id, name) => this.#view.value(id, name),
            edit: (id, name, text) => this.#handlers.edit(id, name, text),
            focus: (id, name) => this.focus(id, name),
        })
        return {
            title: ' ',
            field: this.#field(property),
            minWidth: 100,
            maxInitialWidth: 260,
            titleFormatter: () => button.element,
            formatter: (cell) => this.#content(cell) as HTMLElement,
            ...(width && { width }),
            ...(property === 'serial_number' && { frozen: true }),
            ...(isSettable(property) && { editor }),
            cssClass: `${isSettable(property) ? 'settable' : ''} ${this.#isOfNumbers(property) ? 'number' : ''}`.trim(),
        } as ColumnDefinition
    }

    /** Numbers are aligned to the right; the first device that has the property decides for its column. */
    #isOfNumbers(property: string): boolean {
        for (const columns of this.#view.rows.values()) {
            const value = columns.get(property)
            if (value !== undefined && value !== null) return typeof value === 'number'
        }
        return false
    }

    #content(cell: CellComponent): Node {
        const { id } = cell.getData() as { id: string }
        const property = this.#property(cell.getField())
        const element = cell.getElement()
        // Tab stops at the table once, not at each cell.
        element.tabIndex = -1
        const value = this.#view.value(id, property)
        const status = this.#handlers.status(id, property)
        const text = status ? statusText(status) : asText(value)
        if (status || text.length > 24 || displayText(property, value) !== text) element.title = text
        else element.removeAttribute('title')
        return cellContent(property, value, status)
    }

    /** Draws changed cells only, and only those in the page: Tabulator's own update measures every row, and makes those out of sight. */
    #patch(patched: Changes['patched']): void {
        if (patched.size === 0) return
        const inSight = new Set(this.animate ? this.#inSight().map((row) => row.getElement()) : [])
        for (const [id, columns] of patched) {
            const row = this.#drawn.get(id)
            if (!row) continue
            const element = row.getElement()
            if (element.isConnected) for (const property of columns.keys()) this.#drawCell(row, property, inSight.has(element))
            else {
                // Tabulator makes it again when it comes into sight.
                this.#drawn.delete(id)
                row.reformat()
            }
        }
    }

    #drawCell(row: RowComponent, property: string, isInSight: boolean): void {
        const cell = row.getCell(this.#field(property))
        if (!cell) return
        const element = cell.getElement()
        element.replaceChildren(this.#content(cell))
        // The time of the update changes with every other cell. In five steps, because each step is painted.
        if (isInSight && property !== 'last_status_update')
            element.animate([{ backgroundColor: 'var(--flash)' }, {}], { duration: 1000, easing: 'steps(5)' })
    }

    #drawRow(row: RowComponent): void {
        const { id } = row.getData() as { id: string }
        this.#drawn.set(id, row)
        row.getElement().dataset.id = id
        this.#updateAge(row)
    }

    #updateAge(row: RowComponent): void {
        const { id } = row.getData() as { id: string }
        const element = row.getElement()
        const silent = Date.now() - (this.#view.updatedAt(id) ?? Number.NaN)
        const age = String(STALE.filter((limit) => silent > limit).length)
        const isSelected = String(this.#handlers.isSelected(id))
        // Setting an attribute to the same value costs as much as a change.
        if (element.dataset.age !== age) element.dataset.age = age
        if (element.getAttribute('aria-selected') !== isSelected) element.setAttribute('aria-selected', isSelected)
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
