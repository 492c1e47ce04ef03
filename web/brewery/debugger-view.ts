import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { entryOf, textInput } from '../shared/fields.ts'
import type { Fault, Refused } from '../shared/rest.ts'
import { momentText } from '../shared/times.ts'
import type { BreweryModel } from './brewery-model.ts'
import type { LoggedFrame } from './frame-log.ts'
import type { PageHandlers } from './page-handlers.ts'
import type { Preferences } from './preferences.ts'
import { type Outcome, type Simulation, simulate, simulations } from './simulations.ts'
import { t } from './texts.ts'

/** Frames that are shown. */
const MOST = 100

/** What goes over the push socket, publishing by hand, and the test simulations. */
class DebuggerView extends LitElement {
    static override properties = {
        ...{ model: {}, preferences: {}, faults: { state: true }, outcomes: { state: true }, running: { state: true } },
    }
    declare model: BreweryModel
    declare preferences: Preferences
    declare faults: readonly Fault[]
    /** What the last simulation did. */
    declare outcomes: readonly Outcome[]
    declare running: Simulation | undefined
    handlers!: PageHandlers
    #last: Simulation | undefined

    constructor() {
        super()
        this.faults = this.outcomes = []
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    async #simulate(which: Simulation): Promise<void> {
        if (this.running) return
        this.running = this.#last = which
        this.outcomes = []
        try {
            for await (const outcome of simulate(which, this.model, this.preferences.who)) this.outcomes = [...this.outcomes, outcome]
            this.handlers.done(t('simulated', { name: t(which) }))
        } finally {
            this.running = undefined
        }
    }

    async #publish(event: Event): Promise<void> {
        event.preventDefault()
        const form = event.target as HTMLFormElement
        const [channel, key, text] = ['channel', 'message-key', 'data'].map((name) => entryOf(form, name)) as [string, string, string]
        let data: unknown
        try {
            data = JSON.parse(text)
            this.faults = []
        } catch {
            this.faults = [{ path: 'data', message: t('bad_json') }]
            return
        }
        try {
            const id = await this.model.publish(channel, data, key)
            this.handlers.done(id === undefined ? t('published') : t('publishedAs', { id }))
        } catch (error) {
            this.faults = [{ path: 'data', message: (error as Refused).message }]
        }
    }

    protected override render(): TemplateResult {
        return html`<section class="card" aria-labelledby="simulations-heading">
                <h2 id="simulations-heading">${t('simulations')}</h2>
                <p class="hint">${t('simulationsHint')}</p>
                <div class="simulations">
                    ${simulations.map(
                        (which) =>
                            html`<button type="button" ?disabled=${this.running !== undefined} @click=${() => void this.#simulate(which)}>${t(which)}</button>`,
                    )}
                </div>
                ${this.#outcomes()}
            </section>
            <section class="card" aria-labelledby="publish-heading">
                <h2 id="publish-heading">${t('publish')}</h2>
                <form class="publish" novalidate @submit=${(event: Event) => void this.#publish(event)}>
                    ${textInput([], { name: 'channel', label: t('channel'), paths: ['channel'], value: 'data' })}
                    ${textInput([], { name: 'message-key', label: t('messageKey'), paths: ['key'], value: 'debugger' })}
                    ${textInput(this.faults, { name: 'data', label: t('jsonData'), paths: ['data'], value: '{"value": 21.5}' })}
                    <button type="submit">${t('publish')}</button>
                </form>
            </section>
            ${this.#frames()}`
    }

    #outcomes(): TemplateResult | typeof nothing {
        if (!this.#last) return nothing
        return html`<ol class="outcomes" aria-label=${t(this.#last)} aria-busy=${this.running !== undefined}>
            ${this.outcomes.map(
                ({ what, isRight, answer }) => html`<li class=${isRight ? 'right' : 'wrong'}>
                    <span role="img" aria-label=${t(isRight ? 'asExpected' : 'notAsExpected')}>${isRight ? '✓' : '✗'}</span>
                    <code>${what}</code> <small>${answer}</small>
                </li>`,
            )}
        </ol>`
    }

    #frames(): TemplateResult {
        const { frames } = this.model
        const pause = () => {
            frames.isPaused = !frames.isPaused
            this.requestUpdate()
        }
        const clear = () => {
            frames.clear()
            this.requestUpdate()
        }
        const shown = frames.frames.slice(-MOST).reverse()
        const row = ({ at, direction, text }: LoggedFrame) => html`<li class=${direction}>
            <time>${momentText(at, 1000)}</time>
            <span role="img" aria-label=${t(direction === 'in' ? 'received' : 'sent')}>${direction === 'in' ? '←' : '→'}</span>
            <code>${text}</code>
        </li>`
        return html`<section class="card" aria-labelledby="frames-heading">
            <header>
                <h2 id="frames-heading">${t('frames')}</h2>
                <span>
                    <button type="button" aria-pressed=${frames.isPaused} @click=${pause}>${t('hold')}</button>
                    <button type="button" @click=${clear}>${t('clear')}</button>
                </span>
            </header>
            ${shown.length > 0 ? html`<ol class="frames" tabindex="0" aria-label=${t('frames')}>${shown.map(row)}</ol>` : html`<p class="hint">${t('noFrames')}</p>`}
        </section>`
    }
}

customElements.define('debugger-view', DebuggerView)
