import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { ownUrls } from '../shared/connection.ts'
import type { Refused } from '../shared/rest.ts'
import { age } from '../shared/texts.ts'
import { applyTheme } from '../shared/theme.ts'
import { momentText } from '../shared/times.ts'
import { connectionStatus, notices, themeSelect } from '../shared/widgets.ts'
import { addressOf, type Group, groupOf, groups, inOrder, type Job } from './job.ts'
import { JobActions } from './job-actions.ts'
import { type Action, jobList } from './job-list.ts'
import { JobLoads } from './job-loads.ts'
import { jobPanel } from './job-panel.ts'
import { JobsModel, robotNames } from './jobs-model.ts'
import type { NewJob } from './new-job.ts'
import { banner, restartBanner, saidList } from './news.ts'
import './new-job.ts'
import { loadPreferences, type Preferences, savePreferences } from './preferences.ts'
import { inLanguage } from './server-texts.ts'
import { t } from './texts.ts'
import './time-line.ts'
import type { TimeLine, TimeLineHandlers } from './time-line.ts'

/** Milliseconds between two updates of how far away times are. */
const AGEING = 1000
/** Rows of the list to begin with, and that are added at a time. */
const ROWS = 50

class JobsPage extends LitElement {
    static override properties = { preferences: {}, error: {}, announcement: {}, group: {}, robot: {}, selected: {}, rows: {} }
    declare preferences: Preferences
    declare error: string
    /** For screen readers: what was done. */
    declare announcement: string
    /** Which jobs are listed; undefined for all. */
    declare group: Group | undefined
    /** The address of the robot whose jobs are shown; blank for all. */
    declare robot: string
    /** The id of the job that is shown whole. */
    declare selected: string | undefined
    /** How many are listed. */
    declare rows: number
    readonly #model: JobsModel
    readonly #actions: JobActions
    readonly #handlers: TimeLineHandlers
    readonly #loads: JobLoads
    /** Why the history of the selected job is not known. */
    #lack = ''
    /** What the selected job was when its history was last asked for. */
    #known = ''

