import type { Quality, StopReason } from '../../energy/index.ts'
import { type ColumnTypes, type Insertable, type Kysely, type Selectable, type Step, sql } from '../../store/index.ts'

export interface SocketsTable {
    id: string
    name: string
    owned: number
    is_on_unproven: number
    halted_at: number | null
}

export interface InstancesTable {
    id: string
    socket: string
    started_at: number
    stopped_at: number | null
    timeout: number
    sampled_from: number
    power_on_at: number | null
    power_off_at: number | null
    is_emergency_stopped: number
    is_manually_stopped: number
    owner: string | null
    stop_reason: StopReason | null
    weight: number | null
    energy: number | null
    cost: number | null
    per_weight: number | null
    cost_per_weight: number | null
    since: number | null
    ran: number | null
    quality: Quality | null
    /** W, of the readings of its time. */
    max_power: number | null
}

/** The meter of each socket, as JSON. */
export interface MetersTable {
    socket: string
    steps: number
    state: string
    /** What of it was added to the rollups, as JSON; null before anything was. */
    booked: string | null
}

/** What was used in equal parts of time, and between which powers: see `Rollup`. */
export interface RollupsTable {
    width: number
    socket: string
    at: number
    energy: number
    unshared: number
    priced: number
    cost: number
    per_weight: number
    cost_per_weight: number
    on_ms: number
    known: number
    integrated: number
    gap: number
    least: number | null
    greatest: number | null
}

/** From when on the rollups of a width are all there: those from before may have been deleted. */
export interface RollupsKeptTable {
    width: number
    since: number
}

export interface SamplesTable {
    socket: string
    at: number
    today: number | null
    total: number | null
    power: number | null
    apparent_power: number | null
    reactive_power: number | null
    factor: number | null
    voltage: number | null
    current: number | null
}

export interface PowerEventsTable {
    socket: string
    /** Counts a socket's events: two may happen in the same millisecond, and a clock may be set back. */
    seq: number
    at: number
    kind: 'on' | 'off'
    owner: string
}

export interface PowerTables {
    sockets: SocketsTable
    instances: InstancesTable
    meters: MetersTable
    samples: SamplesTable
    rollups: RollupsTable
    rollups_kept: RollupsKeptTable
    power_events: PowerEventsTable
}

export type Row<T extends keyof PowerTables> = Selectable<PowerTables[T]>
export type NewRow<T extends keyof PowerTables> = Insertable<PowerTables[T]>

export const powerSteps: Readonly<Record<string, Step>> = {
    '0001-power': power,
    '0012-energy': energy,
    '0013-rollups': rollups,
    '0014-owner': owner,
    '0015-max-power': maxPower,
    '0050-on-unproven': onUnproven,
}

async function power(db: Kysely<unknown>): Promise<void> {
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

async function samples(db: Kysely<unknown>): Promise<void> {
    const measured = ['today', 'total', 'power', 'apparent_power', 'reactive_power', 'factor', 'voltage', 'current'] as const
    let table = db.schema
        .createTable('samples')
        .addColumn('socket', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('samples_key', ['socket', 'at'])
    for (const name of measured) table = table.addColumn(name, 'double precision')
    await table.execute()
}

async function energy(db: Kysely<unknown>): Promise<void> {
    const add = (name: string, type: 'text' | 'double precision') => db.schema.alterTable('instances').addColumn(name, type).execute()
    for (const name of ['stop_reason', 'quality']) await add(name, 'text')
    for (const name of ['weight', 'energy', 'cost', 'per_weight', 'cost_per_weight', 'since', 'ran']) await add(name, 'double precision')
    await db.schema
        .createTable('meters')
        .addColumn('socket', 'text', (column) => column.primaryKey())
        .addColumn('steps', 'bigint', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .execute()
}

async function owner(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('instances').addColumn('owner', 'text').execute()
}

async function rollups(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
    await db.schema.alterTable('meters').addColumn('booked', 'text').execute()
    const sums = ['energy', 'unshared', 'priced', 'cost', 'per_weight', 'cost_per_weight', 'on_ms', 'known', 'integrated', 'gap']
    let table = db.schema
        .createTable('rollups')
        .addColumn('width', 'bigint', (column) => column.notNull())
        .addColumn('socket', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('rollups_key', ['width', 'socket', 'at'])
    for (const name of sums) table = table.addColumn(name, 'double precision', (column) => column.notNull())
    for (const name of ['least', 'greatest']) table = table.addColumn(name, 'double precision')
    await types.keyFirst(table).execute()
    await db.schema
        .createTable('rollups_kept')
        .addColumn('width', 'bigint', (column) => column.primaryKey())
        .addColumn('since', 'bigint', (column) => column.notNull())
        .execute()
}

async function onUnproven(db: Kysely<unknown>): Promise<void> {
    await db.schema
        .alterTable('sockets')
        .addColumn('is_on_unproven', 'integer', (column) => column.notNull().defaultTo(0))
        .execute()
}

async function maxPower(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('instances').addColumn('max_power', 'double precision').execute()
}
