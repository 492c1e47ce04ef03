import { type Access, Batches, chunks, type Selectable, type StoreModule, sql, statement, whole } from '../store/index.ts'
import {
    type Claim,
    type Cursor,
    type NewTask,
    PARKED,
    type QueueName,
    type Task,
    type TaskChange,
    type TaskEntry,
    type TaskRepository,
    type Total,
} from './repository.ts'
import { insert, remove, unclaimed, update } from './rows.ts'
import { Shifts } from './shifts.ts'
import { type TasksTable, type TaskTables, tasks } from './tables.ts'
import { plus, Totals } from './totals.ts'

type EntryRow = Omit<Selectable<TasksTable>, 'payload' | 'holder' | 'lease_until' | 'moved'>

const entry = ['id', 'seq', 'kind', 'queue', 'owner', 'key', 'due_at', 'expires_at', 'parent', 'attempts', 'bytes'] as const

/** Keeps tasks. */
export const taskStore: StoreModule<TaskRepository> = {
    migrations: { '0008-tasks': tasks },
    open: ({ access, rowLocks }) => new Repository(access(), rowLocks),
}

class Repository implements TaskRepository {
    readonly #access: Access<TaskTables>
    readonly #rowLocks: boolean
    readonly #adding: Batches<TaskTables, NewTask, Total[]>
    readonly #removing: Batches<TaskTables, string, Total[]>
    readonly #shifts: Shifts
    readonly #totals = new Totals()
    /** Of what is being added. */
    readonly #coming = new Totals()
    /** The opening of the database that {@link begin} was last done for. */
    #begun = 0
    /** The last task that was there before we came. */
    #last: number | undefined

    constructor(access: Access<TaskTables>, rowLocks: boolean) {
        this.#access = access
        this.#rowLocks = rowLocks
        this.#shifts = new Shifts(access)
        const count = (list: readonly Total[]) => this.#totals.add(list)
        this.#adding = new Batches(access, insert, count)
        this.#removing = new Batches(access, remove, count)
    }

    async begin(holder: string): Promise<number> {
        if (this.#begun === this.#access.opened && this.#begun > 0) return this.#begun
        while (await this.#shifts.undo());
        let totals: Total[] = []
        await this.#access.write(async (db) => {
            await db.updateTable('tasks').set(unclaimed).where('holder', 'is not', null).where('holder', '!=', holder).execute()
            this.#last ??= (await db.selectFrom('tasks').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst())?.seq ?? 0
            totals = await db.selectFrom('task_totals').selectAll().where('count', '>', 0).execute()
        })
        this.#totals.reset(totals)
        this.#begun = this.#access.opened
        return this.#begun
    }

    total(kind: string, owner?: string) {
        return plus(this.#totals.of(kind, owner), this.#coming.of(kind, owner))
    }

    owners() {
        return this.#totals.list()
    }

    async add(task: NewTask): Promise<void> {
        const { kind, owner, payload } = task
        const bytes = payload.length
        this.#coming.add([{ kind, owner, count: 1, bytes }])
        try {
            await this.#adding.add(task, bytes)
        } finally {
            this.#coming.add([{ kind, owner, count: -1, bytes: -bytes }])
        }
    }

    async due({ kind, queue }: QueueName, { dueAt, seq }: Cursor, claim: Claim, limit: number) {
        const { rows } = await this.#access.read((db) => due(db, kind, queue, dueAt, seq, claim.holder, claim.now, limit))
        return rows.map(toEntry)
    }

    async ofKey({ kind, queue }: QueueName, key: string, from: number, to: number, claim: Claim, limit: number) {
        const { rows } = await this.#access.read((db) => ofKey(db, kind, queue, key, from, to, claim.holder, claim.now, limit))
        return rows.map(toEntry)
    }

    async count({ kind, queue }: QueueName, key: string, most: number) {
        const { rows } = await this.#access.read((db) => ofKeyAtMost(db, kind, queue, key, most))
        return rows.length
    }

    async expiring({ kind, queue }: QueueName, claim: Claim, limit: number) {
        const { rows } = await this.#access.read((db) => expiring(db, kind, queue, claim.holder, claim.now, limit))
        return rows.map(toEntry)
    }

    async claim(ids: string[], claim: Claim): Promise<Task[]> {
        let taken: Task[] = []
        await this.#access.write(async (db) => {
            const { holder, now, until } = claim
            const free = db.selectFrom('tasks').select('id').where('id', 'in', ids).where(isFree(holder, now))
            const all = db.updateTable('tasks').set({ holder, lease_until: until })
            // Rows that another Node-RED is just claiming are passed over rather than waited for.
            const ours = this.#rowLocks
                ? all.where('id', 'in', free.forUpdate().skipLocked())
                : all.where('id', 'in', ids).where(isFree(holder, now))
            const rows = await ours.returningAll().execute()
            taken = rows.map(toTask)
        })
        return taken.toSorted((a, b) => a.dueAt - b.dueAt || a.seq - b.seq)
    }

    renew(ids: string[], { holder, until }: Claim): Promise<void> {
        return this.#access.write(async (db) => {
            for (const some of chunks(ids))
                await db.updateTable('tasks').set({ lease_until: until }).where('id', 'in', some).where('holder', '=', holder).execute()
        })
    }

    release(ids: string[]): Promise<void> {
        return this.#access.write(async (db) => {
            for (const some of chunks(ids)) await db.updateTable('tasks').set(unclaimed).where('id', 'in', some).execute()
        })
    }

    async change(id: string, change: TaskChange): Promise<boolean> {
        let isThere = false
        let totals: Total[] = []
        await this.#access.write(async (db) => {
            ;[isThere, totals] = await update(db, id, change, (task) => this.#shifts.ahead(task))
        })
        this.#totals.add(totals)
        return isThere
    }

    async remove(ids: string[]): Promise<void> {
        await Promise.all(ids.map((id) => this.#removing.add(id, 0)))
    }

    async get(id: string) {
        const row = await this.#access.read((db) => db.selectFrom('tasks').selectAll().where('id', '=', id).executeTakeFirst())
        return row && toTask(row)
    }

    async ofOwner(kind: string, owner: string, after: number, limit: number) {
        const rows = await this.#access.read((db) =>
            db
                .selectFrom('tasks')
                .select(entry)
                .where('owner', '=', owner)
                .where('kind', '=', kind)
                .where('seq', '>', after)
                .orderBy('seq')
                .limit(limit)
                .execute(),
        )
        return rows.map(toEntry)
    }

    async childless({ kind, queue }: QueueName) {
        const { rows } = await this.#access.read((db) => childless(db, kind, queue))
        return rows.map(({ id }) => id)
    }

    shift(queues: QueueName[], ms: number): Promise<boolean> {
        // Times that are given from now on are of the time that it is then.
        this.#adding.seal()
        return this.#shifts.begin(queues, ms, this.#last ?? 0)
    }

    shiftMore(): Promise<boolean> {
        return this.#shifts.next()
    }
}

