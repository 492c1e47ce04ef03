import { type Access, Batches, type Kysely, type StoreModule, sql, TableLimit, whole } from '../store/index.ts'
import type { InMemory, Place } from './due-soon.ts'
import type { HistoryEntry, JobStatus } from './job.ts'
import { inFlight, known, list, planned, soon } from './queries.ts'
import { firstEntry, hasEnded, type JobRecord } from './record.ts'
import type { Change, Fired, JobFilter, JobRepository, Round, RoundResult } from './repository.ts'
import { mark, round } from './round.ts'
import { entriesOf, readJobs, toFresh, toListed, toRecord } from './rows.ts'
import { type JobTables, jobSteps } from './tables.ts'
import { type Outcome, WorkingSet, type WorkingSetOptions } from './working-set.ts'

/** Rows that are deleted in one go. */
const PORTION = 500
/** Jobs of which it is known how they ended. */
const KEPT_ENDED = { rows: 1_000_000, bytes: 1_073_741_824 }
const hasForgetTime = sql<boolean>`forget_at is not null`

type Db = Kysely<JobTables>

/** A job that is added, or one that something happens to, and what became of that. */
type Item = { add: JobRecord } | { change: Change; outcome: Outcome | undefined }

interface Member extends WorkingSetOptions {
    committed: (outcomes: readonly Outcome[]) => void
}

/** Keeps jobs and their history. */
export const jobStore: StoreModule<JobRepository> = {
    migrations: jobSteps,
    open({ access, rowLocks, sweep }) {
        const given = access<JobTables>()
        sweep({ what: 'jobs that ended long ago', run: (now, ending) => forget(given, now, ending) })
        const ended = { table: 'jobs', order: ['forget_at', 'seq'], texts: ['payload', 'value', 'history'], only: hasForgetTime } as const
        const limit = new TableLimit({ access: given, sweep, what: 'jobs that ended before many others', ...ended, ...KEPT_ENDED })
        return new Repository(given, rowLocks, limit)
    },
}

async function forget({ read, write }: Access<JobTables>, now: number, ending: AbortSignal): Promise<void> {
    const next = () =>
        read((db) =>
            db
                .selectFrom('jobs')
                .select('id')
                .where(hasForgetTime)
                .where('forget_at', '<', now)
                .orderBy('forget_at')
                .limit(PORTION)
                .execute(),
        )
    for (let rows = await next(); rows.length > 0 && !ending.aborted; rows = await next()) {
        const ids = rows.map(({ id }) => id)
        // One that was run again meanwhile stays.
        await write(async (db) => void (await db.deleteFrom('jobs').where('id', 'in', ids).where('forget_at', '<', now).execute()))
    }
}

/** By the database that they are of. */
const allInMemory = new WeakMap<object, InMemory>()

class Repository implements JobRepository {
    readonly inMemory: InMemory
    readonly #access: Access<JobTables>
    readonly #locks: boolean
    readonly #members = new Map<string, Member>()
    readonly #batches: Batches<JobTables, Item, Outcome[]>
    readonly #limit: TableLimit<JobTables>

