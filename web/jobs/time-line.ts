import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { classMap } from 'lit/directives/class-map.js'
import { ticks, tickText } from '../shared/ticks.ts'
import { type Range, TimeWindow } from '../shared/time-window.ts'
import { momentText, rangeText, whenText } from '../shared/times.ts'
import { type Job, nameOf, timeOf } from './job.ts'
import type { JobsModel } from './jobs-model.ts'
import { lanesOf, type Mark, type Track } from './lanes.ts'
import { spans } from './preferences.ts'
import { percentOf, statusText, whenOf } from './status.ts'
import { t } from './texts.ts'

export interface TimeLineHandlers {
    span(seconds: number): void
    select(job: Job): void
    /** Shows one robot's jobs only, or all again. */
    filter(address: string): void
    /** Another time is shown. */
    moved(range: Range): void
}

/** Which part of the time that is shown is still to come, while it goes on. */
const AHEAD = 0.5
/** Robots that are shown unless all are asked for. */
const MOST_LANES = 8
/** Milliseconds after a change of the window. */
const SETTLED = 200

/** What is planned, under way and done, robot by robot, over time. */
export class TimeLine extends LitElement {
    static override properties = { isCut: {}, span: {}, names: {}, jobs: {}, selected: {}, robot: {}, hasAll: { state: true } }
    declare model: JobsModel
    /** Seconds that are shown. */
    declare span: number
    /** Of robots by their addresses. */
    declare names: ReadonlyMap<string, string>
    declare jobs: readonly Job[]
    declare selected: string | undefined
    /** The address of the only robot that is asked for; blank for all. */
    declare robot: string
    declare hasAll: boolean
    /** Whether there are more jobs than are here. */
    declare isCut: boolean
    handlers!: TimeLineHandlers
    readonly #window = new TimeWindow(0)
    #settled: ReturnType<typeof setTimeout> | undefined

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    protected override willUpdate(changed: PropertyValues<this>): void {
        if (!changed.has('span')) return
        this.#window.show(this.span * 1000)
        this.#tellMove()
    }

    /** What is shown now. */
    get range(): Range {
        return this.#window.range(this.#end)
    }

