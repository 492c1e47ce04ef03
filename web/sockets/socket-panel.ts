import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Refused } from '../shared/rest.ts'
import { age } from '../shared/texts.ts'
import { currentText, energyText, powerParts } from './format.ts'
import { type Unit, units } from './preferences.ts'
import type { SocketModel } from './socket-model.ts'
import { t } from './texts.ts'

export interface PanelHandlers {
    /** Another unit was chosen for the duration. */
    unit(unit: Unit): void
    /** Something was done, or refused. */
    done(text: string): void
    refused(text: string): void
}

type Action = 'start' | 'stop' | 'emergency' | 'recover'

/** A reading that is older, in milliseconds, is shown with its age. */
const FRESH = 15_000

/** What a socket draws now, and the buttons that switch it. */
export class SocketPanel extends LitElement {
    static override properties = { model: {}, unit: {}, pending: {} }
    declare model: SocketModel
    declare unit: Unit
    /** What was asked for and is not answered yet. */
    declare pending: Action | undefined
    handlers!: PanelHandlers

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    async #act(action: Action, run: () => Promise<unknown>, done: string, refused: (reason: string) => string): Promise<void> {
        // Nothing keeps an emergency waiting.
        if (this.pending && action !== 'emergency') return
        this.pending = action
        try {
            await run()
            this.handlers.done(done)
        } catch (error) {
            this.handlers.refused(refused((error as Refused).message))
        } finally {
            if (this.pending === action) this.pending = undefined
            this.model.refreshSoon()
        }
    }

    #start(event: Event): void {
        event.preventDefault()
        const text = this.querySelector<HTMLInputElement>('[name=duration]')!.value.trim().replace(',', '.')
        const duration = text === '' ? undefined : Number(text) * units[this.unit]
        const isDuration = duration === undefined || (duration > 0 && Number.isFinite(duration))
        if (isDuration) this.#startFor(duration)
        else this.handlers.refused(t('badDuration'))
    }

    /** @param timeout milliseconds; undefined for until it is stopped */
    #startFor(timeout: number | undefined): void {
        const { service } = this.model
        void this.#act(
            'start',
            () => service.start(timeout),
            t('started'),
            (reason) => t('notStarted', { reason }),
        )
    }

    /** Stops the instances, one after the other, as the last one waits for the plug. */
    stop(ids: readonly string[]): void {
        const { service } = this.model
        const run = async () => {
            for (const id of ids) await service.stop(id)
        }
        void this.#act('stop', run, t('stopped'), (reason) => t('notStopped', { reason }))
    }

    #emergencyStop(): void {
        this.#dialog.close()
        const { service } = this.model
        void this.#act('emergency', service.emergencyStop, t('haltedNow'), (reason) => t('notHalted', { reason }))
    }

    #recover(): void {
        const { service } = this.model
        void this.#act('recover', service.recover, t('recovered'), (reason) => t('notRecovered', { reason }))
    }

    get #dialog(): HTMLDialogElement {
        return this.querySelector('dialog')!
    }

    protected override render(): TemplateResult {
        const { status, trouble } = this.model
        return html`<section class="card now" aria-labelledby="now-heading">
            <header>
                <h2 id="now-heading">${this.model.name}</h2>
                ${status ? html`<span class="chip ${this.model.state}" role="status">${t(this.model.state)}</span>` : nothing}
            </header>
            ${trouble ? html`<p class="hint">${t('noStatus', { reason: trouble.message })} ${trouble.status === 404 ? t('noService') : nothing}</p>` : nothing}
            ${status ? [html`<div class="figure">${this.#power()} ${this.#facts()}</div>`, this.#actions()] : nothing} ${this.#question()}
        </section>`
    }

    #power(): TemplateResult {
        const { status, reading, now, power } = this.model
        const isOff = status!.power === 'off'
        const [value, unit] = powerParts(power)
        const old = reading && !isOff && now - reading.at > FRESH
        const note = old ? t('readAgo', { age: age(reading.at - this.model.skew) }) : reading || isOff ? '' : t('noReading')
        return html`<p class="power">
            <output>${value}</output><span class="unit"> ${unit}</span>${note ? html`<span class="note">${note}</span>` : nothing}
        </p>`
    }

    #facts(): TemplateResult {
        const { status, reading } = this.model
        const { today, voltage, current } = reading ?? {}
        const energy = today ?? status!.energyToday
        const isOn = status!.power === 'on'
        const facts: [string, string | undefined][] = [
            [t('today'), typeof energy === 'number' ? energyText(energy * 1000) : undefined],
            [t('voltage'), isOn && typeof voltage === 'number' ? `${Math.round(voltage)} V` : undefined],
            [t('current'), isOn && typeof current === 'number' ? currentText(current) : undefined],
        ]
        const known = facts.filter(([, value]) => value !== undefined)
        return html`<dl class="facts">${known.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
    }

    #actions(): TemplateResult {
        if (this.model.status!.isEmergencyStopped)
            return html`<p class="banner">${t('haltedHint')}</p>
                <button type="button" class="primary" ?disabled=${this.pending !== undefined} @click=${() => this.#recover()}>
                    ${this.pending === 'recover' ? t('recovering') : t('recover')}
                </button>`
        return html`${this.#startForm()}
            <div class="buttons">
                ${this.#stopButton()}
                <button type="button" class="danger" ?disabled=${this.pending === 'emergency'} @click=${() => this.#dialog.showModal()}>
                    ${t('emergency')}
                </button>
            </div>`
    }

    #startForm(): TemplateResult {
        const choose = ({ target }: Event) => this.handlers.unit((target as HTMLSelectElement).value as Unit)
        return html`<form class="start" novalidate @submit=${(event: Event) => this.#start(event)}>
            <p><label for="duration">${t('stopAfter')}</label> <small id="duration-hint">${t('stopAfterHint')}</small></p>
            <span class="joined">
                <input id="duration" name="duration" inputmode="decimal" autocomplete="off" placeholder="∞" aria-describedby="duration-hint">
                <select aria-label=${t('unit')} @change=${choose}>
                    ${Object.keys(units).map((unit) => html`<option value=${unit} ?selected=${unit === this.unit}>${unit}</option>`)}
                </select>
            </span>
            <button type="submit" class="primary" ?disabled=${this.pending !== undefined}>
                ${this.pending === 'start' ? t('starting') : t('start')}
            </button>
        </form>`
    }

    #stopButton(): TemplateResult {
        const ids = this.model.status!.runningInstances
        const text = this.pending === 'stop' ? t('stopping') : ids.length > 1 ? t('stopAll', { count: ids.length }) : t('stop')
        return html`<button type="button" ?disabled=${ids.length === 0 || this.pending !== undefined} @click=${() => this.stop(ids)}>
            ${text}
        </button>`
    }

    #question(): TemplateResult {
        return html`<dialog aria-labelledby="emergency-heading" aria-describedby="emergency-text">
            <h3 id="emergency-heading">${t('emergencyAsk')}</h3>
            <p id="emergency-text">${t('emergencyWhat')}</p>
            <div class="buttons">
                <button type="button" autofocus @click=${() => this.#dialog.close()}>${t('cancel')}</button>
                <button type="button" class="danger" @click=${() => this.#emergencyStop()}>${t('emergency')}</button>
            </div>
        </dialog>`
    }
}

customElements.define('socket-panel', SocketPanel)
