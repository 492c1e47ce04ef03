import type { Kysely } from '../store/index.ts'
import type { JobEvent } from './machine.ts'
import { due, nextDeadline, nextDue, overdue, waiting } from './queries.ts'
import type { JobRecord } from './record.ts'
import type { Round, RoundResult } from './repository.ts'
import { toRecord } from './rows.ts'
import type { JobTables } from './tables.ts'
import type { WorkingSet } from './working-set.ts'

type Db = Kysely<JobTables>

const send: JobEvent = { type: 'send' }

/** Has what is due become due, what is over end, and what can be sent be sent. @param locks whether other Node-REDs may do so, too */
export async function round(db: Db, given: Round, set: WorkingSet, locks: boolean): Promise<RoundResult> {
    const { queue, now } = given
    const kind = locks ? 'locking' : 'plain'
    given.begin()
    const sent = [...(await fallDue(db, given, set, kind))]
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
    const [first, soonest] = [await nextDue(db, queue), await nextDeadline(db, queue)]
    const [dueAt, deadlineAt] = [first.rows[0]?.due_at ?? null, soonest.rows[0]?.deadline_at ?? null]
    return { outcomes: set.outcomes, sent, found, dueAt, deadlineAt }
}

/** @returns those that are sent at once */
async function fallDue(db: Db, { queue, now, limit, hasPlace }: Round, set: WorkingSet, kind: 'locking' | 'plain'): Promise<JobRecord[]> {
    const { rows } = await due[kind](db, queue, now.wall, limit)
    const ready: JobRecord[] = []
    for (const job of rows.map(toRecord)) {
        set.load(job)
        const after = set.apply(job.id, { type: 'due' }, now).job
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
