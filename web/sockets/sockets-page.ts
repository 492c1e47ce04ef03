import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { ownUrls } from '../shared/connection.ts'
import { age } from '../shared/texts.ts'
import { applyTheme, onSystemTheme } from '../shared/theme.ts'
import { connectionStatus, notices, themeSelect } from '../shared/widgets.ts'
import type { HistoryHandlers, PowerHistory } from './power-history.ts'
import './power-history.ts'
import { loadPreferences, type Preferences, savePreferences } from './preferences.ts'
import { socketList } from './socket-list.ts'
import { SocketModel } from './socket-model.ts'
import type { PanelHandlers, SocketPanel } from './socket-panel.ts'
import './socket-panel.ts'
import { t } from './texts.ts'

/** Milliseconds between two updates of how old what is shown is. */
const AGEING = 1000

class SocketsPage extends LitElement {
    static override properties = { preferences: {}, error: {}, announcement: {}, model: {} }
    declare preferences: Preferences
    declare error: string
    /** For screen readers: what was done. */
    declare announcement: string
    /** The socket that is shown; the others are in the list. */
    declare model: SocketModel
    readonly #models: SocketModel[]
    readonly #handlers: PanelHandlers & HistoryHandlers

    constructor() {
        super()
        this.preferences = loadPreferences()
        this.error = ''
        this.announcement = ''
        this.#models = ownUrls(location.href, 'api', '../../api/').map((url): SocketModel => {
            const model: SocketModel = new SocketModel(url, {
                changed: () => this.#draw(),
                instancesChanged: () => model === this.model && this.#history?.reload(),
            })
            return model
        })
        this.model = this.#models.find(({ path }) => `#${path}` === location.hash) ?? this.#models[0]!
        this.#handlers = {
            unit: (unit) => this.#prefer({ unit }),
            span: (span) => this.#prefer({ span }),
            kind: (kind) => this.#prefer({ kind }),
            stop: (ids) => this.#panel?.stop(ids),
            done: (text) => {
                this.announcement = text
                this.error = ''
            },
            refused: (text) => {
                this.error = text
            },
        }
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    protected override firstUpdated(): void {
        applyTheme(this.preferences.theme)
        onSystemTheme(() => this.#history?.restyle())
        for (const model of this.#models) model.watch(model === this.model)
        setInterval(() => this.#draw(), AGEING)
    }

    get #panel(): SocketPanel | undefined {
        return this.querySelector<SocketPanel>('socket-panel') ?? undefined
    }

    get #history(): PowerHistory | undefined {
        return this.querySelector<PowerHistory>('power-history') ?? undefined
    }

    #draw(): void {
        this.requestUpdate()
        this.#panel?.requestUpdate()
        this.#history?.changed()
    }

    #select(model: SocketModel): void {
        if (model === this.model) return
        this.model.watch(false)
        this.model = model
        model.watch(true)
        history.replaceState(null, '', `#${model.path}`)
    }

    #prefer(part: Partial<Preferences>): void {
        this.preferences = { ...this.preferences, ...part }
        savePreferences(part)
        if (!part.theme) return
        applyTheme(part.theme)
        this.#history?.restyle()
    }

    protected override render(): TemplateResult {
        const { connection, lastSeen } = this.model
        const isOld = lastSeen > 0 && connection.is !== 'open'
        return html`<header class="bar">
                <h1>${t('title')}</h1>
                ${connectionStatus(connection, () => this.model.connect())}
                ${isOld ? html`<span class="age">${t('age', { age: age(lastSeen) })}</span>` : nothing}
                ${themeSelect(this.preferences.theme, (theme) => this.#prefer({ theme }))}
            </header>
            <main>
                <div class="side">
                    ${this.#models.length > 1 ? socketList(this.#models, this.model, (model) => this.#select(model)) : nothing}
                    <socket-panel .model=${this.model} .unit=${this.preferences.unit} .handlers=${this.#handlers}></socket-panel>
                </div>
                <power-history
                    .model=${this.model}
                    .span=${this.preferences.span}
                    .kind=${this.preferences.kind}
                    .handlers=${this.#handlers}
                ></power-history>
            </main>
            ${notices(this.announcement, this.error, () => {
                this.error = ''
            })}`
    }
}

customElements.define('sockets-page', SocketsPage)
