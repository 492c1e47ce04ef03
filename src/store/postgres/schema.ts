import { Unusable } from '../engine.ts'
import type { PostgresSession } from './postgres-session.ts'

/** What is kept has a schema of its own, so that a database can be shared with other programs. */
export const SCHEMA = 'socketworks'

/** The oldest version that has all that is needed and is still looked after by anybody. */
const OLDEST = 13

/** Settings of the session. A connection that died without a word is to be noticed by the server, too: until then it keeps the lock. */
const SETTINGS = `select set_config(name, value, false) from (values
    ('search_path', '${SCHEMA}'), ('default_transaction_isolation', 'read committed'), ('statement_timeout', '0'), ('lock_timeout', '5s'),
    ('idle_in_transaction_session_timeout', '0'), ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'),
    ('tcp_keepalives_count', '3'), ('tcp_user_timeout', '25000'),
    ('synchronous_commit', case current_setting('synchronous_commit') when 'off' then 'on' else current_setting('synchronous_commit') end)
) as setting (name, value)`

interface About {
    version: number
    encoding: string
    fsync: string
    database: string
}

export interface SchemaOptions {
    /** Whether a step of this name is among those that bring tables up to date. */
    isKnown: (step: string) => boolean
    warn: (text: string) => void
}

/**
 * Makes a database ours.
 * @returns what tells it from another one, or from itself at another time: one that was restored, or another server that took over
 * @throws {@link Unusable} when it cannot be, before anything is changed
 */
export async function prepareSchema(session: PostgresSession, { isKnown, warn }: SchemaOptions): Promise<string> {
    const [about] = await session.query<About>(`select current_setting('server_version_num')::integer as version,
        current_setting('server_encoding') as encoding, current_setting('fsync') as fsync, current_database() as database`)
    const { version, encoding, fsync } = about!
    if (version < OLDEST * 10_000) throw new Unusable('anew', `the database server is too old: PostgreSQL ${OLDEST} or later is needed`)
    if (encoding !== 'UTF8')
        throw new Unusable('anew', `the database keeps text as ${encoding}: one that was made with encoding UTF8 is needed`)
    if (fsync === 'off') warn('the database server runs with fsync = off: a power cut may take what was acknowledged')
    const tables = await session.query<{ name: string }>('select tablename as name from pg_catalog.pg_tables where schemaname = $1', [
        SCHEMA,
    ])
    if (tables.length > 0) await inspect(session, tables, isKnown)
    if (!(await schemaId(session))) await session.query(`create schema ${SCHEMA}`)
    await session.query(SETTINGS)
    return [await serverId(session), about!.database, await schemaId(session)].join(' ')
}

async function inspect(session: PostgresSession, tables: { name: string }[], isKnown: (step: string) => boolean): Promise<void> {
    if (!tables.some(({ name }) => name === 'kysely_migration'))
        throw new Unusable('anew', `the schema ${SCHEMA} of the database belongs to another program`)
    const done = await session.query<{ name: string }>(`select name from ${SCHEMA}.kysely_migration`)
    if (done.some(({ name }) => !isKnown(name))) throw new Unusable('anew', 'the database was written by a newer version of Socketworks')
}

async function schemaId(session: PostgresSession): Promise<number | undefined> {
    const [schema] = await session.query<{ oid: number }>('select oid from pg_catalog.pg_namespace where nspname = $1', [SCHEMA])
    return schema?.oid
}

/** The cluster, and its timeline, which is another one after each recovery. Not every server tells everybody. */
async function serverId(session: PostgresSession): Promise<string> {
    const [about] = await session
        .query<{ id: string }>(
            "select system_identifier || '/' || timeline_id as id from pg_catalog.pg_control_system(), pg_catalog.pg_control_checkpoint()",
        )
        .catch(() => [])
    return about?.id ?? ''
}