    /** Where the window ends while it goes on with time. */
    get #end(): number {
        return this.model.now + this.#window.span * AHEAD
    }

    #change(change: () => void): void {
        change()
        this.requestUpdate()
        this.#tellMove()
    }

    #tellMove(): void {
        clearTimeout(this.#settled)
        this.#settled = setTimeout(() => this.handlers.moved(this.range), SETTLED)
    }

    #live(): void {
        this.#change(() => this.#window.show(this.span * 1000))
    }

    #key(event: KeyboardEvent): void {
        const changes: Record<string, () => void> = {
            ArrowLeft: () => this.#window.move(-0.25, this.#end),
            ArrowRight: () => this.#window.move(0.25, this.#end),
            '+': () => this.#window.scale(0.5, this.#end),
            '-': () => this.#window.scale(2, this.#end),
            Escape: () => this.#window.zoomOut(),
            End: () => this.#window.show(this.span * 1000),
        }
        const change = changes[event.key]
        if (!change || event.ctrlKey || event.altKey || event.metaKey) return
        this.#change(change)
        event.preventDefault()
    }

    protected override render(): TemplateResult {
        const { range } = this
        const { now } = this.model
        const lanes = lanesOf(this.jobs, this.names, range, now).filter(({ address }) => !this.robot || address === this.robot)
        const shown = this.hasAll ? lanes : lanes.slice(0, MOST_LANES)
        return html`<section class="card time-line" aria-labelledby="time-line-heading">
            <h2 id="time-line-heading" class="unseen">${t('timeLine')}</h2>
            <div class="choices">${this.#spans()} <span class="hint range">${rangeText(range)}</span> ${this.#moves()}</div>
            <div
                class="chart"
                tabindex="0"
                role="group"
                aria-label=${t('timeLineOf', { time: rangeText(range) })}
                aria-describedby="time-line-keys"
                @keydown=${(event: KeyboardEvent) => this.#key(event)}
            >
                ${this.#grid(range, now)} ${shown.map((lane) => this.#lane(lane, range, now))}
            </div>
            ${this.isCut ? html`<p class="hint" role="status">${t('cutOff', { count: this.#shownJobs(range) })}</p>` : nothing}
            <p class="unseen" id="time-line-keys">${t('timeLineKeys')}</p>
            ${
                shown.length < lanes.length
                    ? html`<button type="button" class="link all" @click=${() => {
                          this.hasAll = true
                      }}>${t('moreRobots', { count: lanes.length })}</button>`
                    : nothing
            }
        </section>`
    }

    #shownJobs({ from, to }: Range): number {
        return this.jobs.filter(({ dueAt }) => timeOf(dueAt) >= from && timeOf(dueAt) < to).length
    }

    #spans(): TemplateResult {
        const choose = (seconds: number) => (seconds === this.span ? this.#live() : this.handlers.span(seconds))
        const isChosen = (seconds: number) => seconds === this.span && this.#window.isLive && !this.#window.isZoomed
        return html`<div class="segments spans" role="group" aria-label=${t('span')}>
            ${spans.map(
                (seconds) =>
                    html`<button type="button" aria-pressed=${isChosen(seconds)} @click=${() => choose(seconds)}>${spanText(seconds)}</button>`,
            )}
        </div>`
    }

    #moves(): TemplateResult {
        const { isLive, isZoomed } = this.#window
        const move = (part: number) => this.#change(() => this.#window.move(part, this.#end))
        const zoomOut = () => this.#change(() => this.#window.zoomOut())
        return html`<div class="moves">
            ${isZoomed ? html`<button type="button" @click=${zoomOut}>${t('zoomOut')}</button>` : nothing}
            ${isLive ? nothing : html`<button type="button" @click=${() => this.#live()}>${t('now')}</button>`}
            <button type="button" aria-label=${t('earlier')} @click=${() => move(-0.5)}>‹</button>
            <button type="button" aria-label=${t('later')} @click=${() => move(0.5)}>›</button>
        </div>`
    }

    #grid(range: Range, now: number): TemplateResult {
        const at = (time: number) => `left: ${percent(time, range)}%`
        const most = this.clientWidth < 600 ? 4 : 9
        // As properties: the content security policy forbids attributes with styles.
        return html`<div class="grid" aria-hidden="true">
            ${ticks(range, most).map((time) => html`<i .style=${at(time)}>${hasRoom(time, range) ? html`<span>${tickText(time)}</span>` : nothing}</i>`)}
            ${now >= range.from && now <= range.to ? html`<b .style=${at(now)}></b>` : nothing}
        </div>`
    }

    #lane({ address, name, marks }: Track, range: Range, now: number): TemplateResult {
        const known = this.model.robots.get(address)
        const isOnly = this.robot === address
        const since = known?.connected
            ? t('connectedSince', { time: whenText(timeOf(known.connectedAt), now) })
            : known?.disconnectedAt
              ? t('awaySince', { time: whenText(timeOf(known.disconnectedAt), now) })
              : t('neverSeen')
        return html`<div class="lane">
            <button
                type="button"
                class="robot"
                aria-pressed=${isOnly}
                aria-label=${`${t('onlyRobot', { robot: name })}, ${known?.connected ? t('connected') : t('away')}`}
                title=${`${name} · ${address} · ${since}`}
                @click=${() => this.handlers.filter(isOnly ? '' : address)}
            >
                <span class=${classMap({ dot: true, connected: known?.connected === true })}></span>
                <span class="name">${name}</span>
            </button>
            <div class="track" aria-hidden="true">${marks.map((mark) => this.#mark(mark, range, now))}</div>
        </div>`
    }

    #mark(mark: Mark, range: Range, now: number): TemplateResult {
        const { kind, jobs } = mark
        const [job] = jobs as [Job]
        const left = percent(mark.from, range)
        const style = `left: ${left}%; width: ${percent(mark.to, range) - left}%`
        const progress = jobs.length === 1 ? percentOf(job) : undefined
        const select = () => (jobs.length === 1 ? this.handlers.select(job) : this.#zoom(mark))
        const isSelected = jobs.some(({ id }) => id === this.selected)
        const isPoint = mark.to === mark.from
        const text = jobs.length > 1 ? String(jobs.length) : kind === 'late' || isPoint ? '' : nameOf(job)
        return html`<div
            class=${classMap({ mark: true, [kind]: true, selected: isSelected, point: isPoint, several: jobs.length > 1 })}
            .style=${style}
            title=${titleOf(mark, now)}
            @click=${select}
        >
            ${progress === undefined ? nothing : html`<i .style=${`width: ${progress}%`}></i>`}${text ? html`<span>${text}</span>` : nothing}
        </div>`
    }

    #zoom({ from, to }: Range): void {
        const room = Math.max((to - from) * 0.5, 15_000)
        this.#change(() => this.#window.zoom({ from: from - room, to: to + room }))
    }
}

/** Where a time is on the line: percent of its width, within it. */
const percent = (at: number, { from, to }: Range): number => ((Math.min(Math.max(at, from), to) - from) / (to - from)) * 100

/** Whether there is room for the text of a time, half of it on each side. */
const hasRoom = (at: number, range: Range): boolean => Math.abs(percent(at, range) - 50) < 46

function titleOf({ jobs, from, kind }: Mark, now: number): string {
    const [job] = jobs as [Job]
    if (jobs.length > 1) return `${t('several', { count: jobs.length })} · ${momentText(from, 1000)}`
    if (kind === 'late') return `${nameOf(job)} · ${t('lateness')}`
    const { time, note } = whenOf(job, now)
    return [nameOf(job), statusText(job), time, note].filter(Boolean).join(' · ')
}

/** `15 min`, `6 h`, `7 d` */
function spanText(seconds: number): string {
    if (seconds < 3600) return `${seconds / 60} min`
    return seconds < 86_400 ? `${seconds / 3600} h` : t('days', { days: seconds / 86_400 })
}

customElements.define('time-line', TimeLine)
