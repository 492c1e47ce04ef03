import { type Kysely, type StoreModule, whole } from '../store/index.ts'
import { PARKED, type TaskRow, tasksFromTable } from '../tasks/index.ts'
import { CALLBACK_KIND } from './deliveries.ts'
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

function callbacksToTasks(db: Kysely<unknown>): Promise<void> {
    return tasksFromTable<Before['callbacks']>(db, { table: 'callbacks', order: ['created_at', 'id'], page: PAGE, taskOf })
}

function taskOf({ id, node, url, header, state, accepted, body, attempts, next_at, created_at }: Before['callbacks']): TaskRow {
    const payload = written({ url, header, accepted: accepted ?? undefined, body: body ?? undefined })
    const isReady = state === 'ready'
    return {
        ...{ id, kind: CALLBACK_KIND, queue: '', attempts, payload, bytes: payload.length },
        owner: isReady ? node : '',
        key: isReady ? hostOf(url) : null,
        due_at: isReady ? whole(next_at) : PARKED,
        expires_at: isReady ? whole(created_at) + GIVE_UP : null,
    }
}
