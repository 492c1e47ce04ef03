import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { type Mark, markText, typed } from './cells.ts'
import { moved, visible } from './columns.ts'
import { type ConnectionState, stateText } from './connection.ts'
import { accessForm, columnChooser, filterRows, pager } from './controls.ts'
import type { DevicePanel } from './device-panel.ts'
import type { FleetView } from './fleet-view.ts'
import { type Kept, keep, keepToken, kept, keptToken } from './kept.ts'
import { Session } from './session.ts'
import { Shown } from './shown.ts'
import { FleetTable } from './table.ts'
import { age, columnName, t } from './texts.ts'
import { type Opened, toolbar, unregisteredNote } from './toolbar.ts'

/** Milliseconds between two looks at how old rows are. */
const AGEING = 5000
/** Milliseconds between two tellings of how old what is seen is. */
const TELLING = 1000
/** Milliseconds between two drawings, at least. */
const PACE = 100

/** A device that is looked at; `from` is the column by which it was opened. */
interface Looked {
    id: string
    property: string
    from: string
}

/** The page. */
export class FleetObserver extends LitElement {
    static override properties = { state: {}, kept: {}, opened: {}, device: {}, trouble: {}, told: {} }
    declare state: ConnectionState
    declare kept: Kept
    declare opened: Opened | undefined
    declare device: Looked | undefined
    /** What did not go as it was wanted. */
    declare trouble: string
    /** What became of a value, for those who do not see its cell. */
    declare told: string
    readonly #session: Session
    readonly #shown: Shown
    #table: FleetTable | undefined
    #isAwaited = false
    #drawn = 0

