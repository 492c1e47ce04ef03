import { type ColumnTypes, type Generated, type Kysely, type Step, sql } from '../store/index.ts'
import { pathOf } from './record.ts'

export interface JobsTable {
    /** Counts what was added: two may be due in the same millisecond. */
    seq: Generated<number>
    id: string
    /** Of which jobs it is. */
    queue: string
    target: string
    target_name: string
    name: string
    /** JSON, as are schedule, policy, progress and value. */
    payload: string
    schedule: string
    policy: string
    priority: number
    series: string | null
    run: number
    created_at: number
    due_at: number
    status: Generated<string>
    delivery: Generated<string>
    cancelling: Generated<number>
    forced: Generated<number>
    attempt: Generated<number>
    fence: Generated<number>
    ready_at: number | null
    not_before: number | null
    expires_at: number | null
    deadline_at: number | null
    sent_at: number | null
    ended_at: number | null
    /** When it is deleted. */
    forget_at: number | null
    lateness: number | null
    progress: string | null
    reason: string | null
    cause: string | null
    value: string | null
    strays: Generated<number>
    /** By which whoever made it knows it again. */
    key: string | null
    /** Of a package, for lists, which do without the payload. */
    path: string | null
    /** Its steps as JSON, a line for each: what is written most of all has no table and no index of its own. */
    history: Generated<string>
}

/** A column of an index, from small to great unless it says `desc`. */
type OrderedColumn = string | `${string} desc`

export interface JobTables {
    jobs: JobsTable
}

export const jobSteps: Readonly<Record<string, Step>> = { '0030-jobs': jobs, '0055-job-keys': keysAndPaths, '0056-job-order': inOrder }

async function jobs(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
    let table = db.schema.createTable('jobs').addColumn('seq', ...types.counter)
    table = table.addColumn('id', 'text', (column) => column.notNull().unique())
    for (const name of ['queue', 'target', 'target_name', 'name', 'payload', 'schedule', 'policy'])
        table = table.addColumn(name, 'text', (column) => column.notNull())
    for (const name of ['priority', 'run', 'created_at', 'due_at']) table = table.addColumn(name, 'bigint', (column) => column.notNull())
    // What a job is at its beginning is left out when it is added.
    for (const [name, value] of Object.entries({ status: 'scheduled', delivery: 'unsent', history: '' }))
        table = table.addColumn(name, 'text', (column) => column.notNull().defaultTo(value))
    for (const name of ['cancelling', 'forced', 'attempt', 'fence', 'strays'])
        table = table.addColumn(name, 'bigint', (column) => column.notNull().defaultTo(0))
    for (const name of ['ready_at', 'not_before', 'expires_at', 'deadline_at', 'sent_at', 'ended_at', 'forget_at', 'lateness'])
        table = table.addColumn(name, 'bigint')
    for (const name of ['series', 'progress', 'reason', 'cause', 'value']) table = table.addColumn(name, 'text')
    await table.execute()
    const index = (name: string, columns: OrderedColumn[]) => db.schema.createIndex(`jobs_${name}`).on('jobs').columns(columns)
    await index('status', ['queue', 'status', 'due_at', 'seq']).execute()
    await index('time', ['queue', 'due_at', 'seq']).execute()
    await index('target', ['queue', 'target', 'due_at', 'seq']).where(sql.ref('target'), '!=', '').execute()
    await index('waiting', ['queue', 'target', 'priority desc', 'ready_at', 'seq']).where('status', '=', 'due').execute()
    await index('flight', ['queue', 'target']).where('status', 'in', ['sent', 'running']).execute()
    await index('deadline', ['queue', 'deadline_at']).where('deadline_at', 'is not', null).execute()
    await index('series', ['series']).where('series', 'is not', null).execute()
    await index('forget', ['forget_at']).where('forget_at', 'is not', null).execute()
}

/** Jobs that one statement reads. */
const PORTION = 500

async function keysAndPaths(db: Kysely<unknown>): Promise<void> {
    for (const name of ['key', 'path']) await db.schema.alterTable('jobs').addColumn(name, 'text').execute()
    await db.schema.createIndex('jobs_key').on('jobs').columns(['queue', 'key']).where('key', 'is not', null).execute()
    const jobs = db as Kysely<JobTables>
    for (let after: number | undefined = -1; after !== undefined; ) {
        const some: { seq: number; payload: string }[] = await jobs
            .selectFrom('jobs')
            .select(['seq', 'payload'])
            .where('target', '!=', '')
            .where('seq', '>', after)
            .orderBy('seq')
            .limit(PORTION)
            .execute()
        for (const { seq, payload } of some)
            await jobs
                .updateTable('jobs')
                .set({ path: pathOf(JSON.parse(payload)) })
                .where('seq', '=', seq)
                .execute()
        after = some.at(-1)?.seq
    }
}

/** Indexes in the order of lists: SQLite would rather read all jobs by their time than sort those of a key, or of a repeating job. */
async function inOrder(db: Kysely<unknown>): Promise<void> {
    for (const [name, column, before] of [
        ['jobs_series', 'series', []],
        ['jobs_key', 'key', ['queue']],
    ] as const) {
        await db.schema.dropIndex(name).execute()
        const index = db.schema
            .createIndex(name)
            .on('jobs')
            .columns([...before, column, 'due_at', 'seq'])
        await index.where(sql.ref(column), 'is not', null).execute()
    }
}
