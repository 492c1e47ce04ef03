import { type Query, Rest } from '../shared/rest.ts'
import type { Job, Robot } from './job.ts'
import { t } from './texts.ts'

/** Jobs in one answer, unless told otherwise. */
const PAGE = 100

export interface JobFilter {
    status?: readonly string[] | undefined
    /** The address of a robot; blank for all. */
    robot?: string
    /** Due within this time, in milliseconds since 1970. */
    from?: number
    to?: number
    /** The next one first. */
    isAscending?: boolean
    /** Where the page before ended. */
    after?: string | undefined
    /** Jobs in one answer. */
    limit?: number
}

export interface JobPage {
    jobs: Job[]
    /** Where the next page begins, if there is one. */
    next?: string
}

/** What a trigger sends: see the seed's format. */
export interface Trigger {
    Package: Record<string, unknown>
    Robot: { robot_name: string; robot_address: string }
    Schedule: Record<string, string>
    Policy?: { priority: number | string }
}

const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())

/** The REST service of the job server. */
export class Service extends Rest {
    /** @param url below which its paths are */
    constructor(url: string) {
        super(url, (endpoint) => t('odd', { endpoint }))
    }

    /** Where the live events are. */
    get events(): string {
        return `${this.base}robots/events`
    }

    robots = async (): Promise<Robot[]> => (await this.get<{ robots: Robot[] }>('robots/list', {}, 'robots')).robots

    jobs({ status, robot, from, to, isAscending, after, limit = PAGE }: JobFilter): Promise<JobPage> {
        const query = {
            status: status?.join(','),
            robot,
            from: iso(from),
            to: iso(to),
            order: isAscending ? 'asc' : 'desc',
            limit,
            cursor: after,
        }
        return this.get<JobPage>('jobs', query, 'jobs')
    }

    job = (id: string) => this.#one('GET', `jobs/${encodeURIComponent(id)}`)
    /** @param isWhole whether no further run of a job that repeats itself is to come */
    cancel = (id: string, isWhole = true) =>
        this.#one('DELETE', `jobs/${encodeURIComponent(id)}`, { series: isWhole ? undefined : 'false' })
    force = (id: string) => this.#one('POST', `jobs/${encodeURIComponent(id)}/force`)
    retry = (id: string) => this.#one('POST', `jobs/${encodeURIComponent(id)}/retry`)

    add = async (trigger: Trigger): Promise<{ jobId: string; dueAt: string }> =>
        Object(await this.ask('POST', 'jobs', {}, trigger)) as { jobId: string; dueAt: string }

    /** The next runs, in ISO 8601. */
    preview = (schedule: Trigger['Schedule']): Promise<{ runs: string[] }> =>
        this.ask('POST', 'jobs/preview', {}, { Schedule: schedule, count: 5 }).then((answer) => Object(answer))

    async #one(method: string, path: string, query?: Query): Promise<Job> {
        return (Object(await this.ask(method, path, query)) as { job: Job }).job
    }
}
