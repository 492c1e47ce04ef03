import type { Kysely } from 'kysely'
import type { OutboxRepository, OutboxRow } from '../devices/repository.ts'
import type { Access } from './access.ts'
import type { Database } from './schema.ts'

/** So many messages are looked at, and deleted, at once. */
const PORTION = 500
/** Milliseconds that an expired message waits for a node that would want to hear of it: one that is disabled or broken for a while. */
const GRACE = 86_400_000

export interface OutboxTable extends OutboxRepository {
    /** Deletes what expired a day ago and nobody attends to. @param now milliseconds since 1970 */
    sweep(now: number, ending: AbortSignal): Promise<void>
}

/** Keeps messages for peers that are away. */
export function outboxRepository(access: Access): OutboxTable {
    const { read, write } = access
    const attended = new Set<{ endpoint: string }>()
    const isAttended = (endpoint: string) => [...attended].some((one) => one.endpoint === endpoint)
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
        async sweep(now, ending) {
            // One step through the index for each endpoint, where "distinct" would read everything.
            for (let endpoint = await next(read, ''); endpoint !== undefined && !ending.aborted; endpoint = await next(read, endpoint))
                if (!isAttended(endpoint)) await expire(access, endpoint, now - GRACE, ending)
        },
    }
}

async function add(db: Kysely<Database>, { createdAt, expiresAt, proven, ...row }: OutboxRow): Promise<void> {
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
        .values({ ...row, proven: Number(proven), seq, created_at: createdAt, expires_at: expiresAt })
        .execute()
}

async function remove(db: Kysely<Database>, ids: string[]): Promise<void> {
    await db.deleteFrom('outbox').where('id', 'in', ids).execute()
}

async function next(read: Access['read'], after: string): Promise<string | undefined> {
    const row = await read((db) =>
        db.selectFrom('outbox').select('endpoint').where('endpoint', '>', after).orderBy('endpoint').limit(1).executeTakeFirst(),
    )
    return row?.endpoint
}

async function expire({ read, write }: Access, endpoint: string, before: number, ending: AbortSignal): Promise<void> {
    for (let seq = 0; !ending.aborted; ) {
        const from = seq
        const page = await read((db) => some(db, endpoint, from))
        const ids = page.flatMap(({ id, expires_at }) => (expires_at < before ? [id] : []))
        if (ids.length > 0) await write((db) => remove(db, ids))
        if (page.length < PORTION) return
        seq = page.at(-1)!.seq
    }
}

const some = (db: Kysely<Database>, endpoint: string, after: number) =>
    db
        .selectFrom('outbox')
        .select(['id', 'seq', 'expires_at'])
        .where('endpoint', '=', endpoint)
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(PORTION)
        .execute()
