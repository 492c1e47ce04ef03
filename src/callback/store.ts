import { type Kysely, type StoreModule, whole } from '../store/index.ts'
import { PARKED } from '../tasks/index.ts'
import { KIND } from './deliveries.ts'
import { hostOf, written } from './promised.ts'

/** Rows that are rewritten together: each may have an answer of some megabytes. */
const PAGE = 16
/** How long after its answer a callback of before is given up, in milliseconds. */
const GIVE_UP = 86_400_000

interface Before {
    callbacks: {
        id: string
        node: string
        url: string
        header: string
        state: 'open' | 'ready'
        accepted: string | null
        body: string | null
        attempts: number
        next_at: number
        created_at: number
    }
}

interface After {
    tasks: {
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
    task_totals: { kind: string; owner: string; count: number; bytes: number }
}

/** Callbacks were kept in a table of their own, and are tasks now. */
export const callbackStore: StoreModule<undefined> = {
    migrations: { '0002-process': callbacks, '0010-callbacks': callbacksToTasks },
    open: () => undefined,
}

async function callbacks(db: Kysely<unknown>): Promise<void> {
    await db.schema
        .createTable('callbacks')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('node', 'text', (column) => column.notNull())
        .addColumn('url', 'text', (column) => column.notNull())
        .addColumn('header', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('accepted', 'text')
        .addColumn('body', 'text')
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('next_at', 'bigint', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .execute()
    await db.schema.createIndex('callbacks_next').on('callbacks').columns(['state', 'next_at']).execute()
}

async function callbacksToTasks(given: Kysely<unknown>): Promise<void> {
    const db = given as Kysely<Before & After>
    const totals = new Map<string, { count: number; bytes: number }>()
    for (;;) {
        const rows = await db.selectFrom('callbacks').selectAll().orderBy('created_at').orderBy('id').limit(PAGE).execute()
        if (rows.length === 0) break
        const tasks = rows.map(taskOf)
        await db.insertInto('tasks').values(tasks).execute()
        const ids = rows.map(({ id }) => id)
        await db.deleteFrom('callbacks').where('id', 'in', ids).execute()
        for (const { owner, bytes } of tasks) {
            const total = totals.get(owner) ?? { count: 0, bytes: 0 }
            totals.set(owner, { count: total.count + 1, bytes: total.bytes + bytes })
        }
    }
    for (const [owner, total] of totals)
        await db
            .insertInto('task_totals')
            .values({ kind: KIND, owner, ...total })
            .execute()
    await db.schema.dropTable('callbacks').execute()
}

function taskOf({ id, node, url, header, state, accepted, body, attempts, next_at, created_at }: Before['callbacks']): After['tasks'] {
    const payload = written({ url, header, accepted: accepted ?? undefined, body: body ?? undefined })
    const isReady = state === 'ready'
    return {
        ...{ id, kind: KIND, queue: '', attempts, payload, bytes: payload.length },
        owner: isReady ? node : '',
        key: isReady ? hostOf(url) : null,
        due_at: isReady ? whole(next_at) : PARKED,
        expires_at: isReady ? whole(created_at) + GIVE_UP : null,
    }
}
