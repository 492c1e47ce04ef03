import { chunks, type Kysely, preparedRows, type Selectable, sql, whole } from '../store/index.ts'
import type { HistoryEntry, JobStatus, Phases } from './job.ts'
import { freshRecord, hasEnded, type JobPlan, type JobRecord } from './record.ts'
import type { JobsTable, JobTables } from './tables.ts'

type Db = Kysely<JobTables>
export type JobRow = Omit<Selectable<JobsTable>, 'history'>
export type ListedRow = Omit<JobRow, 'payload' | 'value'>
/** What is read of a job that waits for its time. */
export type WaitingRow = Pick<JobRow, (typeof waitingColumns)[number]>
type Value = string | number | null

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))
const time = (at: number | null): number | null => (at === null ? null : whole(at))

/** What changes of a job in the course of its life, by column. @param retention milliseconds for which a job is kept once it has ended */
const changing = (job: JobRecord, retention: number) => ({
    status: job.status as string,
    delivery: job.delivery as string,
    cancelling: Number(job.cancelling),
    forced: Number(job.forced),
    attempt: job.attempt,
    fence: job.fence,
    ready_at: time(job.readyAt),
    not_before: time(job.notBefore),
    expires_at: time(job.expiresAt),
    deadline_at: time(job.deadlineAt),
    sent_at: time(job.sentAt),
    ended_at: time(job.endedAt),
    forget_at: hasEnded(job) ? whole(job.endedAt! + retention) : null,
    lateness: time(job.lateness),
    progress: json(job.progress),
    reason: job.reason,
    cause: job.cause as string | null,
    value: job.value,
    strays: job.strays,
})

/** What stays as it was given, by column. */
const lasting = (job: JobPlan) => ({
    id: job.id,
    queue: job.queue,
    target: job.target,
    target_name: job.targetName,
    name: job.name,
    payload: job.payload,
    schedule: job.schedule,
    policy: job.policy,
    priority: job.priority,
    series: job.series,
    run: job.run,
    created_at: whole(job.createdAt),
    due_at: whole(job.dueAt),
    key: job.key,
    path: job.path,
})

const planOf = (row: WaitingRow): JobPlan => ({
    id: row.id,
    queue: row.queue,
    target: row.target,
    targetName: row.target_name,
    name: row.name,
    payload: row.payload,
    schedule: row.schedule,
    policy: row.policy,
    priority: row.priority,
    series: row.series,
    run: row.run,
    createdAt: row.created_at,
    dueAt: row.due_at,
    key: row.key,
    path: row.path,
})

export const toRecord = (row: JobRow): JobRecord => ({
    ...planOf(row),
    status: row.status as JobStatus,
    delivery: row.delivery as Phases['delivery'],
    cancelling: row.cancelling === 1,
    forced: row.forced === 1,
    attempt: row.attempt,
    fence: row.fence,
    readyAt: row.ready_at,
    notBefore: row.not_before,
    expiresAt: row.expires_at,
    deadlineAt: row.deadline_at,
    sentAt: row.sent_at,
    endedAt: row.ended_at,
    lateness: row.lateness,
    progress: row.progress === null ? null : JSON.parse(row.progress),
    reason: row.reason,
    cause: row.cause as JobRecord['cause'],
    value: row.value,
    strays: row.strays,
})

/** A job that waits for its time: but for what answers it got it is as it was at its beginning. */
export const toFresh = (row: WaitingRow): JobRecord => {
    const job = freshRecord(planOf(row))
    job.strays = row.strays
    return job
}

/** The values do not matter: it is for the names of the columns and their order. */
const example = freshRecord({
    ...{ id: '', queue: '', target: '', targetName: '', name: '', payload: '', schedule: '', policy: '', priority: 0, series: '', run: 1 },
    ...{ createdAt: 0, dueAt: 0, key: '', path: '' },
})

