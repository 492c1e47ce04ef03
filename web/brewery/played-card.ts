import { html, nothing, type TemplateResult } from 'lit'
import { durationText, whenText } from '../shared/times.ts'
import { setPointText } from './format.ts'
import { attempt, type PageHandlers } from './page-handlers.ts'
import type { Control, Played, Service } from './service.ts'
import { t } from './texts.ts'

export interface PlayedOptions {
    view: Played
    /** When that was told, in milliseconds since 1970 by the clock of the server. */
    at: number
    /** By the clock of the server. */
    now: number
    who: string
    service: Service
    handlers: PageHandlers
    /** Edits it, and asks before it is stopped; where these are missing there is only what is needed now and then. */
    edit?: () => void
    stop?: () => void
}

/** How a profile that is played stands, and what can be done with it. */
export function playedCard(options: PlayedOptions): TemplateResult {
    const { view } = options
    const { progress, left } = reckoned(options)
    return html`<section class="card tile played" aria-labelledby="played-heading">
        <header>
            <h2 id="played-heading">${view.profile || t('profile')}</h2>
            <span class="chip ${view.status}">${statusText(view)}</span>
        </header>
        ${view.status === 'ended' ? nothing : html`<progress max="1" .value=${progress} aria-label=${t('progress')}></progress>`}
        <dl class="figures">
            <div><dt>${t('setPoint')}</dt><dd>${setPointText(view.setPoint)}</dd></div>
            ${view.status === 'ended' ? nothing : html`<div><dt>${t('step')}</dt><dd>${t('stepOfAll', { step: Math.min(view.step + 1, view.steps), steps: view.steps })}</dd></div>`}
            ${view.status === 'ended' ? nothing : html`<div><dt>${t('timeLeft')}</dt><dd>${view.isEstimate ? t('atLeast', { time: roughTime(left) }) : roughTime(left)}</dd></div>`}
            ${nextChange(options)}
            ${view.queued ? html`<div><dt>${t('queued')}</dt><dd>${view.queued}</dd></div>` : nothing}
        </dl>
        ${question(options)}
        <div class="buttons">${controls(options)}</div>
    </section>`
}

/** How far it is by now: it goes on while it runs, though nothing is told. */
function reckoned({ view, at, now }: PlayedOptions): { progress: number; left: number } {
    const passed = view.status === 'running' ? Math.max(now - at, 0) : 0
    const left = Math.max(view.timeLeft * 1000 - passed, 0)
    const whole = view.progress < 1 ? (view.timeLeft * 1000) / (1 - view.progress) : 0
    return { left, progress: whole > 0 ? Math.min(1 - left / whole, 1) : view.progress }
}

/** In units that matter: no seconds of more than some minutes. */
const roughTime = (ms: number): string => durationText(ms < 300_000 ? ms : Math.round(ms / 60_000) * 60_000)

function statusText({ status, confirm, late }: Played): string {
    if (status === 'running' && confirm !== undefined) return t('waitsForYou')
    return status === 'running' && late ? t('late') : t(`played_${status}`)
}

function nextChange({ view: { next, status, setPoint }, now }: PlayedOptions): TemplateResult | typeof nothing {
    if (!next || status !== 'running') return nothing
    const at = Date.parse(next.at)
    const arrow = setPoint === null || next.value === setPoint ? '→' : next.value > setPoint ? '↗' : '↘'
    return html`<div><dt>${t('nextChange')}</dt>
        <dd>${arrow} ${setPointText(next.value)} <small>${whenText(at, now)} · ${t('inTime', { time: roughTime(Math.max(at - now, 0)) })}</small></dd></div>`
}

/** What it wants to be told before it goes on. */
function question(options: PlayedOptions): TemplateResult | typeof nothing {
    const { view } = options
    if (view.status === 'asking') return html`<p class="banner warn">${t('outageAsk')}</p>`
    return view.confirm === undefined || view.status !== 'running' ? nothing : html`<p class="banner warn">${view.confirm}</p>`
}

function controls(options: PlayedOptions): TemplateResult[] {
    const { view, service, who, handlers, edit, stop } = options
    const button = (control: Control, style = '') =>
        html`<button
            type="button"
            class=${style}
            @click=${() =>
                void attempt(
                    handlers,
                    () => service.control(control, who),
                    t(`did_${control}`),
                    (reason) => t('notDone', { reason }),
                )}
        >
            ${t(view.status === 'asking' && control === 'resume' ? 'resumeRest' : control)}
        </button>`
    const more =
        stop && edit
            ? [
                  html`<button type="button" @click=${edit}>${t('editPlayed')}</button>`,
                  html`<button type="button" class="danger" @click=${stop}>${t('stop')} …</button>`,
              ]
            : []
    if (view.status === 'ended') return []
    if (view.status === 'asking') return [button('continue', 'primary'), button('resume'), ...more]
    if (view.status === 'paused') return [button('resume', 'primary'), ...more]
    return [
        ...(view.confirm === undefined ? [] : [button('confirm', 'primary')]),
        button('pause'),
        ...(stop ? [button('back'), button('skip')] : []),
        ...more,
    ]
}
