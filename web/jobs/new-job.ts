import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { entryOf, field, numberOf, textInput } from '../shared/fields.ts'
import type { Fault, Refused } from '../shared/rest.ts'
import type { Robot } from './job.ts'
import { type Kind, type Preview, presets, previewed, readSchedule, scheduleFields } from './schedule-fields.ts'
import { faultsInLanguage, inLanguage } from './server-texts.ts'
import type { Service, Trigger } from './service.ts'
import { t } from './texts.ts'

/** Milliseconds after the last key until the next runs are asked for. */
const SETTLED = 300
/** What the choice of a robot says for one that is not listed. */
const OTHER = ''

/** The form that schedules a job. */
export class NewJob extends LitElement {
    static override properties = { robots: {}, kind: {}, faults: {}, trouble: {}, isPending: {}, isOther: {}, preview: {} }
    declare service: Service
    declare robots: ReadonlyMap<string, Robot>
    declare kind: Kind
    /** What is wrong with what was entered. */
    declare faults: readonly Fault[]
    /** Why it was not scheduled, where no field is to blame. */
    declare trouble: string
    declare isPending: boolean
    /** Whether the robot is none of those that are known. */
    declare isOther: boolean
    /** The next runs of what was entered. */
    declare preview: Preview | undefined
    declare added: (jobId: string, dueAt: string) => void
    #settled: ReturnType<typeof setTimeout> | undefined
    /** How often the next runs were asked for: only the latest answer counts. */
    #asked = 0

    constructor() {
        super()
        this.kind = 'once'
        this.faults = []
        this.trouble = ''
        this.isPending = this.isOther = false
    }

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    /** @param address of the robot that is chosen at first */
    async open(address: string): Promise<void> {
        const all = [...this.robots.values()]
        const chosen = this.robots.get(address) ?? all.find(({ connected }) => connected) ?? all[0]
        this.isOther = chosen === undefined
        this.requestUpdate()
        await this.updateComplete
        this.querySelector<HTMLSelectElement>('#robot')!.value = chosen?.robotAddress ?? OTHER
        this.querySelector('dialog')!.showModal()
        this.#previewSoon()
    }

