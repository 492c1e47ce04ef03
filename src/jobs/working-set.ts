import { messageOf, Refusal } from '../lib/index.ts'
import type { Kysely } from '../store/index.ts'
import type { HistoryEntry, JobStatus } from './job.ts'
import { type JobEvent, step } from './machine.ts'
import { freshRecord, type JobRecord } from './record.ts'
import { insertJobs, updateJobs } from './rows.ts'
import { ended, type Spawn, type Stepped, type Times } from './steps.ts'
import type { JobTables } from './tables.ts'

/** What became of a job in a commit. */
export interface Outcome {
    /** What it was before; null for a new one. */
    before: JobStatus | null
    job: JobRecord
    entries: HistoryEntry[]
    taken: boolean
    stray?: Stepped['stray']
    /** The run that was made beside those that are planned. */
    extra?: JobRecord
    refusal?: Refusal
}

export interface WorkingSetOptions {
    newId: () => string
    /** Milliseconds for which a job is kept once it has ended. */
    retention: number
}

interface Held {
    job: JobRecord
    /** It is not in the store yet. */
    isNew: boolean
    /** It is not as it is in the store, or as it is at its beginning. */
    isChanged: boolean
    /** What has yet to be added to its history. */
    entries: HistoryEntry[]
}

/** Jobs that are changed in one write: each is written once, however often it was changed. */
export class WorkingSet {
    readonly outcomes: Outcome[] = []
    readonly #o: WorkingSetOptions
    readonly #jobs = new Map<string, Held>()

    constructor(options: WorkingSetOptions) {
        this.#o = options
    }

    get(id: string): JobRecord | undefined {
        return this.#jobs.get(id)?.job
    }

    /** Takes a job as it was read, unless it is here already. */
    load(job: JobRecord): void {
        if (!this.#jobs.has(job.id)) this.#jobs.set(job.id, { job, isNew: false, isChanged: false, entries: [] })
    }

    add(job: JobRecord): Outcome {
        this.#jobs.set(job.id, { job, isNew: true, isChanged: false, entries: [] })
        const outcome: Outcome = { before: null, job, entries: [], taken: true }
        this.outcomes.push(outcome)
        return outcome
    }

    /** Has something happen to a job that is here. */
    apply(id: string, event: JobEvent, now: Times): Outcome {
        const held = this.#jobs.get(id)!
        const before = held.job
        const stepped = attempt(before, event, now)
        if (stepped instanceof Refusal) return { before: before.status, job: before, entries: [], taken: false, refusal: stepped }
        const { job, entries, spawn, taken, stray } = stepped
        held.job = job
        held.isChanged ||= job !== before
        held.entries.push(...entries)
        const outcome: Outcome = { before: before.status, job, entries, taken, stray }
        if (job !== before) this.outcomes.push(outcome)
        if (spawn) this.#spawn(job, spawn, outcome, now)
        return outcome
    }

    #spawn(job: JobRecord, { dueAt, isExtra = false }: Spawn, outcome: Outcome, now: Times): void {
        const id = this.#o.newId()
        const fresh = freshRecord({ ...job, id, dueAt, createdAt: now.wall })
        if (!isExtra) return void this.add({ ...fresh, run: job.run + 1 })
        this.add({ ...fresh, series: null })
        outcome.extra = this.apply(id, { type: 'force', schedule: 'consume' }, now).job
    }

    /** Writes what has changed since the last time. */
    async flush(db: Kysely<JobTables>): Promise<void> {
        const held = [...this.#jobs.values()]
        const fresh = held.filter(({ isNew }) => isNew)
        const changed = held.filter(({ isChanged }) => isChanged)
        if (fresh.length > 0)
            await insertJobs(
                db,
                fresh.map(({ job }) => job),
            )
        if (changed.length > 0) await updateJobs(db, changed, this.#o.retention)
        for (const one of fresh) one.isNew = false
        for (const one of changed) {
            one.isChanged = false
            one.entries = []
        }
    }
}

function attempt(job: JobRecord, event: JobEvent, now: Times): Stepped | Refusal {
    try {
        return step(job, event, now)
    } catch (error) {
        if (error instanceof Refusal) return error
        // One that cannot be understood, such as by a time zone that is no more, does not keep all others from being sent.
        return ended(job, 'failed', now, `it cannot be read: ${messageOf(error)}`, 'NOT_DELIVERED')
    }
}
