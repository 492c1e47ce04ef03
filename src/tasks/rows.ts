import { type Kysely, preparedRows, whole } from '../store/index.ts'
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
        holder: '',
        lease_until: 0,
    }
    return db.insertInto('tasks').values(Array.from({ length: rows }, () => row))
})

/** Adds tasks. @returns what that changes in the totals */
export async function insert(db: Db, list: readonly NewTask[]): Promise<Total[]> {
    const rows = list.map(({ id, kind, queue, owner, key, dueAt, expiresAt, parent, payload, claim }) => [
        ...[id, kind, queue, owner, key, whole(dueAt), expiresAt === null ? null : whole(expiresAt), parent, 0, payload.length, payload],
        ...[claim?.holder ?? null, claim?.until ?? null],
    ])
    await insertRows(db, rows)
    return await addTotals(
        db,
        list.map(({ kind, owner, payload }) => ({ kind, owner, count: 1, bytes: payload.length })),
    )
}

const deleteRows = preparedRows<TaskTables, Pick<Total, 'kind' | 'owner' | 'bytes'>>((db, rows) =>
    db.deleteFrom('tasks').where('id', 'in', Array(rows).fill('')).returning(['kind', 'owner', 'bytes']),
)

/** Removes tasks. @returns what that changes in the totals */
export async function remove(db: Db, ids: readonly string[]): Promise<Total[]> {
    const gone = await deleteRows(
        db,
        ids.map((id) => [id]),
    )
    return await addTotals(
        db,
        gone.map(({ kind, owner, bytes }) => ({ kind, owner, count: -1, bytes: -bytes })),
    )
}

/**
 * Changes a task, which nobody holds from then on.
 * @param ahead by how many milliseconds the times of a task have yet to be moved
 * @returns whether it is there, and what it changes in the totals
 */
export async function update(
    db: Db,
    id: string,
    { dueAt, expiresAt, payload, ...same }: TaskChange,
    ahead: (task: QueueName & { seq: number }) => number,
): Promise<[boolean, Total[]]> {
    const before = await db.selectFrom('tasks').select(['seq', 'kind', 'queue', 'owner', 'bytes']).where('id', '=', id).executeTakeFirst()
    if (!before) return [false, []]
    const { owner = before.owner } = same
    const bytes = payload?.length ?? before.bytes
    const early = (time: number) => (time === PARKED ? time : whole(time - ahead(before)))
    const times = {
        ...(dueAt !== undefined && { due_at: early(dueAt), moved: 0 }),
        ...(expiresAt !== undefined && { expires_at: expiresAt === null ? null : early(expiresAt) }),
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
