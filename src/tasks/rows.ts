import { chunks, type Kysely, preparedRows, sql, whole } from '../store/index.ts'
import { type NewTask, PARKED, type QueueName, type TaskChange, type Total } from './repository.ts'
import type { TaskTables } from './tables.ts'
import { addTotals } from './totals.ts'

type Db = Kysely<TaskTables>

/** What makes a task anybody's. */
export const unclaimed = { holder: null, lease_until: null }

const insertRows = preparedRows<TaskTables>((db, rows) => {
    const row = {
        id: '',
        kind: '',
        queue: '',
        owner: '',
        key: '',
        due_at: 0,
        expires_at: 0,
        parent: '',
        attempts: 0,
        bytes: 0,
        payload: '',
    }
    return db.insertInto('tasks').values(Array.from({ length: rows }, () => row))
})

/** Adds tasks. @returns what that changes in the totals */
export async function insert(db: Db, list: readonly NewTask[]): Promise<Total[]> {
    const rows = list.map(({ id, kind, queue, owner, key, dueAt, expiresAt, parent, payload }) => [
        ...[id, kind, queue, owner, key, whole(dueAt), expiresAt === null ? null : whole(expiresAt), parent, 0, payload.length, payload],
    ])
    await insertRows(db, rows)
    return await addTotals(
        db,
        list.map(({ kind, owner, payload }) => ({ kind, owner, count: 1, bytes: payload.length })),
    )
}

/** Removes tasks. @returns what that changes in the totals */
export async function remove(db: Db, ids: readonly string[]): Promise<Total[]> {
    const gone: Total[] = []
    for (const some of chunks(ids)) {
        const rows = await db.deleteFrom('tasks').where('id', 'in', some).returning(['kind', 'owner', 'bytes']).execute()
        for (const { bytes, ...row } of rows) gone.push({ ...row, count: -1, bytes: -bytes })
    }
    return await addTotals(db, gone)
}

/** Changes a task, which nobody holds from then on. @returns whether it is there, and what it changes in the totals */
export async function update(db: Db, id: string, { dueAt, expiresAt, payload, ...same }: TaskChange): Promise<[boolean, Total[]]> {
    const before = await db.selectFrom('tasks').select(['kind', 'owner', 'bytes']).where('id', '=', id).executeTakeFirst()
    if (!before) return [false, []]
    const { owner = before.owner } = same
    const bytes = payload?.length ?? before.bytes
    const times = {
        ...(dueAt !== undefined && { due_at: whole(dueAt), moved: 0 }),
        ...(expiresAt !== undefined && { expires_at: expiresAt === null ? null : whole(expiresAt) }),
        ...(payload !== undefined && { payload, bytes }),
    }
    await db
        .updateTable('tasks')
        .set({ ...same, ...times, ...unclaimed })
        .where('id', '=', id)
        .execute()
    if (owner === before.owner && bytes === before.bytes) return [true, []]
    const { kind } = before
    return [
        true,
        await addTotals(db, [
            { kind, owner: before.owner, count: -1, bytes: -before.bytes },
            { kind, owner, count: 1, bytes },
        ]),
    ]
}

/** Moves all times of a queue. Those of tasks up to `last`, which a process before has added, are moved back at the next start. */
export async function shiftTimes(db: Db, { kind, queue }: QueueName, ms: number, last: number): Promise<void> {
    await db
        .updateTable('tasks')
        .set({ ...moved(ms), moved: sql`case when seq <= ${last} then moved + ${ms} else 0 end` })
        .where('kind', '=', kind)
        .where('queue', '=', queue)
        .execute()
}

export async function undoShifts(db: Db): Promise<void> {
    await db
        .updateTable('tasks')
        .set({ ...moved(sql`-moved`), moved: 0 })
        .where('moved', '!=', 0)
        .execute()
}

const moved = (ms: unknown) => ({
    due_at: sql<number>`case when due_at < ${sql.lit(PARKED)} then due_at + ${ms} else due_at end`,
    expires_at: sql<number>`expires_at + ${ms}`,
})