const insertRows = preparedRows<JobTables>((db, rows) => {
    const row = lasting(example)
    // A null among the values would become a word of the statement.
    const values = Object.fromEntries(Object.keys(row).map((name) => [name, 0])) as unknown as typeof row
    return db.insertInto('jobs').values(Array.from({ length: rows }, () => values))
})

/** Adds jobs as they are at their beginning. */
export const insertJobs = (db: Db, jobs: readonly JobPlan[]): Promise<unknown> =>
    insertRows(
        db,
        jobs.map((job) => Object.values(lasting(job))),
    )

const texts = new Set(['status', 'delivery', 'progress', 'reason', 'cause', 'value'])
const changingNames = Object.keys(changing(example, 0))

/** A job in a list: without what is sent, but for the path of a package, and without what came of it. */
export const toListed = (row: ListedRow): JobRecord => toRecord({ ...row, payload: JSON.stringify({ path: row.path }), value: null })

/** All that is known of a job, without its history. */
export const jobColumns = ['seq', ...Object.keys(lasting(example)), ...changingNames] as Exclude<keyof JobsTable, 'history'>[]
/** Of these a job that waits for its time has others than at its beginning. */
export const waitingColumns = ['seq', ...Object.keys(lasting(example)), 'strays'] as (keyof ReturnType<typeof lasting> | 'seq' | 'strays')[]

/** What a list has of them. */
export const listColumns = jobColumns.filter((name) => name !== 'payload' && name !== 'value') as Exclude<
    keyof JobRow,
    'payload' | 'value'
>[]

/** Characters of a history: one that is longer begins anew. */
const LONGEST_HISTORY = 100_000

/** Many rows in one statement: PostgreSQL takes as long for the way there and back as for all of them. */
const updateRows = preparedRows<JobTables>((db, rows) => {
    const list = sql.join(Array.from({ length: rows }, () => sql`(${sql.join(['id', 'history', ...changingNames])})`))
    // PostgreSQL takes what it is given here for text.
    const set = changingNames.map((name, i) => {
        const value = sql.ref(`given.column${i + 3}`)
        return texts.has(name) ? sql`${sql.ref(name)} = ${value}` : sql`${sql.ref(name)} = cast(${value} as bigint)`
    })
    // One of a robot that comes and goes for ever would grow for ever.
    const kept = sql`case when length(jobs.history) > ${sql.lit(LONGEST_HISTORY)} then '' else jobs.history end`
    const history = sql`history = ${kept} || given.column2`
    const query = sql`update jobs set ${sql.join([history, ...set])} from (values ${list}) as given where jobs.id = given.column1`
    return { compile: () => query.compile(db) }
})

/** Writes jobs as they are now, and adds to their histories. */
export const updateJobs = (
    db: Db,
    jobs: readonly { job: JobRecord; entries: readonly HistoryEntry[] }[],
    retention: number,
): Promise<unknown> =>
    updateRows(
        db,
        jobs.map(({ job, entries }): Value[] => [job.id, entries.map(lineOf).join(''), ...Object.values(changing(job, retention))]),
    )

const lineOf = ({ at, step, status, attempt, fence, reason, lateness }: HistoryEntry): string =>
    `${JSON.stringify([at, step, status, attempt, fence, reason, lateness])}\n`

/** The steps of a history as it is kept. */
export const entriesOf = (history: string): HistoryEntry[] =>
    history
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
            const [at, step, status, attempt, fence, reason, lateness] = JSON.parse(line)
            return { at, step, status, attempt, fence, reason, ...(lateness !== null && { lateness }) }
        })

/** @param locks whether rows can be locked, so that nobody changes them meanwhile */
export async function readJobs(db: Db, ids: readonly string[], locks: boolean): Promise<JobRecord[]> {
    const found: JobRecord[] = []
    for (const some of chunks(ids)) {
        const query = db.selectFrom('jobs').select(jobColumns).where('id', 'in', some)
        found.push(...(await (locks ? query.forUpdate() : query).execute()).map(toRecord))
    }
    return found
}