    constructor() {
        super()
        this.state = { is: 'connecting' }
        this.kept = kept()
        this.opened = undefined
        this.device = undefined
        this.trouble = ''
        this.told = ''
        this.#shown = new Shown(this.kept.pageSize, () => this.#begin())
        this.#session = new Session(location.href, {
            query: () => this.#shown.query,
            state: (state) => {
                this.state = state
            },
            changed: (event) => {
                if (event.kind === 'upsert' && event.id === this.device?.id) this.#panel?.heard(new Map(Object.entries(event.patch)))
                this.#drawSoon()
            },
            marked: (id, property) => {
                this.#table?.repaint(id, property)
                this.#panel?.requestUpdate()
                this.#tell(id, property)
            },
            history: ({ id, property, points }) => this.#panel?.history(id, property, points),
            refused: (message) => {
                this.trouble = message && t('refused', { reason: message })
            },
        })
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    protected override firstUpdated(): void {
        this.#paint()
        const user = {
            open: (id: string, property: string) => this.#open(id, property),
            edit: (id: string, property: string, text: string) =>
                this.#session.commands.set(id, property, typed(text, this.#view.value(id, property))),
            sort: (property: string, additional: boolean) => this.#shown.sort(property, additional),
            reordered: (order: string[]) => this.#keep({ order: order.filter((property) => property !== 'serial_number') }),
            mark: (id: string, property: string): Mark | undefined => this.#session.commands.mark(id, property),
            isLooked: (id: string): boolean => id === this.device?.id,
        }
        const table = new FleetTable(this.querySelector<HTMLElement>('.table')!, this.#view, user, () => this.#draw())
        table.animate = this.kept.animate
        table.setSorts(this.#shown.sorts)
        this.#table = table
        this.#session.connect(keptToken())
        setInterval(() => table.isReady && table.age(), AGEING)
        setInterval(() => this.state.is !== 'open' && this.requestUpdate(), TELLING)
        matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#panel?.restart())
        document.addEventListener('keydown', ({ key }) => key === 'Escape' && this.#escape())
    }

    protected override updated(changed: Map<PropertyKey, unknown>): void {
        if (!changed.has('device')) return
        if (this.#table?.isReady) this.#table.age()
        // In a low window it is below what is in sight.
        if (this.device && !changed.get('device')) void this.#panel?.updateComplete.then(() => this.#panel?.scrollIntoView())
    }

    #tell(id: string, property: string): void {
        const mark = this.#session.commands.mark(id, property)
        if (!mark) return
        const text = t('told', { name: columnName(property), id, state: markText(mark) })
        // In its cell there is no room for a reason, and after a while it is gone.
        if (mark.state === 'failed') this.trouble = text
        else this.told = text
    }

    get #panel(): DevicePanel | undefined {
        return this.querySelector<DevicePanel>('device-panel') ?? undefined
    }

    get #view(): FleetView {
        return this.#session.view
    }

    /** Something else is to be seen. */
    #begin(): void {
        this.#table?.setSorts(this.#shown.sorts)
        this.#session.begin()
        this.requestUpdate()
    }

    /** At once when it was quiet before; not as often as a screen can show it while everything changes all the time. */
    #drawSoon(): void {
        if (this.#isAwaited) return
        this.#isAwaited = true
        const rest = this.#drawn + PACE - performance.now()
        setTimeout(() => requestAnimationFrame(() => this.#draw()), Math.max(rest, 0))
    }

    /** While somebody edits a cell, what happens is collected; it shows with the first frame after that. */
    #draw(): void {
        this.#isAwaited = false
        this.#drawn = performance.now()
        if (this.#table?.isReady) {
            const changes = this.#view.take()
            const { order, total } = this.#view
            this.#table.setColumns(visible(this.#view.columns, this.kept))
            this.#table.draw(changes)
            if (this.device) this.#panel?.changed(changes.missed)
            if (order.length === 0 && total > 0) this.#shown.stayWithin(total)
            this.requestUpdate()
        } else this.#drawSoon()
    }

    #keep(part: Partial<Kept>): void {
        this.kept = { ...this.kept, ...part }
        keep(part)
        this.#drawSoon()
    }

    /** Whoever asks for a device as a whole is shown a number of it, if it has one. */
    #open(id: string, from: string): void {
        const isWhole = from === 'serial_number' || from === 'last_status_update'
        this.device = { id, property: (isWhole && this.#view.number(id)) || from, from }
    }

    #close(): void {
        const { device } = this
        this.device = undefined
        if (device) this.#table?.focus(device.id, device.from)
    }

    #escape(): void {
        if (this.device) this.#close()
        else this.#toggle(this.opened)
    }

    #toggle(which: Opened | undefined): void {
        const before = this.opened
        this.opened = before === which ? undefined : which
        if (before && !this.opened) this.querySelector<HTMLElement>(`[data-opens="${before}"]`)?.focus()
    }

    #paint(): void {
        document.documentElement.dataset.theme = this.kept.theme
        this.#panel?.restart()
    }

    protected override render(): TemplateResult {
        const { offset, rows } = this.#shown
        const { order, total, epoch } = this.#view
        this.#table?.explain(!epoch ? '' : this.#shown.active.length > 0 ? t('noMatch') : t('empty'))
        return html`<header class="bar">
                <h1>${t('title')}</h1>
                <span class="state ${this.state.is}" role="status">${stateText(this.state)}</span>
                ${
                    this.state.is === 'waiting'
                        ? html`<button type="button" @click=${() => this.#session.connect(keptToken())}>${t('tryNow')}</button>`
                        : nothing
                }
                ${unregisteredNote(this.#session.unregistered)}
                <span class="count">
                    ${epoch ? t('count', { shown: order.length, total }) : ''}
                    ${epoch && this.state.is !== 'open' ? html`<span class="age">${t('age', { age: age(this.#session.seenAt) })}</span>` : nothing}
                </span>
            </header>
            ${this.#toolbar()} ${this.#opened()}
            <main>
                <div class="table"></div>
                ${this.device ? this.#devicePanel(this.device) : nothing}
            </main>
            ${pager(offset, rows, order.length, total, (to) => this.#shown.go(to))} ${this.#notices()}`
    }

    #notices(): TemplateResult {
        const forget = () => {
            this.trouble = ''
        }
        return html`<p class="unseen" role="status">${this.told}</p>
            <div role="alert">
                ${
                    this.trouble
                        ? html`<p class="trouble"><span>${this.trouble}</span><button type="button" aria-label=${t('close')} @click=${forget}>✕</button></p>`
                        : nothing
                }
            </div>`
    }

    #toolbar(): TemplateResult {
        return toolbar({
            kept: this.kept,
            rows: this.#shown.rows,
            filters: this.#shown.active.length,
            opened: this.opened,
            toggle: (which) => this.#toggle(which),
            resize: (pageSize) => {
                this.#keep({ pageSize })
                this.#shown.resize(pageSize)
            },
            animate: (animate) => {
                this.#keep({ animate })
                if (this.#table) this.#table.animate = animate
            },
            paint: (theme) => {
                this.#keep({ theme })
                this.#paint()
            },
        })
    }

    #opened(): TemplateResult | typeof nothing {
        const change = (filters: Shown['filters']) => {
            this.#shown.filter(filters)
            this.requestUpdate()
        }
        if (this.opened === 'filters') return filterRows(this.#shown.filters, this.#view.columns, change)
        if (this.opened === 'access')
            return accessForm(keptToken(), (token) => {
                keepToken(token)
                this.#session.connect(token)
            })
        if (this.opened !== 'columns') return nothing
        return columnChooser(this.#view.columns, this.kept, {
            toggle: (property) => {
                const { hidden } = this.kept
                this.#keep({ hidden: hidden.includes(property) ? hidden.filter((one) => one !== property) : [...hidden, property] })
            },
            move: (property, by) => this.#keep({ order: moved(this.#view.columns, this.kept, property, by) }),
        })
    }

    #devicePanel({ id, property }: Looked): TemplateResult {
        const user = {
            history: (device: string, name: string, seconds: number) => this.#session.history(device, name, seconds),
            seenAt: () => this.#session.seenAt,
            set: (device: string, name: string, value: unknown) => this.#session.commands.set(device, name, value),
            mark: (device: string, name: string) => this.#session.commands.mark(device, name),
            span: (span: number) => this.#keep({ span }),
            look: (at: string) => {
                if (this.device) this.device = { ...this.device, property: at }
            },
            close: () => this.#close(),
        }
        return html`<device-panel
            role="complementary"
            aria-label=${t('device', { id })}
            .view=${this.#view}
            .user=${user}
            .device=${id}
            .property=${property}
            .span=${this.kept.span}
            .isLive=${this.state.is === 'open'}
        ></device-panel>`
    }
}

customElements.define('fleet-observer', FleetObserver)
