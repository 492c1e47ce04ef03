import type { ConnectionState } from '../shared/connection.ts'
import { EventReader } from '../shared/event-reader.ts'
import { type Refused, refusalOf } from '../shared/rest.ts'
import { addressOf, isEnded, type Job, type Robot } from './job.ts'
import { type JobFilter, Service } from './service.ts'

/** Jobs that are remembered: of those that have ended, the ones due first are forgotten. */
const MOST_JOBS = 5000
/** What robots have said, that is remembered. */
const MOST_SAID = 100
/** Milliseconds in which several frames lead to one drawing. */
const TOGETHER = 50

/** Something that a robot has said. */
interface Remark {
    /** ISO 8601. */
    at: string
    address: string
    text: string
    jobId?: string
}

/** How many jobs fell due while the server was away, and what became of them. */
interface Restart {
    due: number
    run: number
    skipped: number
}

/** What is known of robots and jobs, kept up to date by the live events of the flow. */
export class JobsModel {
    readonly service: Service
    readonly robots = new Map<string, Robot>()
    readonly jobs = new Map<string, Job>()
    /** What robots have said, the latest last. */
    said: readonly Remark[] = []
    /** Until somebody has seen it. */
    restart: Restart | undefined
    connection: ConnectionState = { is: 'connecting' }
    /** Why nothing is known; undefined if something is. */
    trouble: Refused | undefined
    /** Whether the flow has told what there is. */
    isKnown = false
    /** Milliseconds that the server's clock is ahead of the browser's. */
    skew = 0
    readonly #changed: (isMissing: boolean) => void
    readonly #reader: EventReader
    /** When an event told of each job last, by the page's monotonic clock. */
    readonly #told = new Map<string, number>()
    /** Jobs of an earlier connection that nothing was heard of since. */
    readonly #old = new Set<string>()
    #due: ReturnType<typeof setTimeout> | undefined
    #isMissing = false

