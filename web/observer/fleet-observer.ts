import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { ConnectionState } from '../shared/connection.ts'
import { age } from '../shared/texts.ts'
import { applyTheme, onSystemTheme } from '../shared/theme.ts'
import { accessForm, connectionStatus, notices, pager } from '../shared/widgets.ts'
import { parseInput, statusText } from './cells.ts'
import { moved, visible } from './columns.ts'
import { columnChooser, filterRows } from './controls.ts'
import type { DevicePanel } from './device-panel.ts'
import type { FleetView } from './fleet-view.ts'
import { loadPreferences, type Preferences, savePreferences, token } from './preferences.ts'
import { FleetTable } from './table.ts'
import { columnName, t } from './texts.ts'
import { type Section, toolbar, unregisteredNote } from './toolbar.ts'
import { ViewClient } from './view-client.ts'
import { ViewState } from './view-state.ts'

/** Milliseconds between two updates of how long devices were silent. */
const AGEING = 5000
/** Milliseconds between two updates of how old the view is, while there is no connection. */
const OFFLINE = 1000
/** Milliseconds between two drawings, at least. */
const PACE = 100

/** The device that is shown beside the table, the property that is plotted, and the column by which it was opened. */
interface Selection {
    id: string
    property: string
    from: string
}

class FleetObserver extends LitElement {
    static override properties = { connection: {}, preferences: {}, openSection: {}, selection: {}, error: {}, announcement: {} }
    declare connection: ConnectionState
    declare preferences: Preferences
    declare openSection: Section | undefined
    declare selection: Selection | undefined
    declare error: string
    /** For screen readers: the result of a command, which others see in its cell. */
    declare announcement: string
    readonly #client: ViewClient
    readonly #viewState: ViewState
    #table: FleetTable | undefined
    #isDrawing = false
    #drawnAt = 0

