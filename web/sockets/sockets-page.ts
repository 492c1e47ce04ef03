import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { ownUrl } from '../shared/connection.ts'
import { age } from '../shared/texts.ts'
import { applyTheme } from '../shared/theme.ts'
import { connectionStatus, notices, themeSelect } from '../shared/widgets.ts'
import { loadPreferences, type Preferences, savePreferences } from './preferences.ts'
import { SocketModel } from './socket-model.ts'
import type { PanelHandlers, SocketPanel } from './socket-panel.ts'
import './socket-panel.ts'
import { t } from './texts.ts'

/** Milliseconds between two updates of how old what is shown is. */
const AGEING = 1000

class SocketsPage extends LitElement {
    static override properties = { preferences: {}, error: {}, announcement: {} }
    declare preferences: Preferences
    declare error: string
    /** For screen readers: what was done. */
    declare announcement: string
    readonly #model: SocketModel
    readonly #handlers: PanelHandlers

    constructor() {
        super()
        this.preferences = loadPreferences()
        this.error = ''
        this.announcement = ''
        this.#model = new SocketModel(ownUrl(location.href, 'api', '../../api/'), {
            changed: () => this.#draw(),
            instancesChanged: () => this.#draw(),
        })
        this.#handlers = {
            unit: (unit) => this.#prefer({ unit }),
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
        this.#model.connect()
        setInterval(() => this.#draw(), AGEING)
    }

    #draw(): void {
        this.requestUpdate()
        this.querySelector<SocketPanel>('socket-panel')?.requestUpdate()
    }

    #prefer(part: Partial<Preferences>): void {
        this.preferences = { ...this.preferences, ...part }
        savePreferences(part)
        if (part.theme) applyTheme(part.theme)
    }

    protected override render(): TemplateResult {
        const { connection, lastSeen } = this.#model
        const isOld = lastSeen > 0 && connection.is !== 'open'
        return html`<header class="bar">
                <h1>${t('title')}</h1>
                ${connectionStatus(connection, () => this.#model.connect())}
                ${isOld ? html`<span class="age">${t('age', { age: age(lastSeen) })}</span>` : nothing}
                ${themeSelect(this.preferences.theme, (theme) => this.#prefer({ theme }))}
            </header>
            <main>
                <socket-panel .model=${this.#model} .unit=${this.preferences.unit} .handlers=${this.#handlers}></socket-panel>
            </main>
            ${notices(this.announcement, this.error, () => {
                this.error = ''
            })}`
    }
}

customElements.define('sockets-page', SocketsPage)