const isFree = (holder: string, now: number) => sql<boolean>`(holder is null or holder = ${holder} or lease_until <= ${whole(now)})`

const due = statement<TaskTables, [string, string, number, number, string, number, number], EntryRow>(
    (db, kind, queue, dueAt, seq, holder, now, limit) =>
        db
            .selectFrom('tasks')
            .select(entry)
            .where('kind', '=', kind)
            .where('queue', '=', queue)
            .where(sql<boolean>`(due_at, seq) > (${dueAt}, ${seq})`)
            .where(sql<boolean>`due_at < ${sql.lit(PARKED)}`)
            .where(isFree(holder, now))
            .orderBy('due_at')
            .orderBy('seq')
            .limit(limit),
)

const ofKey = statement<TaskTables, [string, string, string, number, number, string, number, number], EntryRow>(
    (db, kind, queue, key, from, to, holder, now, limit) =>
        db
            .selectFrom('tasks')
            .select(entry)
            .where('kind', '=', kind)
            .where('queue', '=', queue)
            .where('key', '=', key)
            .where('due_at', '>=', from)
            .where('due_at', '<=', to)
            .where(isFree(holder, now))
            .orderBy('due_at')
            .orderBy('seq')
            .limit(limit),
)

const ofKeyAtMost = statement<TaskTables, [string, string, string, number], { seq: number }>((db, kind, queue, key, most) =>
    db.selectFrom('tasks').select('seq').where('kind', '=', kind).where('queue', '=', queue).where('key', '=', key).limit(most),
)

const expiring = statement<TaskTables, [string, string, string, number, number], EntryRow>((db, kind, queue, holder, now, limit) =>
    db
        .selectFrom('tasks')
        .select(entry)
        .where('kind', '=', kind)
        .where('queue', '=', queue)
        .where('expires_at', 'is not', null)
        .where(isFree(holder, now))
        .orderBy('expires_at')
        .limit(limit),
)

const childless = statement<TaskTables, [string, string], { id: string }>((db, kind, queue) =>
    db
        .selectFrom('tasks')
        .select('id')
        .where('kind', '=', kind)
        .where('queue', '=', queue)
        .where('due_at', '=', sql.lit(PARKED))
        .where(({ not, exists, selectFrom }) =>
            not(exists(selectFrom('tasks as child').select('child.id').whereRef('child.parent', '=', 'tasks.id'))),
        )
        .orderBy('seq'),
)

// Written out: a rest pattern would take longer than the query.
const toEntry = ({ id, seq, kind, queue, owner, key, due_at, expires_at, parent, attempts, bytes }: EntryRow): TaskEntry => ({
    id,
    seq,
    kind,
    queue,
    owner,
    key,
    dueAt: due_at,
    expiresAt: expires_at,
    parent,
    attempts,
    bytes,
})

const toTask = (row: Selectable<TasksTable>): Task => ({ ...toEntry(row), payload: row.payload })