    constructor() {
        super()
        this.preferences = loadPreferences()
        this.error = this.announcement = this.robot = ''
        this.rows = ROWS
        this.#model = new JobsModel(ownUrls(location.href, 'root', '../../')[0]!, (isMissing) =>
            isMissing ? this.#reload() : this.#draw(),
        )
        this.#loads = new JobLoads(this.#model, () => this.#draw())
        this.#actions = new JobActions(this.#model, {
            changed: () => this.requestUpdate(),
            done: (text) => {
                this.announcement = text
                this.error = ''
            },
            refused: (text) => {
                this.error = text
            },
        })
        this.#handlers = {
            span: (span) => this.#prefer({ span }),
            select: (job) => this.#select(job),
            filter: (robot) => this.#filter(this.group, robot),
            moved: (range) => void this.#loads.range(range),
        }
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    protected override firstUpdated(): void {
        applyTheme(this.preferences.theme)
        this.#model.connect()
        setInterval(() => this.#age(), AGEING)
        this.addEventListener('keydown', (event) => {
            if (event.key === 'Escape' && this.selected && !(event.target as Element).closest('dialog, time-line')) this.#deselect()
        })
    }

    get #timeLine(): TimeLine | undefined {
        return this.querySelector<TimeLine>('time-line') ?? undefined
    }

    #draw(): void {
        const job = this.selected && this.#model.jobs.get(this.selected)
        if (job && stateOf(job) !== this.#known) void this.#loadHistory(job)
        this.requestUpdate()
        this.#timeLine?.requestUpdate()
    }

    #age(): void {
        if (this.#timeLine) this.#loads.follow(this.#timeLine.range)
        this.#draw()
    }

    #prefer(part: Partial<Preferences>): void {
        this.preferences = { ...this.preferences, ...part }
        savePreferences(part)
        if (part.theme) applyTheme(part.theme)
    }

    #filter(group: Group | undefined, robot: string): void {
        this.group = group
        this.robot = robot
        this.rows = ROWS
        void this.#loadList()
    }

    /** What was read before may be out of date. */
    #reload(): void {
        void this.#loadList()
        if (this.#timeLine) void this.#loads.range(this.#timeLine.range)
        this.#known = ''
        this.#draw()
    }

    #loadList(after?: string): Promise<void> {
        const status = this.group && groups[this.group]
        return this.#loads.list({ status, robot: this.robot, isAscending: this.group === 'waiting' }, after)
    }

    async #loadHistory(job: Job): Promise<void> {
        this.#known = stateOf(job)
        try {
            await this.#model.ask((service) => service.job(job.id))
            this.#lack = ''
        } catch (error) {
            this.#lack = (error as Refused).message
        }
        this.requestUpdate()
    }

    #select(job: Job): void {
        this.#lack = ''
        this.selected = job.id
        void this.#loadHistory(job)
        void this.updateComplete.then(() => this.querySelector<HTMLElement>('.panel')?.focus({ preventScroll: true }))
    }

    #show(id: string): void {
        const job = this.#model.jobs.get(id)
        if (job) this.#select(job)
    }

    #deselect(): void {
        const row = this.querySelector<HTMLElement>(`tr[data-id="${CSS.escape(this.selected ?? '')}"] .link`)
        this.selected = undefined
        row?.focus()
    }

    #added(jobId: string, dueAt: string): void {
        this.announcement = t('added', { time: momentText(Date.parse(dueAt), 1000) })
        this.error = ''
        this.#filter(undefined, '')
        void this.#model
            .ask((service) => service.job(jobId))
            .then(
                (job) => this.#select(job),
                () => {},
            )
    }

    protected override render(): TemplateResult {
        const { connection, lastSeen } = this.#model
        const isOld = lastSeen > 0 && connection.is !== 'open'
        const add = () => void this.querySelector<NewJob>('new-job')!.open(this.robot)
        return html`<header class="bar">
                <h1>${t('title')}</h1>
                ${connectionStatus(connection, () => this.#model.connect())}
                ${isOld ? html`<span class="age">${t('age', { age: age(lastSeen) })}</span>` : nothing}
                ${themeSelect(this.preferences.theme, (theme) => this.#prefer({ theme }))}
                <button type="button" class="primary" @click=${add}>${t('addJob')}</button>
            </header>
            ${this.#content(add)}
            <new-job
                .service=${this.#model.service}
                .robots=${this.#model.robots}
                .added=${(jobId: string, dueAt: string) => this.#added(jobId, dueAt)}
            ></new-job>
            ${this.#actions.question()}
            ${notices(this.announcement, this.error, () => {
                this.error = ''
            })}`
    }

    #content(add: () => void): TemplateResult {
        const { trouble, isKnown, jobs, robots } = this.#model
        if (!isKnown)
            return blank(trouble ? t('noJobs', { reason: trouble.message }) : t('loading'), trouble?.status === 404 ? t('noService') : '')
        if (jobs.size === 0 && robots.size === 0 && !this.group) return this.#welcome(add)
        const names = robotNames(this.#model)
        const { all } = this.#model
        const job = all.find(({ id }) => id === this.selected)
        return html`${this.#banners()}
            <time-line
                .model=${this.#model}
                .isCut=${this.#loads.isCut}
                .span=${this.preferences.span}
                .names=${names}
                .jobs=${all}
                .selected=${this.selected}
                .robot=${this.robot}
                .handlers=${this.#handlers}
            ></time-line>
            <main class=${job ? 'split' : ''}>
                ${this.#list(all, names, add)}
                ${job ? jobPanel({ job, names, pending: this.#actions.pending, lack: this.#lack, act: this.#act, close: () => this.#deselect() }) : nothing}
            </main>
            ${saidList(this.#model, names, this.robot, (id) => this.#show(id))}`
    }

    #banners(): TemplateResult {
        const { trouble } = this.#loads
        const close = () => {
            this.#model.restart = undefined
            this.requestUpdate()
        }
        return html`${trouble ? banner(t('notRead', { reason: inLanguage(trouble) }), t('tryNow'), () => this.#loads.again()) : nothing}
            ${restartBanner(this.#model, close)}`
    }

    readonly #act = (action: Action, job: Job): void => this.#actions.begin(action, job)

    #list(all: readonly Job[], names: ReadonlyMap<string, string>, add: () => void): TemplateResult {
        const ofRobot = all.filter((job) => !this.robot || addressOf(job) === this.robot)
        const fitting = ofRobot.filter((job) => !this.group || groupOf(job) === this.group).sort(inOrder)
        const shown = fitting.slice(0, this.rows)
        const more = () => {
            this.rows += ROWS
            if (this.rows > fitting.length && this.#loads.next) void this.#loadList(this.#loads.next)
        }
        const list = jobList({
            jobs: shown,
            names,
            now: this.#model.now,
            selected: this.selected,
            pending: this.#actions.pending,
            select: (job) => this.#select(job),
            act: this.#act,
        })
        return html`<section class="card list" aria-label=${t('title')}>
            ${this.#filters(ofRobot, names)}
            ${shown.length > 0 ? list : all.length > 0 || this.group ? this.#noMatch() : html`<p class="hint">${t('none')}. ${t('noneHint')}</p><button type="button" @click=${add}>${t('newJob')}</button>`}
            ${fitting.length > shown.length || this.#loads.next ? html`<button type="button" class="more" @click=${more}>${t('more')}</button>` : nothing}
        </section>`
    }

    #noMatch(): TemplateResult {
        return html`<p class="hint">${t('noMatch')} <button type="button" class="link" @click=${() => this.#filter(undefined, '')}>${t('showAll')}</button></p>`
    }

    #filters(jobs: readonly Job[], names: ReadonlyMap<string, string>): TemplateResult {
        const count = (group: Group) => jobs.filter((job) => groupOf(job) === group).length
        const segment = (group: Group | undefined, note = '') =>
            html`<button type="button" aria-pressed=${group === this.group} @click=${() => this.#filter(group, this.robot)}>
                ${t(group ?? 'all')}${note ? html` <small>${note}</small>` : nothing}
            </button>`
        const open = (['underway', 'waiting'] as const).map((group) => segment(group, String(count(group) || '')))
        return html`<div class="choices">
            <div class="segments" role="group" aria-label=${t('filter')}>
                ${segment(undefined)} ${open} ${segment('succeeded')} ${segment('failed', String(count('failed') || ''))} ${segment('cancelled')}
            </div>
            <select aria-label=${t('robot')} @change=${({ target }: Event) => this.#filter(this.group, (target as HTMLSelectElement).value)}>
                <option value="" ?selected=${this.robot === ''}>${t('anyRobot')}</option>
                ${[...names].map(([address, name]) => html`<option value=${address} ?selected=${address === this.robot}>${name}</option>`)}
            </select>
        </div>`
    }

    #welcome(add: () => void): TemplateResult {
        const url = new URL('robots', this.#model.service.base)
        url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
        return html`<main class="blank card">
            <h2>${t('noRobots')}</h2>
            <p class="hint">${t('noRobotsHint', { url: url.href })}</p>
            <p class="hint">${t('noneHint')}</p>
            <button type="button" @click=${add}>${t('newJob')}</button>
        </main>`
    }
}

/** What its history has one more step for. */
const stateOf = ({ status, attempt, cancelling }: Job): string => [status, attempt, cancelling].join()

const blank = (text: string, hint: string): TemplateResult =>
    html`<main class="blank card"><p>${text}</p>${hint ? html`<p class="hint">${hint}</p>` : nothing}</main>`

customElements.define('jobs-page', JobsPage)
