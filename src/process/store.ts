import { type Access, chunks, type Kysely, type Selectable, type StoreModule, sql, whole } from '../store/index.ts'
import type { StateRepository, WaitEntry, WaitRepository } from './repository.ts'

interface WaitsTable {
    id: string
    node: string
    due_at: number
    message: string
    callback: string | null
}

interface WaitTables {
    waits: WaitsTable
}

interface StateTables {
    node_states: {
        node: string
        /** As JSON. */
        state: string
    }
}

// What is long is measured without being read.
const entry = ['id', 'node', 'due_at', 'callback', sql<number>`octet_length(message)`.as('bytes')] as const

/** Keeps messages that are held. */
export const waitStore: StoreModule<WaitRepository> = {
    migrations: { '0002-process': waits },
    open: ({ access }) => waitRepository(access()),
}

const waitRepository = ({ read, write }: Access<WaitTables>): WaitRepository => ({
    async waits(node) {
        const rows = await read((db) =>
            db.selectFrom('waits').select(entry).where('node', '=', node).orderBy('due_at').orderBy('id').execute(),
        )
        return rows.map(toEntry)
    },
    async overdue(by) {
        const rows = await read((db) => db.selectFrom('waits').select(entry).where('due_at', '<=', whole(by)).execute())
        return rows.map(toEntry)
    },
    async messages(ids) {
        if (ids.length === 0) return new Map()
        const rows = await read((db) => db.selectFrom('waits').select(['id', 'message']).where('id', 'in', ids).execute())
        return new Map(rows.map(({ id, message }) => [id, message]))
    },
    add: ({ id, node, dueAt, message, callback }) =>
        write(async (db) => {
            await db
                .insertInto('waits')
                .values({ id, node, due_at: whole(dueAt), message, callback })
                .execute()
        }),
    remove: (ids) =>
        write(async (db) => {
            for (const some of chunks(ids)) await db.deleteFrom('waits').where('id', 'in', some).execute()
        }),
})

const toEntry = ({ due_at, ...row }: Omit<Selectable<WaitsTable>, 'message'> & { bytes: number }): WaitEntry => ({ ...row, dueAt: due_at })

async function forget(db: Kysely<StateTables>, node: string): Promise<void> {
    await db.deleteFrom('node_states').where('node', '=', node).execute()
}

/** Keeps what a node has to remember, as JSON. */
export const stateStore: StoreModule<StateRepository> = {
    migrations: { '0002-process': states },
    open: ({ access }) => stateRepository(access()),
}

export const stateRepository = ({ read, write }: Access<StateTables>): StateRepository => ({
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

async function waits(db: Kysely<unknown>): Promise<void> {
    await db.schema
        .createTable('waits')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('node', 'text', (column) => column.notNull())
        .addColumn('due_at', 'bigint', (column) => column.notNull())
        .addColumn('message', 'text', (column) => column.notNull())
        .addColumn('callback', 'text')
        .execute()
    await db.schema.createIndex('waits_due').on('waits').columns(['node', 'due_at']).execute()
    await db.schema.createIndex('waits_callback').on('waits').columns(['callback']).execute()
}

async function states(db: Kysely<unknown>): Promise<void> {
    await db.schema
        .createTable('node_states')
        .addColumn('node', 'text', (column) => column.primaryKey())
        .addColumn('state', 'text', (column) => column.notNull())
        .execute()
}