    constructor() {
        super()
        this.connection = { is: 'connecting' }
        this.preferences = loadPreferences()
        this.openSection = undefined
        this.selection = undefined
        this.error = ''
        this.announcement = ''
        this.#viewState = new ViewState(this.preferences.pageSize, () => this.#requestView())
        this.#client = new ViewClient(location.href, {
            query: () => this.#viewState.query,
            connection: (state) => {
                this.connection = state
            },
            changed: (event) => {
                if (event.kind === 'upsert' && event.id === this.selection?.id) this.#panel?.reported(new Map(Object.entries(event.patch)))
                this.#drawSoon()
            },
            command: (id, property) => this.#commandChanged(id, property),
            history: ({ id, property, points }) => this.#panel?.history(id, property, points),
            refused: (reason) => {
                this.error = reason && t('refused', { reason })
            },
        })
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    protected override firstUpdated(): void {
        this.#applyTheme()
        const { commands } = this.#client
        const handlers = {
            open: (id: string, property: string) => this.#select(id, property),
            edit: (id: string, property: string, text: string) =>
                commands.set(id, property, parseInput(text, this.#view.value(id, property))),
            sort: (property: string, additional: boolean) => this.#viewState.sort(property, additional),
            reordered: (order: string[]) => this.#prefer({ order: order.filter((property) => property !== 'serial_number') }),
            status: (id: string, property: string) => commands.status(id, property),
            isSelected: (id: string): boolean => id === this.selection?.id,
        }
        const table = new FleetTable(this.querySelector<HTMLElement>('.table')!, this.#view, handlers, () => this.#draw())
        table.animate = this.preferences.animate
        table.setSorts(this.#viewState.sorts)
        this.#table = table
        this.#client.connect(token.get())
        setInterval(() => table.isReady && table.updateAges(), AGEING)
        setInterval(() => this.connection.is !== 'open' && this.requestUpdate(), OFFLINE)
        onSystemTheme(() => this.#panel?.redraw())
        document.addEventListener('keydown', ({ key }) => key === 'Escape' && this.#escape())
    }

    protected override updated(changed: Map<PropertyKey, unknown>): void {
        if (!changed.has('selection')) return
        if (this.#table?.isReady) this.#table.updateAges()
        // In a low window the panel is below what is in sight.
        if (this.selection && !changed.get('selection')) void this.#panel?.updateComplete.then(() => this.#panel?.scrollIntoView())
    }

    get #panel(): DevicePanel | undefined {
        return this.querySelector<DevicePanel>('device-panel') ?? undefined
    }

    get #view(): FleetView {
        return this.#client.view
    }

    #commandChanged(id: string, property: string): void {
        this.#table?.repaint(id, property)
        this.#panel?.requestUpdate()
        const status = this.#client.commands.status(id, property)
        if (!status) return
        const text = t('commandStatus', { name: columnName(property), id, state: statusText(status) })
        // A cell has no room for a reason, and shows it for some seconds only.
        if (status.state === 'failed') this.error = text
        else this.announcement = text
    }

    #requestView(): void {
        this.#table?.setSorts(this.#viewState.sorts)
        this.#client.requestView()
        this.requestUpdate()
    }

    /** Draws at once after a quiet time, and at a slower pace than the screen's while everything changes all the time. */
    #drawSoon(): void {
        if (this.#isDrawing) return
        this.#isDrawing = true
        const rest = this.#drawnAt + PACE - performance.now()
        setTimeout(() => requestAnimationFrame(() => this.#draw()), Math.max(rest, 0))
    }

    /** While a cell is edited, changes are collected. */
    #draw(): void {
        this.#isDrawing = false
        this.#drawnAt = performance.now()
        if (!this.#table?.isReady) {
            this.#drawSoon()
            return
        }
        const changes = this.#view.takeChanges()
        const { order, total } = this.#view
        this.#table.setColumns(visible(this.#view.columns, this.preferences))
        this.#table.draw(changes)
        if (this.selection) this.#panel?.changed(changes.missed)
        if (order.length === 0 && total > 0) this.#viewState.clampPage(total)
        this.requestUpdate()
    }

    #prefer(part: Partial<Preferences>): void {
        this.preferences = { ...this.preferences, ...part }
        savePreferences(part)
        this.#drawSoon()
    }

    /** Opened by one of the server's columns, the panel plots a number of the device, if it has one. */
    #select(id: string, from: string): void {
        const isServerColumn = from === 'serial_number' || from === 'last_status_update'
        this.selection = { id, property: (isServerColumn && this.#view.numberOf(id)) || from, from }
    }

    #closePanel(): void {
        const { selection } = this
        this.selection = undefined
        if (selection) this.#table?.focus(selection.id, selection.from)
    }

    #escape(): void {
        if (this.selection) this.#closePanel()
        else this.#toggle(this.openSection)
    }

    #toggle(section: Section | undefined): void {
        const before = this.openSection
        this.openSection = before === section ? undefined : section
        if (before && !this.openSection) this.querySelector<HTMLElement>(`[data-opens="${before}"]`)?.focus()
    }

    #applyTheme(): void {
        applyTheme(this.preferences.theme)
        this.#panel?.redraw()
    }

    protected override render(): TemplateResult {
        const { offset, rows, activeFilters } = this.#viewState
        const { order, total, epoch } = this.#view
        this.#table?.setPlaceholder(!epoch ? '' : activeFilters.length > 0 ? t('noMatch') : t('empty'))
        const isOld = epoch && this.connection.is !== 'open'
        return html`<header class="bar">
                <h1>${t('title')}</h1>
                ${connectionStatus(this.connection, () => this.#client.connect(token.get()))} ${unregisteredNote(this.#client.unregistered)}
                <span class="count">
                    ${epoch ? t('count', { shown: order.length, total }) : ''}
                    ${isOld ? html`<span class="age">${t('age', { age: age(this.#client.lastSeen) })}</span>` : nothing}
                </span>
            </header>
            ${this.#toolbar()} ${this.#section()}
            <main>
                <div class="table"></div>
                ${this.selection ? this.#devicePanel(this.selection) : nothing}
            </main>
            ${pager(offset, rows, order.length, total, (to) => this.#viewState.goTo(to))}
            ${notices(this.announcement, this.error, () => {
                this.error = ''
            })}`
    }

    #toolbar(): TemplateResult {
        return toolbar({
            preferences: this.preferences,
            rows: this.#viewState.rows,
            filters: this.#viewState.activeFilters.length,
            openSection: this.openSection,
            toggle: (section) => this.#toggle(section),
            setRows: (pageSize) => {
                this.#prefer({ pageSize })
                this.#viewState.setRows(pageSize)
            },
            setAnimate: (animate) => {
                this.#prefer({ animate })
                if (this.#table) this.#table.animate = animate
            },
            setTheme: (theme) => {
                this.#prefer({ theme })
                this.#applyTheme()
            },
        })
    }

    #section(): TemplateResult | typeof nothing {
        const filter = (filters: ViewState['filters']) => {
            this.#viewState.filter(filters)
            this.requestUpdate()
        }
        if (this.openSection === 'filters') return filterRows(this.#viewState.filters, this.#view.columns, filter)
        if (this.openSection === 'access')
            return accessForm(token.get(), (entered) => {
                token.set(entered)
                this.#client.connect(entered)
            })
        if (this.openSection !== 'columns') return nothing
        return columnChooser(this.#view.columns, this.preferences, {
            toggle: (property) => {
                const { hidden } = this.preferences
                this.#prefer({ hidden: hidden.includes(property) ? hidden.filter((one) => one !== property) : [...hidden, property] })
            },
            move: (property, by) => this.#prefer({ order: moved(this.#view.columns, this.preferences, property, by) }),
        })
    }

    #devicePanel({ id, property }: Selection): TemplateResult {
        const handlers = {
            span: (span: number) => this.#prefer({ span }),
            select: (chosen: string) => {
                if (this.selection) this.selection = { ...this.selection, property: chosen }
            },
            close: () => this.#closePanel(),
        }
        return html`<device-panel
            role="complementary"
            aria-label=${t('device', { id })}
            .client=${this.#client}
            .handlers=${handlers}
            .device=${id}
            .property=${property}
            .span=${this.preferences.span}
            .isLive=${this.connection.is === 'open'}
        ></device-panel>`
    }
}

customElements.define('fleet-observer', FleetObserver)
