import { type Kysely, SqliteAdapter, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Database } from './schema.ts'

/**
 * Every step from an empty database to today's, by name, which is also their order.
 * A step that was ever released stays as it is: what changes later is a step of its own.
 */
export const migrations: Record<string, Migration> = {
    '0001-power': { up: power },
    '0002-process': { up: processes },
    '0003-devices': { up: devices },
    '0004-history': { up: history },
    '0005-outbox-accounts': { up: outboxAccounts },
    '0006-history-size': { up: historySize },
    '0007-history-leftovers': { up: historyLeftovers },
}

/** Brings the tables up to date, all or nothing. */
export async function migrate(db: Kysely<Database>): Promise<void> {
    await db.transaction().execute(async (trx) => {
        const provider = { getMigrations: async () => migrations }
        const { error } = await new Migrator({ db: trx, provider }).migrateToLatest()
        if (error) throw error
    })
}

async function power(db: Kysely<Database>): Promise<void> {
    await db.schema
        .createTable('sockets')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('owned', 'integer', (column) => column.notNull())
        .addColumn('halted_at', 'bigint')
        .execute()
    await db.schema
        .createTable('instances')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('socket', 'text', (column) => column.notNull())
        .addColumn('started_at', 'bigint', (column) => column.notNull())
        .addColumn('stopped_at', 'bigint')
        .addColumn('timeout', 'bigint', (column) => column.notNull())
        .addColumn('sampled_from', 'bigint', (column) => column.notNull())
        .addColumn('power_on_at', 'bigint')
        .addColumn('power_off_at', 'bigint')
        .addColumn('is_emergency_stopped', 'integer', (column) => column.notNull())
        .addColumn('is_manually_stopped', 'integer', (column) => column.notNull())
        .execute()
    await db.schema.createIndex('instances_started').on('instances').columns(['socket', 'started_at']).execute()
    await db.schema.createIndex('instances_stopped').on('instances').columns(['socket', 'stopped_at']).execute()
    await db.schema.createIndex('instances_running').on('instances').columns(['socket']).where(sql.ref('stopped_at'), 'is', null).execute()
    await samples(db)
    await db.schema
        .createTable('power_events')
        .addColumn('socket', 'text', (column) => column.notNull())
        .addColumn('seq', 'bigint', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('power_events_key', ['socket', 'seq'])
        .execute()
}

async function samples(db: Kysely<Database>): Promise<void> {
    const measured = ['today', 'total', 'power', 'apparent_power', 'reactive_power', 'factor', 'voltage', 'current'] as const
    let table = db.schema
        .createTable('samples')
        .addColumn('socket', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('samples_key', ['socket', 'at'])
    for (const name of measured) table = table.addColumn(name, 'double precision')
    await table.execute()
}

async function processes(db: Kysely<Database>): Promise<void> {
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
    await db.schema
        .createTable('node_states')
        .addColumn('node', 'text', (column) => column.primaryKey())
        .addColumn('state', 'text', (column) => column.notNull())
        .execute()
}

async function devices(db: Kysely<Database>): Promise<void> {
    await db.schema
        .createTable('devices')
        .addColumn('fleet', 'text', (column) => column.notNull())
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('owner', 'text')
        .addColumn('registered_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('devices_key', ['fleet', 'id'])
        .execute()
    await db.schema
        .createTable('device_properties')
        .addColumn('fleet', 'text', (column) => column.notNull())
        .addColumn('device', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('device_properties_key', ['fleet', 'device', 'name'])
        .execute()
    await db.schema
        .createTable('device_history')
        .addColumn('fleet', 'text', (column) => column.notNull())
        .addColumn('device', 'text', (column) => column.notNull())
        .addColumn('property', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('value', 'double precision', (column) => column.notNull())
        .addPrimaryKeyConstraint('device_history_key', ['fleet', 'device', 'property', 'at'])
        .execute()
    await db.schema
        .createTable('outbox')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('endpoint', 'text', (column) => column.notNull())
        .addColumn('seq', 'bigint', (column) => column.notNull())
        .addColumn('node', 'text', (column) => column.notNull())
        .addColumn('peer', 'text', (column) => column.notNull())
        .addColumn('payload', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .execute()
    await db.schema.createIndex('outbox_order').on('outbox').columns(['endpoint', 'seq']).execute()
}

async function history(db: Kysely<Database>): Promise<void> {
    await db.schema
        .createTable('device_series')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('fleet', 'text', (column) => column.notNull())
        .addColumn('device', 'text', (column) => column.notNull())
        .addColumn('property', 'text', (column) => column.notNull())
        .addUniqueConstraint('device_series_names', ['fleet', 'device', 'property'])
        .execute()
    await db.schema
        .createTable('device_points')
        .addColumn('series', 'integer', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('value', 'double precision', (column) => column.notNull())
        .addPrimaryKeyConstraint('device_points_key', ['series', 'at'])
        // The key is most of a row, so that SQLite is not to keep it twice.
        .$call((table) => (db.getExecutor().adapter instanceof SqliteAdapter ? table.modifyEnd(sql`without rowid`) : table))
        .execute()
    await db.schema
        .createTable('device_new_points')
        .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('series', 'integer', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('value', 'double precision', (column) => column.notNull())
        .execute()
    await sql`insert into device_series (fleet, device, property) select distinct fleet, device, property from device_history`.execute(db)
    await sql`insert into device_points (series, at, value) select s.id, h.at, h.value from device_history h join device_series s
        on s.fleet = h.fleet and s.device = h.device and s.property = h.property order by s.id, h.at`.execute(db)
    await db.schema.dropTable('device_history').execute()
}

async function outboxAccounts(db: Kysely<Database>): Promise<void> {
    await db.schema.alterTable('outbox').addColumn('account', 'text').execute()
    await db.schema
        .alterTable('outbox')
        .addColumn('proven', 'integer', (column) => column.notNull().defaultTo(0))
        .execute()
}

async function historySize(db: Kysely<Database>): Promise<void> {
    await db.schema
        .alterTable('device_series')
        .addColumn('points', 'integer', (column) => column.notNull().defaultTo(0))
        .execute()
    await sql`update device_series set points = (select count(*) from device_points p where p.series = device_series.id)`.execute(db)
}

async function historyLeftovers(db: Kysely<Database>): Promise<void> {
    await db.schema
        .createTable('device_leftovers')
        .addColumn('series', 'integer', (column) => column.primaryKey())
        .execute()
}
