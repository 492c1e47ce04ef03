import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { cache } from 'lit/directives/cache.js'
import { endpointUrl, ownUrls } from '../shared/connection.ts'
import { sessionToken } from '../shared/preferences.ts'
import { type Tab, tabBar, tabPanel } from '../shared/tabs.ts'
import { age } from '../shared/texts.ts'
import { applyTheme, onSystemTheme } from '../shared/theme.ts'
import { accessForm, connectionStatus, notices, themeSelect } from '../shared/widgets.ts'
import { isUnacknowledged } from './alarm.ts'
import './alarms-view.ts'
import { BreweryModel } from './brewery-model.ts'
import './debugger-view.ts'
import './io-view.ts'
import './live-view.ts'
import './logs-view.ts'
import { type PageHandlers, type TabId, tabs } from './page-handlers.ts'
import { loadPreferences, type Preferences, savePreferences } from './preferences.ts'
import type { ProfileDocument } from './profile.ts'
import './profiles-view.ts'
import { RecordList } from './record-list.ts'
import type { IoDocument, SettingDocument } from './service.ts'
import './settings-view.ts'
import { t } from './texts.ts'

/** Milliseconds between two updates of how long ago or how far away times are. */
const AGEING = 1000

const token = sessionToken('socketworks.brewery.token')

/** Whatever the chosen tab shows. */
interface View extends LitElement {
    reload?(): void
    restyle?(): void
}

