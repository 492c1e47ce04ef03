import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { ViewQuery } from '../../src/devices/view-event.ts'
import { type Mark, typed } from './cells.ts'
import { moved, visible } from './columns.ts'
import type { ConnectionState } from './connection.ts'
import { accessForm, columnChooser, type Filter, filterRows, pager, pageSizes } from './controls.ts'
import type { DevicePanel } from './device-panel.ts'
import type { FleetView } from './fleet-view.ts'
import { type Kept, keep, keepToken, kept, keptToken } from './kept.ts'
import { Session } from './session.ts'
import type { Sorting } from './sort-button.ts'
import { FleetTable } from './table.ts'
import { t } from './texts.ts'

/** Milliseconds after the last key until a filter is sent and between two looks at how old rows are. */
const TYPING = 300
const AGEING = 5000
/** Milliseconds between two drawings, at least. */
const PACE = 100

type Opened = 'filters' | 'columns' | 'access'

/** The page. */
export class FleetObserver extends LitElement {
    static override properties = { state: {}, filters: {}, offset: {}, kept: {}, opened: {}, device: {}, refused: {} }
    declare state: ConnectionState
    declare filters: Filter[]
    declare offset: number
    declare kept: Kept
    declare opened: Opened | undefined
    declare device: { id: string; property: string } | undefined
    declare refused: string
    readonly #session: Session
    #sorts: Sorting[] = []
    #table: FleetTable | undefined
    #isAwaited = false
    #drawn = 0
    #typing: ReturnType<typeof setTimeout> | undefined

    constructor() {
        super()
        this.state = { is: 'connecting' }
        this.filters = []
        this.offset = 0
        this.kept = kept()
        this.opened = undefined
        this.device = undefined
        this.refused = ''
        this.#session = new Session(location.href, {
            query: () => this.#query,
            state: (state) => {
                this.state = state
            },
            changed: () => this.#drawSoon(),
            marked: (id, property) => {
                this.#table?.repaint(id, property)
                this.#panel?.requestUpdate()
            },
            history: ({ id, property, points }) => this.#panel?.history(id, property, points),
            refused: (message) => {
                this.refused = message
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
            sort: (property: string, additional: boolean) => this.#sort(property, additional),
            reordered: (order: string[]) => this.#keep({ order: order.filter((property) => property !== 'serial_number') }),
            mark: (id: string, property: string): Mark | undefined => this.#session.commands.mark(id, property),
        }
        const table = new FleetTable(this.querySelector<HTMLElement>('.table')!, this.#view, user, () => this.#draw())
        table.animate = this.kept.animate
        this.#table = table
        this.#session.connect(keptToken())
        setInterval(() => table.isReady && table.age(), AGEING)
        matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#panel?.restart())
        document.addEventListener('keydown', ({ key }) => key === 'Escape' && this.#escape())
    }

    get #panel(): DevicePanel | undefined {
        return this.querySelector<DevicePanel>('device-panel') ?? undefined
    }

    get #view(): FleetView {
        return this.#session.view
    }

