import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Refused } from '../shared/rest.ts'
import { momentText } from '../shared/times.ts'
import { type Alarm, byUrgency, canRemove, canSuppress, isAside, isUnacknowledged, type Transition } from './alarm.ts'
import './alarm-dialog.ts'
import type { AlarmDialog, AlarmRequested } from './alarm-dialog.ts'
import { alarmList, alarmState, priorityMark } from './alarm-list.ts'
import type { BreweryModel } from './brewery-model.ts'
import type { PageHandlers } from './page-handlers.ts'
import type { Preferences } from './preferences.ts'
import type { AlarmOperation, AskedOperation } from './service.ts'
import { t } from './texts.ts'

const groups = ['all', 'new', 'standing', 'aside'] as const
type Group = (typeof groups)[number]

/** Which alarms belong to a group. */
const isIn: Record<Group, (alarm: Alarm) => boolean> = {
    all: () => true,
    new: isUnacknowledged,
    standing: (alarm) => !isUnacknowledged(alarm) && !isAside(alarm),
    aside: isAside,
}

const isAsked = (operation: AlarmOperation): operation is AskedOperation =>
    ['ack', 'shelve', 'suppress', 'remove-from-service'].includes(operation)

/** Transitions in one answer. */
const PAGE = 50

/** The alarms that stand, what people do with them, and what happened to them. */
class AlarmsView extends LitElement {
    static override properties = { model: {}, preferences: {}, group: { state: true }, selected: { state: true }, history: { state: true } }
    declare model: BreweryModel
    declare preferences: Preferences
    declare group: Group
    /** The alarm whose history is shown; undefined for that of all. */
    declare selected: string | undefined
    /** Latest first; undefined while it is asked for. */
    declare history: Transition[] | undefined
    handlers!: PageHandlers
    #lack = ''
    #hasMore = false
    /** The latest transition that the history was asked for after. */
    #known = 0

    constructor() {
        super()
        this.group = 'all'
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    protected override firstUpdated(): void {
        void this.#load()
    }

    protected override updated(): void {
        const latest = this.model.transitions[0]?.seq ?? 0
        if (latest > this.#known) void this.#load()
    }

    /** What was read before may be out of date. */
    reload(): void {
        void this.#load()
    }

    /** @param before the transition that is shown last, to see what was before that */
    async #load(before?: number): Promise<void> {
        this.#known = Math.max(this.#known, this.model.transitions[0]?.seq ?? 0)
        const id = this.selected
        try {
            const found = await this.model.service.transitions({ id, before, limit: PAGE })
            if (id !== this.selected) return
            this.#lack = ''
            this.#hasMore = found.length === PAGE
            this.history = before === undefined ? found : [...(this.history ?? []), ...found]
        } catch (error) {
            this.#lack = (error as Refused).message
        }
        this.requestUpdate()
    }

    #select(id: string | undefined): void {
        this.selected = id === this.selected ? undefined : id
        this.history = undefined
        void this.#load()
    }

