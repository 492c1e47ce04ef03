import type { Kysely } from '../store/index.ts'

/** A task as a migration writes it. */
export type TaskRow = {
    id: string
    kind: string
    queue: string
    owner: string
    key: string | null
    due_at: number
    expires_at: number | null
    attempts: number
    bytes: number
    payload: string
}

interface Before<Row> {
    table: string
    order: readonly (string & keyof Row)[]
    /** How many rows are rewritten together. */
    page: number
    taskOf: (row: Row) => TaskRow
}

/** In a migration: makes tasks of the rows of a table that a subject had for itself, in their order, and drops the table. */
export async function tasksFromTable<Row extends { id: string }>(given: Kysely<unknown>, before: Before<Row>): Promise<void> {
    const { table, order, page, taskOf } = before
    const db = given as Kysely<Record<string, Record<string, unknown>>>
    const totals = new Map<string, { kind: string; owner: string; count: number; bytes: number }>()
    for (;;) {
        let query = db.selectFrom(table).selectAll().limit(page)
        for (const column of order) query = query.orderBy(column)
        const rows = (await query.execute()) as Row[]
        if (rows.length === 0) break
        const tasks = rows.map(taskOf)
        await db.insertInto('tasks').values(tasks).execute()
        const ids = rows.map(({ id }) => id)
        await db.deleteFrom(table).where('id', 'in', ids).execute()
        for (const { kind, owner, bytes } of tasks) {
            const total = totals.get(owner) ?? { kind, owner, count: 0, bytes: 0 }
            totals.set(owner, { ...total, count: total.count + 1, bytes: total.bytes + bytes })
        }
    }
    for (const total of totals.values()) await db.insertInto('task_totals').values(total).execute()
    await db.schema.dropTable(table).execute()
}
