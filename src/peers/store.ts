import { type Access, type Kysely, type StoreModule, whole } from '../store/index.ts'
import type { OutboxRepository, OutboxRow } from './repository.ts'

/** Messages that are read, and deleted, at once. */
const PORTION = 500
/** Milliseconds that an expired message is kept for its node, which may be disabled for a while. */
const GRACE = 86_400_000

interface OutboxTable {
    id: string
    endpoint: string
    /** The order of messages, as two may come in the same millisecond. */
    seq: number
    node: string
    peer: string
    /** Null if it is not known. */
    account: string | null
    /** 1 if it is only for a peer that has proven its id. */
    proven: number
    payload: string
    created_at: number
    expires_at: number
}

interface Tables {
    outbox: OutboxTable
}

/** Milliseconds after the start before expired messages are deleted: nodes come first. */
const ARRIVAL = 60_000

/** Stores the messages of outboxes. */
export const outboxStore: StoreModule<OutboxRepository> = {
    migrations: { '0003-devices': outbox, '0005-outbox-accounts': outboxAccounts },
    open({ access, sweep }) {
        const tables = access<Tables>()
        const { isAttended, ...repository } = outboxRepository(tables)
        sweep({ what: 'expired messages', wait: ARRIVAL, run: (now, ending) => removeExpired(tables, isAttended, now - GRACE, ending) })
        return repository
    },
}

function outboxRepository({ read, write }: Access<Tables>): OutboxRepository & { isAttended(endpoint: string): boolean } {
    const attended = new Set<{ endpoint: string }>()
    return {
        attend(endpoint, signal) {
            if (signal.aborted) return
            const one = { endpoint }
            attended.add(one)
            signal.addEventListener('abort', () => attended.delete(one), { once: true })
        },
        async rows(endpoint) {
            const rows = await read((db) => db.selectFrom('outbox').selectAll().where('endpoint', '=', endpoint).orderBy('seq').execute())
            return rows.map(({ created_at, expires_at, proven, seq: _, ...row }) => ({
                ...row,
                proven: proven === 1,
                createdAt: created_at,
                expiresAt: expires_at,
            }))
        },
        add: (row) => write((db) => add(db, row)),
        remove: (id) => write((db) => remove(db, [id])),
        isAttended: (endpoint) => [...attended].some((one) => one.endpoint === endpoint),
    }
}

async function removeExpired(
    access: Access<Tables>,
    isAttended: (endpoint: string) => boolean,
    before: number,
    ending: AbortSignal,
): Promise<void> {
    const { read } = access
    // One step in the index for each endpoint; "distinct" would read all messages.
    for (let endpoint = await next(read, ''); endpoint !== undefined && !ending.aborted; endpoint = await next(read, endpoint))
        if (!isAttended(endpoint)) await expire(access, endpoint, before, ending)
}

async function add(db: Kysely<Tables>, { createdAt, expiresAt, proven, ...row }: OutboxRow): Promise<void> {
    const last = await db
        .selectFrom('outbox')
        .select('seq')
        .where('endpoint', '=', row.endpoint)
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst()
    const seq = (last?.seq ?? 0) + 1
    await db
        .insertInto('outbox')
        .values({ ...row, proven: Number(proven), seq, created_at: createdAt, expires_at: whole(expiresAt) })
        .execute()
}

async function remove(db: Kysely<Tables>, ids: string[]): Promise<void> {
    await db.deleteFrom('outbox').where('id', 'in', ids).execute()
}

async function next(read: Access<Tables>['read'], after: string): Promise<string | undefined> {
    const row = await read((db) =>
        db.selectFrom('outbox').select('endpoint').where('endpoint', '>', after).orderBy('endpoint').limit(1).executeTakeFirst(),
    )
    return row?.endpoint
}

async function expire({ read, write }: Access<Tables>, endpoint: string, before: number, ending: AbortSignal): Promise<void> {
    for (let seq = 0; !ending.aborted; ) {
        const from = seq
        const page = await read((db) => some(db, endpoint, from))
        const ids = page.flatMap(({ id, expires_at }) => (expires_at < before ? [id] : []))
        if (ids.length > 0) await write((db) => remove(db, ids))
        if (page.length < PORTION) return
        seq = page.at(-1)!.seq
    }
}

const some = (db: Kysely<Tables>, endpoint: string, after: number) =>
    db
        .selectFrom('outbox')
        .select(['id', 'seq', 'expires_at'])
        .where('endpoint', '=', endpoint)
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(PORTION)
        .execute()

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