    #act(operation: AlarmOperation, alarms: readonly Alarm[]): void {
        if (isAsked(operation)) void this.querySelector<AlarmDialog>('alarm-dialog')!.open(operation, alarms)
        else void this.#do({ operation, alarms, request: this.preferences.who ? { by: this.preferences.who } : {} })
    }

    async #do({ operation, alarms, request }: AlarmRequested): Promise<void> {
        if (request.by && request.by !== this.preferences.who) this.handlers.prefer({ who: request.by })
        const failures: string[] = []
        for (const { id, text } of alarms)
            await this.model.service
                .operate(operation, id, request)
                .catch((error: Refused) => failures.push(alarms.length > 1 ? `${text || id}: ${error.message}` : error.message))
        if (failures.length > 0) this.handlers.refused(t(`not_${operation}`, { reason: failures.join('; ') }))
        else this.handlers.done(t(`did_${operation}`, { count: alarms.length }))
        await this.model.refreshAlarms()
    }

    protected override render(): TemplateResult {
        const all = [...this.model.alarms.values()].sort(byUrgency)
        const shown = all.filter(isIn[this.group])
        const unacknowledged = all.filter(isUnacknowledged)
        return html`<section class="card" aria-labelledby="alarms-heading">
                <h2 id="alarms-heading" class="unseen">${t('alarms')}</h2>
                <div class="choices">
                    <div class="segments" role="group" aria-label=${t('whichAlarms')}>${groups.map((group) => this.#segment(group, all))}</div>
                    ${unacknowledged.length > 1 ? html`<button type="button" class="end" @click=${() => this.#act('ack', unacknowledged)}>${t('ackAll')} …</button>` : nothing}
                </div>
                ${shown.length > 0 ? this.#list(shown) : this.#blank(all.length)}
            </section>
            ${this.#history()}
            <alarm-dialog .who=${this.preferences.who} .confirmed=${(request: AlarmRequested) => void this.#do(request)}></alarm-dialog>`
    }

    #segment(group: Group, all: readonly Alarm[]): TemplateResult {
        const count = group === 'all' ? 0 : all.filter(isIn[group]).length
        const choose = () => {
            this.group = group
        }
        return html`<button type="button" aria-pressed=${group === this.group} @click=${choose}>
            ${t(`alarms_${group}`)}${count ? html` <small>${count}</small>` : nothing}
        </button>`
    }

    #list(alarms: readonly Alarm[]): TemplateResult {
        return alarmList({
            ...{ alarms, now: this.model.now, selected: this.selected },
            select: ({ id }) => this.#select(id),
            act: (operation, alarm) => this.#act(operation, [alarm]),
        })
    }

    #blank(total: number): TemplateResult {
        const showAll = () => {
            this.group = 'all'
        }
        if (total > 0)
            return html`<p class="hint">${t('noSuchAlarm')} <button type="button" class="link" @click=${showAll}>${t('showAll')}</button></p>`
        return html`<p class="hint calm">${t('noAlarms')}</p><p class="hint">${t('noAlarmsHint')}</p>`
    }

    #history(): TemplateResult {
        const alarm = this.selected === undefined ? undefined : this.model.alarms.get(this.selected)
        const name = alarm?.text || this.selected
        const more = () => void this.#load(this.history!.at(-1)!.seq)
        return html`<section class="card" aria-labelledby="history-heading">
            <header>
                <h2 id="history-heading">${name ? t('historyOf', { alarm: name }) : t('history')}</h2>
                ${this.selected === undefined ? nothing : html`<button type="button" class="link" @click=${() => this.#select(undefined)}>${t('ofAll')}</button>`}
            </header>
            ${alarm ? this.#further(alarm) : nothing}
            ${this.#lack ? html`<p class="hint">${t('noHistory', { reason: this.#lack })}</p>` : nothing}
            ${this.history ? this.#transitions(this.history) : this.#lack ? nothing : html`<p class="hint">${t('loading')}</p>`}
            ${this.#hasMore ? html`<button type="button" class="more" @click=${more}>${t('more')}</button>` : nothing}
        </section>`
    }

    /** What is done with an alarm more seldom. */
    #further(alarm: Alarm): TemplateResult {
        const button = (operation: AskedOperation) =>
            html`<button type="button" @click=${() => this.#act(operation, [alarm])}>${t(operation)} …</button>`
        return html`<div class="choices">
            ${canSuppress(alarm) ? button('suppress') : nothing} ${canRemove(alarm) ? button('remove-from-service') : nothing}
        </div>`
    }

    #transitions(all: readonly Transition[]): TemplateResult {
        if (all.length === 0) return html`<p class="hint">${t('noTransitions')}</p>`
        return html`<ol class="transitions">
            ${all.map(
                (one) => html`<li>
                    <time datetime=${one.time}>${momentText(Date.parse(one.time), 1000)}</time>
                    ${priorityMark(one)}
                    <span class="what">${one.text || one.id}</span>
                    <span class="how">${alarmState(one)}</span>
                    <small>${[one.by, one.comment].filter(Boolean).join(': ')}</small>
                </li>`,
            )}
        </ol>`
    }
}

customElements.define('alarms-view', AlarmsView)
