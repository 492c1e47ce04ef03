import { type Access, type Insertable, type Kysely, type Selectable, type StoreModule, sql, whole } from '../store/index.ts'
import type { CallbackRepository, CallbackRow } from './repository.ts'

interface CallbacksTable {
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

interface Tables {
    callbacks: CallbacksTable
    /** Of the subject `tasks`: a message that waits says which callback it will answer. */
    tasks: { parent: string | null }
}

// What is long is measured without being read.
const lengthOf = (column: string) => sql<number>`coalesce(octet_length(${sql.ref(column)}), 0)`
const size = sql<number>`${lengthOf('url')} + ${lengthOf('header')} + ${lengthOf('accepted')} + ${lengthOf('body')}`

/** A number whatever the row holds, so that a damaged one does not spoil those of others. */
const number = <N extends string>(column: N) => sql<number>`cast(${sql.ref(column)} as double precision)`.as(column)
const ready = ['id', 'node', 'url', lengthOf('body').as('bytes'), number('attempts'), number('next_at'), number('created_at')] as const

/** Keeps callbacks that are owed. */
export const callbackStore: StoreModule<CallbackRepository> = {
    migrations: { '0002-process': callbacks },
    open: ({ access }) => callbackRepository(access()),
}

const callbackRepository = ({ read, write }: Access<Tables>): CallbackRepository => ({
    add: (row) =>
        write(async (db) => {
            await db.insertInto('callbacks').values(fromCallback(row)).execute()
        }),
    async get(id) {
        const row = await read((db) => db.selectFrom('callbacks').selectAll().where('id', '=', id).executeTakeFirst())
        return row && toCallback(row)
    },
    async update(id, change) {
        const columns = Object.fromEntries(Object.entries(fromCallback(change)).filter(([, value]) => value !== undefined))
        if (Object.keys(columns).length === 0) return
        await write(async (db) => {
            await db.updateTable('callbacks').set(columns).where('id', '=', id).execute()
        })
    },
    remove: (id) =>
        write(async (db) => {
            await db.deleteFrom('callbacks').where('id', '=', id).execute()
        }),
    async sizes() {
        const rows = await read((db) =>
            db
                .selectFrom('callbacks')
                .select(['id', size.as('bytes')])
                .execute(),
        )
        return new Map(rows.map(({ id, bytes }) => [id, bytes]))
    },
    async ready() {
        const rows = await read((db) =>
            db.selectFrom('callbacks').select(ready).where('state', '=', 'ready').orderBy('next_at').orderBy('id').execute(),
        )
        return rows.map(({ next_at, created_at, ...row }) => ({ ...row, nextAt: next_at, createdAt: created_at }))
    },
    async orphans() {
        const rows = await read((db) => orphans(db).execute())
        return rows.map(({ id }) => id)
    },
})

const orphans = (db: Kysely<Tables>) =>
    db
        .selectFrom('callbacks')
        .select('id')
        .where('state', '=', 'open')
        .where('id', 'not in', (held) =>
            held.selectFrom('tasks').select('parent').where('parent', 'is not', null).$narrowType<{ parent: string }>(),
        )
        .orderBy('created_at')
        .orderBy('id')

function fromCallback(row: CallbackRow): Insertable<CallbacksTable>
function fromCallback(row: Partial<CallbackRow>): Partial<Insertable<CallbacksTable>>
function fromCallback({ nextAt, createdAt, ...row }: Partial<CallbackRow>): Partial<Insertable<CallbacksTable>> {
    const times = { ...(nextAt !== undefined && { next_at: whole(nextAt) }), ...(createdAt !== undefined && { created_at: createdAt }) }
    return { ...row, ...times }
}

const toCallback = ({ next_at, created_at, ...row }: Selectable<CallbacksTable>): CallbackRow => ({
    ...row,
    nextAt: next_at,
    createdAt: created_at,
})

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
