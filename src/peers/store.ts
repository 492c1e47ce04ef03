import { type Kysely, type StoreModule, whole } from '../store/index.ts'
import { PARKED, type TaskRow, tasksFromTable } from '../tasks/index.ts'
import { keptPayload, keyOf } from './kept.ts'
import { OUTBOX_KIND } from './outbox.ts'

/** Rows that are rewritten together. */
const PAGE = 100

interface Before {
    outbox: {
        id: string
        endpoint: string
        seq: number
        node: string
        peer: string
        account: string | null
        proven: number
        payload: string
        created_at: number
        expires_at: number
    }
}

/** Messages for peers that are away were kept in a table of their own, and are tasks now. */
export const outboxStore: StoreModule<undefined> = {
    migrations: { '0003-devices': outbox, '0005-outbox-accounts': outboxAccounts, '0011-outbox': outboxToTasks },
    open: () => undefined,
}

async function outbox(db: Kysely<unknown>): Promise<void> {
    await db.schema
        .createTable('outbox')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('endpoint', 'text', (column) => column.notNull())
        .addColumn('seq', 'bigint', (column) => column.notNull())
        .addColumn('node', 'text', (column) => column.notNull())
        .addColumn('peer', 'text', (column) => column.notNull())
        .addColumn('payload', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .execute()
    await db.schema.createIndex('outbox_order').on('outbox').columns(['endpoint', 'seq']).execute()
}

async function outboxAccounts(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('outbox').addColumn('account', 'text').execute()
    await db.schema
        .alterTable('outbox')
        .addColumn('proven', 'integer', (column) => column.notNull().defaultTo(0))
        .execute()
}

function outboxToTasks(db: Kysely<unknown>): Promise<void> {
    return tasksFromTable<Before['outbox']>(db, { table: 'outbox', order: ['endpoint', 'seq'], page: PAGE, taskOf })
}

function taskOf({ id, endpoint, node, peer, account, proven, payload: content, expires_at }: Before['outbox']): TaskRow {
    const payload = keptPayload(node, content)
    return {
        ...{ id, kind: OUTBOX_KIND, queue: endpoint, owner: endpoint, attempts: 0, payload, bytes: payload.length },
        key: keyOf({ peer, account, proven: proven === 1 }),
        due_at: PARKED,
        expires_at: whole(expires_at),
    }
}
