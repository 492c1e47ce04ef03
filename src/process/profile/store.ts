import {
    type Access,
    type ColumnTypes,
    fitting,
    type Generated,
    type Kysely,
    type ModuleContext,
    type StoreModule,
    sql,
    TableLimit,
    whole,
} from '../../store/index.ts'
import type { Profile } from './document.ts'
import type { Run } from './run.ts'

/** What is kept of a run. */
export interface KeptRun {
    run: Run
    /** The id of the task that wakes it, if it is to be woken. */
    task: string | null
}

/** A profile as it was begun or edited. */
export interface Version {
    version: number
    /** Milliseconds since 1970. */
    at: number
    by: string
    profile: Profile
}

/** What keeps runs of profiles, by name. Everything rejects with a {@link Refusal} 503 `STORE_UNAVAILABLE` while the store is away. */
export interface ProfileRepository {
    get(name: string): Promise<KeptRun | undefined>
    /** @param version written down as well, if it is a new one */
    put(name: string, kept: KeptRun, version?: Version): Promise<void>
    /** The latest first, as many as one answer may have. */
    versions(name: string, limit: number): Promise<Version[]>
}

interface ProfileTables {
    profile_runs: { name: string; task: string | null; run: string }
    profile_versions: { seq: Generated<number>; name: string; at: number; version: string }
}

/** Versions of all profiles that are kept. */
const KEPT_VERSIONS = { rows: 100_000, bytes: 134_217_728 }
/** Bytes of the versions of one answer. */
const MOST_BYTES = 4_194_304
/** Milliseconds for which versions are kept. */
const KEPT = 3 * 365 * 86_400_000

/** Keeps runs of profiles. */
export const profileStore: StoreModule<ProfileRepository> = {
    migrations: { '0046-profiles': tables },
    open({ access, sweep }) {
        const given = access<ProfileTables>()
        const { read, write } = given
        const limit = limitVersions(given, sweep)
        return {
            async get(name) {
                const row = await read((db) => db.selectFrom('profile_runs').selectAll().where('name', '=', name).executeTakeFirst())
                return row && { run: JSON.parse(row.run), task: row.task }
            },
            put(name, { run, task }, version) {
                const columns = { task, run: JSON.stringify(run) }
                if (version) limit.added(1, JSON.stringify(version).length)
                return write(async (db) => {
                    await db
                        .insertInto('profile_runs')
                        .values({ name, ...columns })
                        .onConflict((conflict) => conflict.column('name').doUpdateSet(columns))
                        .execute()
                    if (!version) return
                    const row = { name, at: whole(version.at), version: JSON.stringify(version) }
                    await db.insertInto('profile_versions').values(row).execute()
                })
            },
            async versions(name, limit) {
                const rows = await read(async (db) => {
                    const all = db.selectFrom('profile_versions').where('name', '=', name).orderBy('seq', 'desc')
                    const sizes = await all.select(sql<number>`octet_length(version)`.as('bytes')).limit(limit).execute()
                    return all.select('version').limit(fitting(sizes, MOST_BYTES)).execute()
                })
                return rows.map(({ version }) => JSON.parse(version))
            },
        }
    },
}

/** Old versions go, and the oldest where there are too many. */
function limitVersions(access: Access<ProfileTables>, sweep: ModuleContext['sweep']): TableLimit<ProfileTables> {
    const forget = (now: number) =>
        access.write(
            async (db) =>
                void (await db
                    .deleteFrom('profile_versions')
                    .where('at', '<', now - KEPT)
                    .execute()),
        )
    sweep({ what: 'old versions of profiles', run: forget })
    const table = { table: 'profile_versions', order: ['seq'], texts: ['version'] } as const
    return new TableLimit({ access, sweep, what: 'versions of profiles before many others', ...table, ...KEPT_VERSIONS })
}

async function tables(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
    await db.schema
        .createTable('profile_runs')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('task', 'text')
        .addColumn('run', 'text', (column) => column.notNull())
        .execute()
    await db.schema
        .createTable('profile_versions')
        .addColumn('seq', ...types.counter)
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('version', 'text', (column) => column.notNull())
        .execute()
    await db.schema.createIndex('profile_versions_name').on('profile_versions').columns(['name', 'seq']).execute()
    await db.schema.createIndex('profile_versions_time').on('profile_versions').columns(['at']).execute()
}
