import type { Kysely } from 'kysely'
import type { StateRepository, WaitRepository } from '../process/repository.ts'
import type { Access } from './access.ts'
import type { Database } from './schema.ts'

/** Keeps messages that are held. */
export const waitRepository = ({ read, write }: Access): WaitRepository => ({
    async waits(node) {
        const rows = await read((db) =>
            db.selectFrom('waits').selectAll().where('node', '=', node).orderBy('due_at').orderBy('id').execute(),
        )
        return rows.map(({ id, node, due_at, message, callback }) => ({ id, node, dueAt: due_at, message, callback }))
    },
    add: ({ id, node, dueAt, message, callback }) =>
        write(async (db) => {
            await db.insertInto('waits').values({ id, node, due_at: dueAt, message, callback }).execute()
        }),
    remove: (id) =>
        write(async (db) => {
            await db.deleteFrom('waits').where('id', '=', id).execute()
        }),
})

async function forget(db: Kysely<Database>, node: string): Promise<void> {
    await db.deleteFrom('node_states').where('node', '=', node).execute()
}

/** Keeps what a node has to remember, as JSON. */
export const stateRepository = ({ read, write }: Access): StateRepository => ({
    async get(node) {
        const row = await read((db) => db.selectFrom('node_states').select('state').where('node', '=', node).executeTakeFirst())
        return row && JSON.parse(row.state)
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
