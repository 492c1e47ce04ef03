import { type ColumnTypes, type Generated, type Kysely, sql } from '../store/index.ts'

export interface TasksTable {
    /** Counts what was added: two may come in the same millisecond. */
    seq: Generated<number>
    id: string
    kind: string
    queue: string
    owner: string
    key: string | null
    due_at: number
    expires_at: number | null
    parent: string | null
    attempts: number
    bytes: number
    /** Who works on it; null for nobody. */
    holder: string | null
    lease_until: number | null
    /** By how many milliseconds its times were moved since the start, if it was there before: at the next start it goes by the wall clock. */
    moved: Generated<number>
    payload: string
}

/** How many tasks there are, counted along, so that nobody has to read them for it. */
interface TotalsTable {
    kind: string
    owner: string
    count: number
    bytes: number
}

export interface TaskTables {
    tasks: TasksTable
    task_totals: TotalsTable
}

export async function tasks(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
    await db.schema
        .createTable('tasks')
        .addColumn('seq', ...types.counter)
        .addColumn('id', 'text', (column) => column.notNull().unique())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('queue', 'text', (column) => column.notNull())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('key', 'text')
        .addColumn('due_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint')
        .addColumn('parent', 'text')
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('bytes', 'integer', (column) => column.notNull())
        .addColumn('holder', 'text')
        .addColumn('lease_until', 'bigint')
        .addColumn('moved', 'bigint', (column) => column.notNull().defaultTo(0))
        .addColumn('payload', 'text', (column) => column.notNull())
        .execute()
    const index = (name: string, columns: string[]) => db.schema.createIndex(`tasks_${name}`).on('tasks').columns(columns)
    await index('due', ['kind', 'queue', 'due_at', 'seq']).execute()
    await index('owner', ['owner', 'kind', 'seq']).execute()
    await index('key', ['kind', 'queue', 'key', 'due_at', 'seq']).where(sql.ref('key'), 'is not', null).execute()
    await index('expiry', ['kind', 'queue', 'expires_at']).where(sql.ref('expires_at'), 'is not', null).execute()
    await index('parent', ['parent']).where(sql.ref('parent'), 'is not', null).execute()
    await index('moved', ['moved']).where(sql.ref('moved'), '!=', 0).execute()
    await index('holder', ['holder']).where(sql.ref('holder'), 'is not', null).execute()
    await db.schema
        .createTable('task_totals')
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('count', 'bigint', (column) => column.notNull())
        .addColumn('bytes', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('task_totals_key', ['kind', 'owner'])
        .execute()
}