class BreweryPage extends LitElement {
    static override properties = { preferences: {}, error: {}, announcement: {}, tab: {}, gaps: {} }
    declare preferences: Preferences
    declare error: string
    /** For screen readers: what was done. */
    declare announcement: string
    declare tab: TabId
    /** Channels of which messages were missed, until somebody has read it. */
    declare gaps: readonly string[]
    readonly #model: BreweryModel
    readonly #lists: {
        settings: RecordList<SettingDocument>
        io: RecordList<IoDocument>
        profiles: RecordList<ProfileDocument>
    }
    readonly #handlers: PageHandlers
    /** Alarms that nobody had acknowledged when it was drawn last. */
    #counted = 0

    constructor() {
        super()
        this.preferences = loadPreferences()
        this.error = this.announcement = ''
        this.gaps = []
        this.tab = tabOf(location.hash)
        this.#model = new BreweryModel(ownUrls(location.href, 'root', '../../')[0]!, this.#pushUrl, {
            changed: () => this.#draw(),
            recordChanged: (collection) => this.#lists[collection].reloadSoon(),
            caughtUp: () => this.#view?.reload?.(),
            gap: (channel) => this.#missed(channel),
            refused: (text) => {
                this.error = text
            },
        })
        const { service } = this.#model
        const draw = () => this.#draw()
        this.#lists = {
            settings: new RecordList(service.settings, draw),
            io: new RecordList(service.io, draw),
            profiles: new RecordList(service.profiles, draw),
        }
        this.#handlers = {
            done: (text) => {
                this.announcement = text
                this.error = ''
            },
            refused: (text) => {
                this.error = text
            },
            prefer: (part) => this.#prefer(part),
            go: (tab) => this.#go(tab),
        }
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    /** Below the root of the REST service, unless the address of the page says where it is. */
    get #pushUrl(): string {
        const root = ownUrls(location.href, 'root', '../../')[0]!
            .replace(/[?#].*$/, '')
            .replace(/\/?$/, '/')
        return endpointUrl(location.href, `${root}push`)
    }

    get #view(): View | undefined {
        return this.querySelector<View>('.view') ?? undefined
    }

    protected override firstUpdated(): void {
        applyTheme(this.preferences.theme)
        onSystemTheme(() => this.#view?.restyle?.())
        addEventListener('hashchange', () => this.#go(tabOf(location.hash)))
        this.#model.connect(token.get())
        setInterval(() => this.#draw(), AGEING)
    }

    protected override updated(changed: PropertyValues<this>): void {
        const count = this.#unacknowledged
        // On a phone there is no room for all tabs, and a number takes more of it.
        if (changed.has('tab') || count !== this.#counted)
            this.querySelector(`#tab-${this.tab}`)?.scrollIntoView({ block: 'nearest', inline: 'center' })
        this.#counted = count
        // A view that was away may not know what came meanwhile.
        if (changed.has('tab')) this.#view?.requestUpdate()
    }

    #draw(): void {
        const count = this.#unacknowledged
        document.title = count > 0 ? `(${count}) ${t('title')}` : t('title')
        this.requestUpdate()
        this.#view?.requestUpdate()
    }

    get #unacknowledged(): number {
        return [...this.#model.alarms.values()].filter(isUnacknowledged).length
    }

    #prefer(part: Partial<Preferences>): void {
        this.preferences = { ...this.preferences, ...part }
        savePreferences(part)
        if (!part.theme) return
        applyTheme(part.theme)
        this.#view?.restyle?.()
    }

    #go(tab: TabId): void {
        this.tab = tab
        history.replaceState(null, '', `#${tab}`)
    }

    /** Tells that something was missed, and reads anew what can be read. */
    #missed(channel: string): void {
        if (!this.gaps.includes(channel)) this.gaps = [...this.gaps, channel]
        this.#view?.reload?.()
    }

    #connect(entered: string): void {
        token.set(entered)
        this.#model.connect(entered)
    }

    protected override render(): TemplateResult {
        const { connection, lastSeen } = this.#model
        const isOld = lastSeen > 0 && connection.is !== 'open'
        const wantsToken = connection.is === 'unsendable-token' || (connection.is === 'waiting' && !connection.everOpen)
        return html`<header class="bar">
                <h1>${t('title')}</h1>
                ${connectionStatus(connection, () => this.#model.connect(token.get()))}
                ${isOld ? html`<span class="age">${t('age', { age: age(lastSeen) })}</span>` : nothing}
                ${themeSelect(this.preferences.theme, (theme) => this.#prefer({ theme }))}
            </header>
            ${wantsToken ? accessForm(token.get(), (entered) => this.#connect(entered)) : nothing}
            ${this.gaps.length > 0 ? this.#gapNote() : nothing}
            ${tabBar(t('views'), this.#tabs(), this.tab, (tab) => this.#go(tab))}
            <main>${tabPanel(this.tab, cache(this.#content()))}</main>
            ${notices(this.announcement, this.error, () => {
                this.error = ''
            })}`
    }

    #gapNote(): TemplateResult {
        const close = () => {
            this.gaps = []
        }
        return html`<p class="banner warn gap-note" role="status">
            <span>${t('missed', { channels: this.gaps.join(', ') })}</span>
            <button type="button" aria-label=${t('close')} @click=${close}>✕</button>
        </p>`
    }

    #tabs(): Tab<TabId>[] {
        const count = this.#unacknowledged
        return tabs.map((id) => ({ id, name: t(`tab_${id}`), ...(id === 'alarms' && { count, countText: t('unacknowledged') }) }))
    }

    /** Each view stays as it was left. */
    #content(): TemplateResult {
        const [model, preferences, handlers] = [this.#model, this.preferences, this.#handlers]
        if (!model.isKnown && this.tab !== 'debugger') return this.#unknown()
        const { settings, io, profiles } = this.#lists
        switch (this.tab) {
            case 'live':
                return html`<live-view class="view" .model=${model} .preferences=${preferences} .handlers=${handlers}></live-view>`
            case 'alarms':
                return html`<alarms-view class="view" .model=${model} .preferences=${preferences} .handlers=${handlers}></alarms-view>`
            case 'logs':
                return html`<logs-view class="view" .model=${model} .preferences=${preferences} .handlers=${handlers}></logs-view>`
            case 'profiles':
                return html`<profiles-view class="view" .model=${model} .preferences=${preferences} .handlers=${handlers} .list=${profiles}></profiles-view>`
            case 'settings':
                return html`<settings-view class="view" .list=${settings} .now=${model.now} .handlers=${handlers}></settings-view>`
            case 'io':
                return html`<io-view class="view" .list=${io} .handlers=${handlers}></io-view>`
            case 'debugger':
                return html`<debugger-view class="view" .model=${model} .preferences=${preferences} .handlers=${handlers}></debugger-view>`
        }
    }

    /** Before the channels have told what there is. */
    #unknown(): TemplateResult {
        const isLost = this.#model.connection.is === 'waiting'
        return html`<section class="card blank"><p>${t(isLost ? 'noBrewery' : 'loading')}</p>${isLost ? html`<p class="hint">${t('noBreweryHint')}</p>` : nothing}</section>`
    }
}

const tabOf = (hash: string): TabId => tabs.find((tab) => `#${tab}` === hash) ?? 'live'

customElements.define('brewery-page', BreweryPage)
