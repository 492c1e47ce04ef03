import { type Kysely, sql } from 'kysely'
import type { StateRepository, WaitEntry, WaitRepository } from '../process/repository.ts'
import type { Access } from './access.ts'
import { chunks } from './chunks.ts'
import type { Database, Row } from './schema.ts'

// What is long is measured without being read.
const entry = ['id', 'node', 'due_at', 'callback', sql<number>`octet_length(message)`.as('bytes')] as const

/** Keeps messages that are held. */
export const waitRepository = ({ read, write }: Access): WaitRepository => ({
    async waits(node) {
        const rows = await read((db) =>
            db.selectFrom('waits').select(entry).where('node', '=', node).orderBy('due_at').orderBy('id').execute(),
        )
        return rows.map(toEntry)
    },
    async overdue(by) {
        const rows = await read((db) => db.selectFrom('waits').select(entry).where('due_at', '<=', by).execute())
        return rows.map(toEntry)
    },
    async messages(ids) {
        const rows = await read((db) => db.selectFrom('waits').select(['id', 'message']).where('id', 'in', ids).execute())
        return new Map(rows.map(({ id, message }) => [id, message]))
    },
    add: ({ id, node, dueAt, message, callback }) =>
        write(async (db) => {
            await db.insertInto('waits').values({ id, node, due_at: dueAt, message, callback }).execute()
        }),
    remove: (ids) =>
        write(async (db) => {
            for (const some of chunks(ids)) await db.deleteFrom('waits').where('id', 'in', some).execute()
        }),
})

const toEntry = ({ due_at, ...row }: Omit<Row<'waits'>, 'message'> & { bytes: number }): WaitEntry => ({ ...row, dueAt: due_at })

async function forget(db: Kysely<Database>, node: string): Promise<void> {
    await db.deleteFrom('node_states').where('node', '=', node).execute()
}

/** Keeps what a node has to remember, as JSON. */
export const stateRepository = ({ read, write }: Access): StateRepository => ({
    async get(node) {
        const row = await read((db) => db.selectFrom('node_states').select('state').where('node', '=', node).executeTakeFirst())
        return row && JSON.parse(row.state)
    },
    async nodes() {
        const rows = await read((db) => db.selectFrom('node_states').select('node').execute())
        return rows.map(({ node }) => node)
    },
    async put(node, value) {
        // Made before it is queued: what the node does to its state afterwards is another state.
        const state: string | undefined = JSON.stringify(value)
        if (state === undefined) return write((db) => forget(db, node))
        await write(async (db) => {
            await db
                .insertInto('node_states')
                .values({ node, state })
                .onConflict((conflict) => conflict.column('node').doUpdateSet({ state }))
                .execute()
        })
    },
})
