import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { age } from '../shared/texts.ts'
import { whenText } from '../shared/times.ts'
import { byUrgency, isUnacknowledged } from './alarm.ts'
import { alarmState, priorityMark } from './alarm-list.ts'
import type { BreweryModel } from './brewery-model.ts'
import { DEGREES, degreesText, numberText, percentText, setPointText, valueText } from './format.ts'
import { attempt, type PageHandlers } from './page-handlers.ts'
import { playedCard } from './played-card.ts'
import type { Preferences } from './preferences.ts'
import { t } from './texts.ts'
import './trend-card.ts'
import type { TrendCard } from './trend-card.ts'

/** What the thermostat tells of the vessel. */
interface Vessel {
    value?: number | null
    setPoint?: number | null
    mode?: 'auto' | 'off' | 'manual'
    demand?: number
    on?: boolean
    lost?: boolean
}

interface Heater {
    on?: boolean | null
    reachable?: boolean
    watts?: number | null
}

/** A value that is older, in milliseconds, is shown with its age. */
const FRESH = 60_000
/** Alarms that are named. */
const MOST_ALARMS = 4

/** What is going on now. */
class LiveView extends LitElement {
    static override properties = { model: {}, preferences: {} }
    declare model: BreweryModel
    declare preferences: Preferences
    handlers!: PageHandlers

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    /** Draws plots in the colours of another theme. */
    restyle(): void {
        this.querySelector<TrendCard>('trend-card')?.restyle()
    }

    /** Values were missed. */
    reload(): void {
        this.querySelector<TrendCard>('trend-card')?.reload()
    }

    protected override updated(): void {
        this.querySelector<TrendCard>('trend-card')?.requestUpdate()
    }

    protected override render(): TemplateResult {
        const { model } = this
        if (!model.vessel)
            return html`<section class="card blank"><h2>${t('noValues')}</h2><p class="hint">${t('noValuesHint')}</p></section>`
        return html`<div class="tiles">${this.#temperature()} ${this.#profile()} ${this.#alarms()}</div>
            <trend-card
                .model=${model}
                .span=${this.preferences.span}
                .choose=${(span: number) => this.handlers.prefer({ span })}
            ></trend-card>
            ${this.#others()}`
    }

    #temperature(): TemplateResult {
        const { vessel, values, now } = this.model
        const latest = values.get(vessel)
        const { value, setPoint, mode, lost } = Object(latest?.data) as Vessel
        const isOld = latest && now - latest.at > FRESH
        return html`<section class="card tile" aria-labelledby="vessel-heading">
            <header><h2 id="vessel-heading">${vessel}</h2>${this.#heater()}</header>
            <p class="temperature ${lost || isOld ? 'old' : ''}">
                <output>${degreesText(value)}</output><span class="unit"> ${DEGREES}</span>
                <span class="target">${setPoint === null || setPoint === undefined ? t('noSetPoint') : html`→ ${setPointText(setPoint)}`}</span>
            </p>
            ${lost ? html`<p class="banner">${t('sensorLost')}</p>` : isOld ? html`<p class="hint warn">${t('age', { age: age(latest.at - this.model.skew) })}</p>` : nothing}
            ${mode ? this.#modes(mode) : nothing}
        </section>`
    }

    /** What the plug of the heater does, or how much heat is wanted. */
    #heater(): TemplateResult | typeof nothing {
        const { vessel, values } = this.model
        const { on, reachable, watts } = Object(values.get(`${vessel}.heater`)?.data) as Heater
        const { demand } = Object(values.get(vessel)?.data) as Vessel
        if (reachable === false) return html`<span class="chip away">${t('heaterAway')}</span>`
        if (on === undefined || on === null)
            return demand === undefined ? nothing : html`<span class="chip">${t('demand')} ${percentText(demand)}</span>`
        const power = on && typeof watts === 'number' ? ` · ${numberText(Math.round(watts))} W` : ''
        return html`<span class="chip ${on ? 'hot' : ''}">${t(on ? 'heaterOn' : 'heaterOff')}${power}</span>`
    }

    #modes(mode: string): TemplateResult {
        const choose = (wanted: 'auto' | 'off') =>
            void attempt(
                this.handlers,
                () => this.model.service.thermostat({ mode: wanted }),
                t(wanted === 'auto' ? 'nowAuto' : 'nowOff'),
                (reason) => t('notSet', { reason }),
            )
        return html`<div class="segments" role="group" aria-label=${t('thermostat')}>
            ${(['auto', 'off'] as const).map(
                (one) =>
                    html`<button type="button" aria-pressed=${one === mode} @click=${() => choose(one)}>${t(one === 'auto' ? 'modeAuto' : 'modeOff')}</button>`,
            )}
            ${mode === 'manual' ? html`<button type="button" aria-pressed="true">${t('modeManual')}</button>` : nothing}
        </div>`
    }

    #profile(): TemplateResult {
        const go = () => this.handlers.go('profiles')
        const { played, now } = this.model
        if (!played || played.view.status === 'ended')
            return html`<section class="card tile" aria-labelledby="played-heading">
                <header><h2 id="played-heading">${t('profile')}</h2></header>
                <p class="hint">${t(played ? 'profileEnded' : 'noProfile', { profile: played?.view.profile ?? '' })}</p>
                <button type="button" @click=${go}>${t('chooseProfile')}</button>
            </section>`
        return playedCard({ ...played, now, who: this.preferences.who, service: this.model.service, handlers: this.handlers })
    }

    #alarms(): TemplateResult {
        const all = [...this.model.alarms.values()].sort(byUrgency)
        const count = all.filter(isUnacknowledged).length
        return html`<section class="card tile" aria-labelledby="alarms-heading">
            <header>
                <h2 id="alarms-heading">${t('alarms')}</h2>
                ${count > 0 ? html`<span class="chip bad">${t('unacknowledgedCount', { count })}</span>` : nothing}
            </header>
            ${
                all.length === 0
                    ? html`<p class="hint calm">${t('noAlarms')}</p>`
                    : html`<ul class="brief">
                          ${all.slice(0, MOST_ALARMS).map(
                              (alarm) => html`<li>${priorityMark(alarm)}<span>${alarm.text || alarm.id}</span>
                                  <small>${alarmState(alarm)} · ${whenText(Date.parse(alarm.since), this.model.now)}</small></li>`,
                          )}
                      </ul>`
            }
            ${all.length > 0 ? html`<button type="button" @click=${() => this.handlers.go('alarms')}>${t(count > 0 ? 'toAcknowledge' : 'showAlarms')}</button>` : nothing}
        </section>`
    }

    /** What flows or others publish beside. */
    #others(): TemplateResult | typeof nothing {
        const { vessel, values, now } = this.model
        const others = [...values]
            .filter(([key]) => key !== vessel && !key.startsWith(`${vessel}.`))
            .sort(([one], [other]) => one.localeCompare(other))
        if (others.length === 0) return nothing
        const text = (data: unknown) => {
            const entries = typeof data === 'object' && data !== null && !Array.isArray(data) ? Object.entries(data) : undefined
            return entries ? entries.map(([name, value]) => `${name} ${valueText(value)}`).join(' · ') : valueText(data)
        }
        return html`<section class="card" aria-labelledby="others-heading">
            <h2 id="others-heading">${t('otherValues')}</h2>
            <dl class="others">
                ${others.map(([key, { at, data }]) => html`<dt>${key || t('noKey')}</dt><dd>${text(data)} <small>${whenText(at, now)}</small></dd>`)}
            </dl>
        </section>`
    }
}

customElements.define('live-view', LiveView)
