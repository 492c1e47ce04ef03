import { chunks, type Kysely, sql, statement } from '../store/index.ts'
import type { JobFilter } from './repository.ts'
import { type JobRow, jobColumns, type ListedRow, listColumns, type WaitingRow, waitingColumns } from './rows.ts'
import type { JobTables } from './tables.ts'

type Db = Kysely<JobTables>

// The words of statuses stand in the statements themselves: otherwise SQLite does not see that an index of some rows only is the right one.
const scheduled = sql<boolean>`status = 'scheduled'`
const waits = sql<boolean>`status = 'due'`
const flies = sql<boolean>`status in ('sent', 'running')`
const isOfRobot = sql<boolean>`target != ''`
const hasDeadline = sql<boolean>`deadline_at is not null`

/** @param locks whether rows that another Node-RED is just changing are passed over, rather than waited for */
const lockable = <Q extends { forUpdate(): Q; skipLocked(): Q }>(query: Q, locks: boolean): Q =>
    locks ? query.forUpdate().skipLocked() : query

const overdueOf = (locks: boolean) =>
    statement<JobTables, [string, number, number], JobRow>((db, queue, now, limit) => {
        const query = db.selectFrom('jobs').select(jobColumns).where('queue', '=', queue).where(hasDeadline).where('deadline_at', '<=', now)
        return lockable(query.orderBy('deadline_at').limit(limit), locks)
    })

const waitingOf = (locks: boolean) =>
    statement<JobTables, [string, string, number], JobRow>((db, queue, target, limit) => {
        const query = db.selectFrom('jobs').select(jobColumns).where('queue', '=', queue).where('target', '=', target).where(waits)
        const ordered = query.where('not_before', 'is', null).orderBy('priority', 'desc').orderBy('ready_at').orderBy('seq')
        return lockable(ordered.limit(limit), locks)
    })

const both = <T>(make: (locks: boolean) => T) => ({ locking: make(true), plain: make(false) })

/** Those that wait for their time, from a time on, and at that time from one on that was added then, soonest first. */
export const soon = statement<JobTables, [string, number, number, number], WaitingRow>((db, queue, dueAt, seq, limit) => {
    const query = db.selectFrom('jobs').select(waitingColumns).where('queue', '=', queue).where(scheduled)
    return query.where(sql<boolean>`(due_at, seq) >= (${dueAt}, ${seq})`).orderBy('due_at').orderBy('seq').limit(limit)
})

/** Those whose deadline is over, soonest first. */
export const overdue = both(overdueOf)
/** Those that wait for a target, in the order in which they are sent. */
export const waiting = both(waitingOf)

export const nextDeadline = statement<JobTables, [string], { deadline_at: number | null }>((db, queue) =>
    db.selectFrom('jobs').select('deadline_at').where('queue', '=', queue).where(hasDeadline).orderBy('deadline_at').limit(sql.lit(1)),
)

export const inFlight = statement<JobTables, [string, string, number], JobRow>((db, queue, target, limit) =>
    db
        .selectFrom('jobs')
        .select(jobColumns)
        .where('queue', '=', queue)
        .where('target', '=', target)
        .where(flies)
        .orderBy('seq')
        .limit(limit),
)

/** Of some repeating jobs, by the ids of their first runs, those that have a run that waits to be sent. */
export async function waitingSeries(db: Db, series: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>()
    for (const some of chunks(series)) {
        const rows = await db.selectFrom('jobs').select('series').where('series', 'in', some).where(waits).execute()
        for (const row of rows) found.add(row.series!)
    }
    return found
}

export const planned = (db: Db, queue: string, series: string): Promise<JobRow | undefined> =>
    db.selectFrom('jobs').select(jobColumns).where('series', '=', series).where('queue', '=', queue).where(scheduled).executeTakeFirst()

/** Those of some ids that a job has, or the first run of a repeating one had, in whatever queue. */
export async function known(db: Db, ids: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>()
    for (const some of chunks(ids)) {
        const firsts = db.selectFrom('jobs').select('series as id').where('series', 'in', some)
        const all = await db.selectFrom('jobs').select('id').where('id', 'in', some).union(firsts.$castTo<{ id: string }>()).execute()
        for (const { id } of all) found.add(id)
    }
    return found
}

/** Rows of a list, by the time at which they are due, one more than the limit if there are more. */
export function list(db: Db, queue: string, filter: JobFilter): Promise<ListedRow[]> {
    const { status, target, series, key, from, to, after, descending, limit } = filter
    let query = db.selectFrom('jobs').select(listColumns).where('queue', '=', queue)
    if (status) query = query.where('status', 'in', [...status])
    if (target !== undefined) query = query.where('target', '=', target)
    if (target) query = query.where(isOfRobot)
    if (series !== undefined) query = query.where('series', '=', series)
    if (key !== undefined) query = query.where('key', '=', key)
    if (from !== undefined) query = query.where('due_at', '>=', from)
    if (to !== undefined) query = query.where('due_at', '<', to)
    if (after) query = query.where(sql<boolean>`(due_at, seq) ${sql.raw(descending ? '<' : '>')} (${after.dueAt}, ${after.seq})`)
    const direction = descending ? 'desc' : 'asc'
    return query
        .orderBy('due_at', direction)
        .orderBy('seq', direction)
        .limit(limit + 1)
        .execute()
}
