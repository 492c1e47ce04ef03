import type { InMemory, Place } from './due-soon.ts'
import type { HistoryEntry, JobStatus } from './job.ts'
import type { Delivered, JobEvent } from './machine.ts'
import type { JobRecord } from './record.ts'
import type { Times } from './steps.ts'
import type { Outcome, WorkingSetOptions } from './working-set.ts'

/** Something that happens to a job. */
export interface Change {
    queue: string
    id: string
    event: JobEvent
    /** What time it is when that is written down. */
    now: () => Times
}

/** A look at what is due, and what can be sent. */
export interface Round {
    queue: string
    now: Times
    /** Those whose time has come. */
    due: readonly JobRecord[]
    /** How many more jobs are looked at, at the most. */
    limit: number
    /** Forgets which places were given: the write is run again. */
    begin(): void
    /** Whether a job that has just become due can be sent at once; it has a place then. */
    hasPlace(job: JobRecord): boolean
    /** Targets for which jobs may wait, and how many of them can be sent. */
    free(): { target: string; places: number }[]
    /** Whether what came of sending a job is just being written down. */
    isSettling(id: string): boolean
}

export interface RoundResult {
    outcomes: Outcome[]
    /** Those that are to be sent now, in this order. */
    sent: JobRecord[]
    /** How many were found that waited for each of the targets with free places. */
    found: Map<string, number>
    /** When the next deadline is, by the tasks' clock; null if there is none. */
    deadlineAt: number | null
}

/** A message that was sent before that is written down, and what came of it. */
export interface Fired {
    /** As it was before. */
    job: JobRecord
    at: Times
    delivered: Delivered
    endedAt: Times
}

/** Of which jobs a list is. */
export interface JobFilter {
    status?: readonly JobStatus[] | undefined
    target?: string | undefined
    series?: string | undefined
    key?: string | undefined
    /** Due from then on, and before that, in milliseconds since 1970. */
    from?: number | undefined
    to?: number | undefined
    /** From after that one on. */
    after?: { dueAt: number; seq: number } | undefined
    descending: boolean
    limit: number
}

/** What keeps jobs. Everything rejects with a {@link Refusal} 503 `STORE_UNAVAILABLE` while the store is away. */
export interface JobRepository {
    /**
     * Has somebody told of all that became of the jobs of a queue, as soon as it is committed. Before that nothing is done with them.
     * @param options how what is written is made
     */
    join(queue: string, options: WorkingSetOptions, committed: (outcomes: readonly Outcome[]) => void): void
    add(job: JobRecord): Promise<void>
    /** @returns what became of it; undefined if there is no such job */
    change(change: Change): Promise<Outcome | undefined>
    /** Writes down what was sent. @returns what became of all of them */
    mark(queue: string, fired: readonly Fired[]): Promise<readonly Outcome[]>
    /** Those that wait for their time, from a place on, soonest first. */
    soon(queue: string, from: Place, limit: number): Promise<{ job: JobRecord; seq: number }[]>
    /** Those that are in memory, of all who work on this database. */
    readonly inMemory: InMemory
    /** How often the database was opened: each time it may be another one. */
    readonly opened: number
    /** Has what is due become due, and be sent as far as there are places, in one commit. */
    round(round: Round): Promise<RoundResult>
    get(queue: string, id: string): Promise<JobRecord | undefined>
    history(id: string): Promise<HistoryEntry[]>
    /** As many as one list may have, and whether there are more. */
    list(queue: string, filter: JobFilter): Promise<{ jobs: { job: JobRecord; seq: number }[]; hasMore: boolean }>
    /** Which of these ids are of a job, or of the first run of a repeating one that goes on; in whatever queue. */
    known(ids: readonly string[]): Promise<Set<string>>
    counts(queue: string, statuses: readonly JobStatus[]): Promise<{ status: JobStatus; count: number }[]>
    /** Those that were sent to a target and have not ended, after an id, in the order of ids. */
    inFlight(queue: string, target: string, limit: number): Promise<JobRecord[]>
    /** The next run of a repeating job. */
    planned(queue: string, series: string): Promise<JobRecord | undefined>
    /** Removes a job that has ended. @returns whether it was there */
    remove(queue: string, id: string): Promise<boolean>
    /** Moves the deadlines of a queue by so many milliseconds. */
    shift(queue: string, ms: number): Promise<void>
}
