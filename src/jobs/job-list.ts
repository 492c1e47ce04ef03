import { badInput, identifier, isMissing, moment, optional, wholeNumber, word } from '../lib/index.ts'
import { type Job, type JobStatus, STATUSES } from './job.ts'
import { type JobRecord, jobOf } from './record.ts'
import type { JobFilter } from './repository.ts'

/** Of which jobs a list is; what is left out is no condition. Everything may be text, as in the query of a URL. */
export interface JobsQuery {
    /** One, several, or several in a text with commas in between. */
    status?: unknown
    /** The address of a robot. */
    target?: unknown
    /** The id of the first run of a repeating job. */
    series?: unknown
    /** Those due from then on, and before that. */
    from?: unknown
    to?: unknown
    /** `asc` by default: those due soonest first. */
    order?: unknown
    /** `next` of the page before. */
    cursor?: unknown
    /** How many jobs a page has: 100 by default, 1000 at the most; fewer where they are large. */
    limit?: unknown
}

export interface JobsPage {
    jobs: Job[]
    /** The cursor of the next page, if there is one. */
    next?: string
}

/** @throws {@link Refusal} 422 `BAD_INPUT` */
export function readQuery({ status, target, series, from, to, order, cursor, limit }: JobsQuery): JobFilter {
    return {
        status: optional(status, readStatuses),
        target: optional(target, (given) => identifier('robot', given)),
        series: optional(series, (given) => identifier('series', given)),
        from: optional(from, (given) => moment('from', given)),
        to: optional(to, (given) => moment('to', given)),
        after: optional(cursor, readCursor),
        descending: !isMissing(order) && word('order', order, ['asc', 'desc']) === 'desc',
        limit: isMissing(limit) ? 100 : wholeNumber('limit', limit, 1, 1000),
    }
}

const readStatuses = (given: unknown): JobStatus[] =>
    (typeof given === 'string' ? given.split(',') : Array.isArray(given) ? given : [given]).map((one) => word('status', one, STATUSES))

function readCursor(given: unknown): NonNullable<JobFilter['after']> {
    const [, dueAt, seq] = /^(-?\d{1,16})\.(\d{1,16})$/.exec(typeof given === 'string' ? given : '') ?? []
    if (dueAt === undefined) throw badInput('cursor', 'must be the next of the page before')
    return { dueAt: Number(dueAt), seq: Number(seq) }
}

/** @param hasMore whether there is a next page */
export function pageOf(rows: readonly { job: JobRecord; seq: number }[], hasMore: boolean): JobsPage {
    const last = hasMore ? rows.at(-1) : undefined
    return { jobs: rows.map(({ job }) => jobOf(job)), ...(last && { next: `${last.job.dueAt}.${last.seq}` }) }
}
