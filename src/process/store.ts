import { type Access, type Kysely, preparedRow, type StoreModule, sql } from '../store/index.ts'
import type { StateRepository } from './repository.ts'

interface StateTables {
    node_states: {
        node: string
        /** As JSON. */
        state: string
    }
}

/** Held messages were kept in a table of their own, and are tasks now. */
export const waitStore: StoreModule<undefined> = {
    migrations: { '0002-process': waits, '0009-waits': waitsToTasks },
    open: () => undefined,
}

async function forget(db: Kysely<StateTables>, node: string): Promise<void> {
    await db.deleteFrom('node_states').where('node', '=', node).execute()
}

/** Keeps what a node has to remember, as JSON. */
export const stateStore: StoreModule<StateRepository> = {
    migrations: { '0002-process': states },
    open: ({ access }) => stateRepository(access()),
}

const putState = preparedRow((db: Kysely<StateTables>, row: StateTables['node_states']) =>
    db
        .insertInto('node_states')
        .values(row)
        .onConflict((conflict) => conflict.column('node').doUpdateSet((is) => ({ state: is.ref('excluded.state') }))),
)

const stateRepository = ({ read, write }: Access<StateTables>): StateRepository => ({
    async get(node) {
        const row = await read((db) => db.selectFrom('node_states').select('state').where('node', '=', node).executeTakeFirst())
        return row && JSON.parse(row.state)
    },
    async nodes() {
        const rows = await read((db) => db.selectFrom('node_states').select('node').execute())
        return rows.map(({ node }) => node)
    },
    async put(node, value, isAwaited = true) {
        // Made before it is queued: what the node does to its state afterwards is another state.
        const state: string | undefined = JSON.stringify(value)
        if (state === undefined) return write((db) => forget(db, node))
        await write((db) => putState(db, { node, state }), isAwaited ? 'soon' : 'along')
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

async function waitsToTasks(db: Kysely<unknown>): Promise<void> {
    await sql`
        insert into tasks (id, kind, queue, owner, due_at, parent, attempts, bytes, payload)
        select id, 'wait', node, node, due_at, callback, 0, octet_length(message), message from waits order by due_at, id`.execute(db)
    await sql`
        insert into task_totals (kind, owner, count, bytes)
        select 'wait', node, count(*), sum(octet_length(message)) from waits group by node`.execute(db)
    await db.schema.dropTable('waits').execute()
}

async function states(db: Kysely<unknown>): Promise<void> {
    await db.schema
        .createTable('node_states')
        .addColumn('node', 'text', (column) => column.primaryKey())
        .addColumn('state', 'text', (column) => column.notNull())
        .execute()
}
