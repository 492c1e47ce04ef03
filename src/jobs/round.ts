import type { Kysely } from '../store/index.ts'
import type { JobEvent } from './machine.ts'
import { nextDeadline, overdue, waiting, waitingSeries } from './queries.ts'
import type { JobRecord } from './record.ts'
import type { Fired, Round, RoundResult } from './repository.ts'
import { readJobs, toRecord } from './rows.ts'
import type { JobTables } from './tables.ts'
import type { WorkingSet } from './working-set.ts'

type Db = Kysely<JobTables>

const send: JobEvent = { type: 'send' }

/** Has what is due become due, what is over end, and what can be sent be sent. @param locks whether other Node-REDs may do so, too */
export async function round(db: Db, given: Round, set: WorkingSet, locks: boolean): Promise<RoundResult> {
    const { queue, now } = given
    const kind = locks ? 'locking' : 'plain'
    given.begin()
    const sent = await fallDue(db, given, set)
    await pass(db, given, set, kind)
    // What has just become due without a place is to be found among those that wait.
    await set.flush(db)
    const found = new Map<string, number>()
    const taken = await queued(db, given, kind, found)
    for (const job of taken) {
        set.load(job)
        sent.push(set.apply(job.id, send, now).job)
    }
    if (taken.length > 0) await set.flush(db)
    const deadlineAt = (await nextDeadline(db, queue)).rows[0]?.deadline_at ?? null
    return { outcomes: set.outcomes, sent, found, deadlineAt }
}

/** @returns those that are sent at once */
async function fallDue(db: Db, { due, now, hasPlace }: Round, set: WorkingSet): Promise<JobRecord[]> {
    const series = await waitingSeries(
        db,
        due.flatMap((job) => job.series ?? []),
    )
    const ready: JobRecord[] = []
    for (const job of due) {
        set.load(job)
        const isBehind = job.series !== null && series.has(job.series)
        const after = set.apply(job.id, { type: 'due', isBehind }, now).job
        if (after.status === 'due') ready.push(after)
    }
    // In the order in which they would be taken from the queue.
    ready.sort((a, b) => b.priority - a.priority)
    return ready.filter(hasPlace).map(({ id }) => set.apply(id, send, now).job)
}

async function pass(db: Db, { queue, now, limit, isSettling }: Round, set: WorkingSet, kind: 'locking' | 'plain'): Promise<void> {
    const { rows } = await overdue[kind](db, queue, now.task, limit)
    for (const job of rows.map(toRecord)) {
        set.load(job)
        set.apply(job.id, { type: 'deadline', isSettling: isSettling(job.id) }, now)
    }
}

async function queued(db: Db, { queue, free }: Round, kind: 'locking' | 'plain', found: Map<string, number>): Promise<JobRecord[]> {
    const taken: JobRecord[] = []
    for (const { target, places } of free()) {
        const { rows } = await waiting[kind](db, queue, target, places)
        found.set(target, rows.length)
        taken.push(...rows.map(toRecord))
    }
    return taken
}

/** Writes down what was sent before. */
export async function mark(db: Db, fired: readonly Fired[], set: WorkingSet, locks: boolean): Promise<void> {
    const repeating = fired.filter(({ job }) => job.series !== null).map(({ job }) => job.id)
    // Another database may have been opened since: a next run that is there already is not made again.
    const found = repeating.length > 0 ? await readJobs(db, repeating, locks) : []
    for (const job of found) set.load(job)
    for (const { job, at, delivered, endedAt } of fired) {
        const { id, series } = job
        if (series === null) set.load(job)
        if (set.get(id)?.status !== 'scheduled') continue
        set.apply(id, { type: 'due' }, at)
        const { fence } = set.apply(id, send, at).job
        set.apply(id, { type: 'delivered', fence, delivered }, endedAt)
    }
    await set.flush(db)
}
