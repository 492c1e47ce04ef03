import type { Kysely } from 'kysely'
import type { OutboxRepository, OutboxRow } from '../devices/repository.ts'
import type { Access } from './access.ts'
import type { Database } from './schema.ts'

/** Keeps messages for peers that are away. */
export const outboxRepository = ({ read, write }: Access): OutboxRepository => ({
    async rows(endpoint) {
        const rows = await read((db) => db.selectFrom('outbox').selectAll().where('endpoint', '=', endpoint).orderBy('seq').execute())
        return rows.map(({ created_at, expires_at, seq: _, ...row }) => ({ ...row, createdAt: created_at, expiresAt: expires_at }))
    },
    add: (row) => write((db) => add(db, row)),
    remove: (id) =>
        write(async (db) => {
            await db.deleteFrom('outbox').where('id', '=', id).execute()
        }),
})

async function add(db: Kysely<Database>, { createdAt, expiresAt, ...row }: OutboxRow): Promise<void> {
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
        .values({ ...row, seq, created_at: createdAt, expires_at: expiresAt })
        .execute()
}