    /** @param changed is told whether something may have been missed, so that what was read before has to be read again */
    constructor(url: string, changed: (isMissing: boolean) => void) {
        this.#changed = changed
        this.service = new Service(url)
        this.#reader = new EventReader({
            url: this.service.events,
            received: (event, data) => this.#hear(event, Object(data)),
            changed: (state) => this.#connectionChanged(state),
            refusal: async (response) => (await refusalOf(response)).message,
        })
    }

    /** When the flow was known to be there last, in milliseconds since 1970; 0 if never. */
    get lastSeen(): number {
        return this.#reader.lastSeen
    }

    /** The time by the clock of the server. */
    get now(): number {
        return Date.now() + this.skew
    }

    /** The jobs, with what is known of their robots. */
    get all(): Job[] {
        return [...this.jobs.values()].map((job) => ({
            ...job,
            isAway: addressOf(job) !== '' && !this.robots.get(addressOf(job))?.connected,
        }))
    }

    connect(): void {
        this.#reader.connect()
    }

    /** Reads jobs that the events do not tell of. @returns where the next ones begin @throws {@link Refused} */
    async load(filter: JobFilter): Promise<string | undefined> {
        const asked = performance.now()
        const { jobs, next } = await this.service.jobs(filter)
        for (const job of jobs) this.#take(job, asked)
        return next
    }

    /** Asks the service about a job, or to do something with it. @throws {@link Refused} */
    async ask(request: (service: Service) => Promise<Job>): Promise<Job> {
        const asked = performance.now()
        const job = await request(this.service)
        this.#take(job, asked)
        return job
    }

    /** Reads all that there is anew: what was missed is not known. */
    async refresh(): Promise<void> {
        try {
            const robots = await this.service.robots()
            this.robots.clear()
            for (const robot of robots) this.robots.set(robot.robotAddress, robot)
            this.trouble = undefined
            this.isKnown = true
        } catch (error) {
            this.trouble = error as Refused
        }
        this.#drawSoon(true)
    }

    /** @param asked when it was asked for, by the page's monotonic clock; undefined for what an event tells */
    #take(job: Job, asked?: number): void {
        const known = this.jobs.get(job.id)
        this.#old.delete(job.id)
        // What an event has told since is newer than the answer.
        const isOld = known !== undefined && asked !== undefined && (this.#told.get(job.id) ?? 0) > asked
        if (asked === undefined) this.#told.set(job.id, performance.now())
        // Of a job whose history was read, that is kept until it is read again.
        const history = job.history ?? known?.history
        this.jobs.set(job.id, { ...(isOld ? known : job), ...(history && { history }) })
        if (this.jobs.size > MOST_JOBS) this.#forget()
        this.#drawSoon(false)
    }

    /** All that is shown has been read anew: what was not among it is gone. */
    dropOld(): void {
        for (const id of this.#old) this.#delete(id)
    }

    #forget(): void {
        const ended = [...this.jobs.values()].filter(isEnded).sort((one, other) => one.dueAt.localeCompare(other.dueAt))
        for (const { id } of ended.slice(0, MOST_JOBS / 10)) this.#delete(id)
    }

    #delete(id: string): void {
        this.jobs.delete(id)
        this.#told.delete(id)
        this.#old.delete(id)
    }

    #drawSoon(isMissing: boolean): void {
        this.#isMissing ||= isMissing
        this.#due ??= setTimeout(() => {
            this.#due = undefined
            const missing = this.#isMissing
            this.#isMissing = false
            this.#changed(missing)
        }, TOGETHER)
    }

    #connectionChanged(state: ConnectionState): void {
        this.connection = state
        // Without live events what there is is asked for at each attempt to get them.
        if (state.is === 'waiting') void this.refresh()
        this.#drawSoon(false)
    }

    /** @param news what has changed of it */
    #takeRobot(robotAddress: string, news: Partial<Robot>): void {
        const known = this.robots.get(robotAddress) ?? { robotName: '', connected: false }
        this.robots.set(robotAddress, { ...known, ...news, robotAddress })
    }

    #hear(event: string, { payload, topic }: { payload?: unknown; topic?: unknown }): void {
        if (event === 'state') this.#takeState(Object(payload))
        else if (event === 'job' && Object(payload).id) this.#take(payload as Job)
        else if (event === 'robot' && typeof topic === 'string') this.#takeRobot(topic, Object(payload))
        // How far a job is, is shown by it.
        else if (event === 'said' && typeof topic === 'string' && Object(payload).text)
            this.said = [...this.said, { ...(payload as Remark), address: topic }].slice(-MOST_SAID)
        else if (event === 'restart') this.restart = payload as Restart
        else if (event === 'removed') for (const id of Array.from<string>(Object(payload).ids ?? [])) this.#delete(id)
        else if (event === 'gap') void this.refresh()
        this.#drawSoon(false)
    }

    /** All robots, and the jobs that matter most. */
    #takeState({ robots = [], jobs = [], now, restart }: { robots?: Robot[]; jobs?: Job[]; now?: string; restart?: Restart }): void {
        this.robots.clear()
        for (const robot of robots) this.robots.set(robot.robotAddress, robot)
        this.#told.clear()
        // They stay until what there is now has been read.
        for (const id of this.jobs.keys()) this.#old.add(id)
        for (const job of jobs) this.#take(job)
        if (restart) this.restart = restart
        if (now) this.skew = Date.parse(now) - Date.now() || 0
        this.trouble = undefined
        this.isKnown = true
        this.#drawSoon(true)
    }
}

/** Of all robots, and of those that only jobs name: their names by their addresses, in the order of names. */
export function robotNames({ robots, jobs }: JobsModel): Map<string, string> {
    const named = new Map([...jobs.values()].map((job) => [addressOf(job), job.robot?.robot_name || addressOf(job)]))
    for (const { robotAddress, robotName } of robots.values()) named.set(robotAddress, robotName || robotAddress)
    return new Map([...named].sort(([, one], [, other]) => one.localeCompare(other)))
}