    get #form(): HTMLFormElement {
        return this.querySelector('form')!
    }

    #close(): void {
        this.querySelector('dialog')!.close()
    }

    #previewSoon(): void {
        clearTimeout(this.#settled)
        this.#settled = setTimeout(() => void this.#ask(), SETTLED)
    }

    async #ask(): Promise<void> {
        const turn = ++this.#asked
        const schedule = readSchedule(this.#form, this.kind)
        const found = await previewed(this.service, schedule)
        if (turn !== this.#asked) return
        this.preview = found.preview
        this.faults = [...this.faults.filter(({ path }) => !path.startsWith('Schedule')), ...found.faults]
    }

    #trigger(): Trigger {
        const value = (name: string) => entryOf(this.#form, name)
        const robot = this.robots.get(value('robot'))
        const [hash, priority] = [value('hash'), value('priority')]
        return {
            Package: { package_name: value('package_name'), path: value('path'), ...(hash && { hash }) },
            Robot: robot
                ? { robot_name: robot.robotName, robot_address: robot.robotAddress }
                : { robot_name: value('robot_name'), robot_address: value('robot_address') },
            Schedule: readSchedule(this.#form, this.kind),
            ...(priority && { Policy: { priority: numberOf(priority) } }),
        }
    }

    async #submit(event: Event): Promise<void> {
        event.preventDefault()
        if (this.isPending) return
        this.isPending = true
        this.trouble = ''
        try {
            const { jobId, dueAt } = await this.service.add(this.#trigger())
            this.faults = []
            this.#form.reset()
            this.#close()
            this.added(jobId, dueAt)
        } catch (error) {
            await this.#refused(error as Refused)
        } finally {
            this.isPending = false
        }
    }

    async #refused({ message, faults }: Refused): Promise<void> {
        this.faults = faultsInLanguage(faults)
        await this.updateComplete
        const invalid = this.querySelector<HTMLElement>('[aria-invalid="true"]')
        const unplaced = this.faults.filter(({ path }) => !this.querySelector(`[data-paths~="${CSS.escape(path)}"]`))
        if (!invalid) this.trouble = t('notAdded', { reason: inLanguage(message) })
        else if (unplaced.length > 0) this.trouble = unplaced.map((one) => `${one.path} ${one.message}`).join('; ')
        else this.trouble = faults.length === 1 ? t('oneFault') : t('faults', { count: faults.length })
        const details = invalid?.closest('details')
        if (details) details.open = true
        invalid?.focus()
    }

    protected override render(): TemplateResult {
        return html`<dialog class="form" aria-labelledby="new-heading">
            <form novalidate @submit=${(event: Event) => void this.#submit(event)}>
                <h3 id="new-heading">${t('newJob')}</h3>
                <p class="fault general" role="alert">${this.trouble}</p>
                ${textInput(this.faults, { name: 'package_name', label: t('packageName'), paths: ['Package.package_name', 'Package'] })}
                ${textInput(this.faults, { name: 'path', label: t('packagePath'), paths: ['Package.path'] })} ${this.#robotFields()}
                ${scheduleFields(this.faults, this.kind, this.preview, {
                    choose: (kind) => {
                        this.kind = kind
                        this.preview = undefined
                        this.faults = this.faults.filter(({ path }) => !path.startsWith('Schedule'))
                        void this.updateComplete.then(() => this.#previewSoon())
                    },
                    changed: () => this.#previewSoon(),
                })}
                ${this.#more()}
                <div class="buttons">
                    <button type="button" @click=${() => this.#close()}>${t('dismiss')}</button>
                    <button type="submit" class="primary" ?disabled=${this.isPending}>${this.isPending ? t('adding') : t('add')}</button>
                </div>
            </form>
        </dialog>`
    }

    #robotFields(): TemplateResult {
        const choose = ({ target }: Event) => {
            this.isOther = (target as HTMLSelectElement).value === OTHER
        }
        const all = [...this.robots.values()].sort((one, other) => one.robotName.localeCompare(other.robotName))
        const select = html`<select id="robot" name="robot" @change=${choose}>
            ${all.map(
                ({ robotAddress, robotName, connected }) =>
                    html`<option value=${robotAddress}>${robotName || robotAddress}${connected ? '' : ` (${t('away')})`}</option>`,
            )}
            <option value=${OTHER}>${t('otherRobot')}</option>
        </select>`
        const other = html`<div class="pair">
            ${textInput(this.faults, { name: 'robot_name', label: t('robotName'), paths: ['Robot.robot_name'] })}
            ${textInput(this.faults, { name: 'robot_address', label: t('robotAddress'), paths: ['Robot.robot_address', 'Robot'] })}
        </div>`
        return html`${field(this.faults, { name: 'robot', label: t('robot'), paths: this.isOther ? [] : ['Robot.robot_address', 'Robot.robot_name', 'Robot'] }, select)}
        ${this.isOther ? other : nothing}`
    }

    #more(): TemplateResult {
        return html`<details>
            <summary>${t('furtherOptions')}</summary>
            ${textInput(this.faults, { name: 'hash', label: t('hash'), paths: ['Package.hash'], hint: t('hashHint') })}
            ${textInput(this.faults, {
                name: 'priority',
                label: t('priority'),
                paths: ['Policy.priority', 'Policy'],
                hint: t('priorityHint'),
                placeholder: '0',
            })}
            ${presets.zones}
            ${textInput(this.faults, {
                name: 'timeZone',
                label: t('timeZone'),
                paths: ['Schedule.timeZone'],
                hint: t('timeZoneHint'),
                list: 'zones',
                value: Intl.DateTimeFormat().resolvedOptions().timeZone,
                changed: () => this.#previewSoon(),
            })}
        </details>`
    }
}

customElements.define('new-job', NewJob)