    constructor(access: Access<JobTables>, locks: boolean, limit: TableLimit<JobTables>) {
        this.#access = access
        this.#locks = locks
        this.#limit = limit
        this.inMemory = allInMemory.get(access) ?? new Map()
        allInMemory.set(access, this.inMemory)
        this.#batches = new Batches(
            access,
            (db, items) => this.#put(db, items),
            (outcomes) => this.#tell(outcomes),
        )
    }

    get opened(): number {
        return this.#access.opened
    }

    join(queue: string, options: WorkingSetOptions, committed: Member['committed']): void {
        this.#members.set(queue, { ...options, committed })
    }

    add(job: JobRecord): Promise<void> {
        this.#limit.added(1, job.payload.length)
        return this.#batches.add({ add: job }, job.payload.length)
    }

    async change(change: Change): Promise<Outcome | undefined> {
        const item = { change, outcome: undefined }
        await this.#batches.add(item, 0)
        return item.outcome
    }

    async round(given: Round): Promise<RoundResult> {
        let result: RoundResult | undefined
        await this.#access.write(async (db) => {
            result = await round(db, given, new WorkingSet(this.#members.get(given.queue)!), this.#locks)
        })
        this.#tell(result!.outcomes)
        return result!
    }

    async mark(queue: string, fired: readonly Fired[]): Promise<readonly Outcome[]> {
        let set: WorkingSet
        await this.#access.write(async (db) => {
            set = new WorkingSet(this.#members.get(queue)!)
            await mark(db, fired, set, this.#locks)
        })
        const { outcomes } = set!
        this.#tell(outcomes)
        return outcomes
    }

    async soon(queue: string, from: Place, limit: number) {
        const { rows } = await this.#access.read((db) => soon(db, queue, Math.max(from.dueAt, Number.MIN_SAFE_INTEGER), from.seq, limit))
        return rows.map((row) => ({ job: toFresh(row), seq: row.seq }))
    }

    async get(queue: string, id: string): Promise<JobRecord | undefined> {
        const [job] = await this.#access.read((db) => readJobs(db, [id], false))
        return job?.queue === queue ? job : undefined
    }

    async history(id: string): Promise<HistoryEntry[]> {
        const row = await this.#access.read((db) =>
            db.selectFrom('jobs').select(['created_at', 'history']).where('id', '=', id).executeTakeFirst(),
        )
        return row ? [firstEntry({ createdAt: row.created_at }), ...entriesOf(row.history)] : []
    }

    async list(queue: string, filter: JobFilter) {
        const rows = await this.#access.read((db) => list(db, queue, filter))
        const jobs = rows.slice(0, filter.limit).map((row) => ({ job: toListed(row), seq: row.seq }))
        return { jobs, hasMore: rows.length > filter.limit }
    }

    known(ids: readonly string[]): Promise<Set<string>> {
        return this.#access.read((db) => known(db, ids))
    }

    async counts(queue: string, statuses: readonly JobStatus[]) {
        const rows = await this.#access.read((db) =>
            db
                .selectFrom('jobs')
                .select(({ fn }) => ['status', fn.countAll().as('count')])
                .where('queue', '=', queue)
                .where('status', 'in', [...statuses])
                .groupBy('status')
                .execute(),
        )
        return rows.map(({ status, count }) => ({ status: status as JobStatus, count: Number(count) }))
    }

    async inFlight(queue: string, target: string, limit: number) {
        const { rows } = await this.#access.read((db) => inFlight(db, queue, target, limit))
        return rows.map(toRecord)
    }

    async planned(queue: string, series: string) {
        const row = await this.#access.read((db) => planned(db, queue, series))
        return row && toRecord(row)
    }

    async remove(queue: string, id: string): Promise<boolean> {
        let isGone = false
        await this.#access.write(async (db) => {
            const [job] = await readJobs(db, [id], this.#locks)
            isGone = job !== undefined && job.queue === queue && hasEnded(job)
            if (isGone) await db.deleteFrom('jobs').where('id', '=', id).execute()
        })
        return isGone
    }

    shift(queue: string, ms: number): Promise<void> {
        const by = whole(ms)
        return this.#access.write(async (db) => {
            await db
                .updateTable('jobs')
                .set({
                    deadline_at: sql<number>`deadline_at + ${by}`,
                    not_before: sql<number>`not_before + ${by}`,
                    expires_at: sql<number>`expires_at + ${by}`,
                })
                .where('queue', '=', queue)
                .where(sql<boolean>`deadline_at is not null`)
                .execute()
        })
    }

    async #put(db: Db, items: readonly Item[]): Promise<Outcome[]> {
        const sets = new Map<string, WorkingSet>()
        const setOf = (queue: string) => {
            const set = sets.get(queue) ?? new WorkingSet(this.#members.get(queue)!)
            sets.set(queue, set)
            return set
        }
        const ids = new Set(items.flatMap((item) => ('change' in item ? item.change.id : [])))
        for (const job of ids.size > 0 ? await readJobs(db, [...ids], this.#locks) : [])
            if (this.#members.has(job.queue)) setOf(job.queue).load(job)
        for (const item of items)
            if ('add' in item) setOf(item.add.queue).add(item.add)
            else item.outcome = applied(setOf(item.change.queue), item.change)
        for (const set of sets.values()) await set.flush(db)
        return [...sets.values()].flatMap(({ outcomes }) => outcomes)
    }

    #tell(outcomes: readonly Outcome[]): void {
        for (const [queue, own] of Map.groupBy(outcomes, ({ job }) => job.queue)) this.#members.get(queue)?.committed(own)
    }
}

const applied = (set: WorkingSet, { id, event, now }: Change): Outcome | undefined =>
    set.get(id) ? set.apply(id, event, now()) : undefined