    get #query(): ViewQuery {
        const sort = this.#sorts.map((sorting) => ({ ...sorting, as: asOf(sorting.property) }))
        const filter = this.filters.filter(({ value }) => value.trim() !== '')
        const limit = this.kept.pageSize
        return { filter, sort, offset: limit ? this.offset : 0, ...(limit && { limit }) }
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
            this.#table.setColumns(visible(this.#view.columns, this.kept))
            this.#table.draw(changes)
            if (this.device) this.#panel?.changed(changes.patched.get(this.device.id))
            this.requestUpdate()
        } else this.#drawSoon()
    }

    #keep(part: Partial<Kept>): void {
        this.kept = { ...this.kept, ...part }
        keep(this.kept)
        this.#drawSoon()
    }

    #filter(filters: Filter[]): void {
        this.filters = filters
        this.offset = 0
        clearTimeout(this.#typing)
        this.#typing = setTimeout(() => this.#session.begin(), TYPING)
    }

    /** A click sorts upwards, the next one downwards, the third not at all. */
    #sort(property: string, additional: boolean): void {
        const before = this.#sorts.find((sorting) => sorting.property === property)
        const others = additional ? this.#sorts.filter((sorting) => sorting !== before) : []
        const next: Sorting[] = !before
            ? [{ property, direction: 'asc' }]
            : before.direction === 'asc'
              ? [{ property, direction: 'desc' }]
              : []
        this.#sorts = [...others, ...next]
        this.offset = 0
        this.#table?.setSorts(this.#sorts)
        this.#session.begin()
    }

    #open(id: string, property: string): void {
        this.device = { id, property }
    }

    #close(): void {
        const { device } = this
        this.device = undefined
        if (device) this.#table?.focus(device.id, device.property)
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
        return html`<header class="bar">
                <h1>${t('title')}</h1>
                <span class="state ${this.state.is}" role="status">${stateText(this.state)}</span>
                <span class="count">${t('count', { shown: this.#view.order.length, total: this.#view.total })}</span>
            </header>
            ${this.#toolbar()} ${this.#opened()} ${this.refused ? html`<p class="refused" role="alert">${t('refused', { reason: this.refused })}</p>` : nothing}
            <main>
                <div class="table"></div>
                ${this.device ? this.#devicePanel(this.device) : nothing}
            </main>
            ${pager(this.offset, this.kept.pageSize, this.#view.order.length, this.#view.total, (offset) => {
                this.offset = offset
                this.#session.begin()
            })}`
    }

    #toolbar(): TemplateResult {
        const opener = (which: Opened, text: string) =>
            html`<button type="button" data-opens=${which} aria-expanded=${this.opened === which} @click=${() => this.#toggle(which)}>
                ${text}
            </button>`
        const active = this.filters.filter(({ value }) => value.trim() !== '').length
        const resize = (event: Event) => {
            this.offset = 0
            this.#keep({ pageSize: Number((event.target as HTMLSelectElement).value) })
            this.#session.begin()
        }
        const flash = (event: Event) => {
            this.#keep({ animate: (event.target as HTMLInputElement).checked })
            if (this.#table) this.#table.animate = this.kept.animate
        }
        return html`<div class="toolbar" role="toolbar" aria-label=${t('title')}>
            ${opener('filters', active ? `${t('filters')} (${active})` : t('filters'))} ${opener('columns', t('columns'))}
            ${opener('access', t('access'))}
            <label>
                ${t('rows')}
                <select @change=${resize}>
                    ${pageSizes.map((size) => html`<option value=${size} ?selected=${size === this.kept.pageSize}>${size || t('all')}</option>`)}
                </select>
            </label>
            <label><input type="checkbox" .checked=${this.kept.animate} @change=${flash}> ${t('animate')}</label>
            ${this.#themes()}
        </div>`
    }

    #themes(): TemplateResult {
        const choose = (event: Event) => {
            this.#keep({ theme: (event.target as HTMLSelectElement).value as Kept['theme'] })
            this.#paint()
        }
        return html`<label>
            ${t('theme')}
            <select @change=${choose}>
                ${(['auto', 'light', 'dark'] as const).map(
                    (theme) => html`<option value=${theme} ?selected=${theme === this.kept.theme}>${t(theme)}</option>`,
                )}
            </select>
        </label>`
    }

    #opened(): TemplateResult | typeof nothing {
        if (this.opened === 'filters') return filterRows(this.filters, this.#view.columns, (filters) => this.#filter(filters))
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

    #devicePanel({ id, property }: { id: string; property: string }): TemplateResult {
        const user = {
            history: (device: string, name: string, seconds: number) => this.#session.history(device, name, seconds),
            set: (device: string, name: string, value: unknown) => this.#session.commands.set(device, name, value),
            mark: (device: string, name: string) => this.#session.commands.mark(device, name),
            close: () => this.#close(),
        }
        return html`<device-panel role="complementary" aria-label=${t('device', { id })} .view=${this.#view} .user=${user} .device=${id} .property=${property}></device-panel>`
    }
}

const asOf = (property: string): 'date' | 'auto' => (property === 'last_status_update' ? 'date' : 'auto')

function stateText(state: ConnectionState): string {
    if (state.is === 'unsendable-token') return t('unsendable')
    if (state.is !== 'waiting') return t(state.is)
    const { seconds, reason, everOpen } = state
    if (!everOpen) return t('neverOpen', { seconds })
    return reason ? t('waitingReason', { seconds, reason }) : t('waiting', { seconds })
}

customElements.define('fleet-observer', FleetObserver)
