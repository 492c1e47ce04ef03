import { type ColumnTypes, type Generated, type Kysely, type Step, sql } from '../../store/index.ts'

interface DevicesTable {
    fleet: string
    id: string
    owner: string | null
    registered_at: number
}

/** One row for each property, and one with a blank name for when the device last said something that changed none of them. */
export interface DevicePropertiesTable {
    fleet: string
    device: string
    name: string
    /** As JSON. */
    value: string
    at: number
}

/** The properties whose history is kept, by short ids: a point is written many times as often as its property is named. */
interface DeviceSeriesTable {
    /** Never reused, so that the id of a deleted series never means another one. */
    id: Generated<number>
    fleet: string
    device: string
    property: string
    /** About how many points it has, without those that were not moved to it yet. */
    points: Generated<number>
}

/** History, by series. */
interface DevicePointsTable {
    series: number
    at: number
    value: number
}

/** History in the order it came: what is appended in one place costs a page of the disk, not one for each series. */
interface DeviceNewPointsTable {
    seq: Generated<number>
    series: number
    at: number
    value: number
}

/** Series of devices that were deleted, as long as points of theirs are left. */
interface DeviceLeftoversTable {
    series: number
}

export interface FleetTables {
    devices: DevicesTable
    device_properties: DevicePropertiesTable
    device_series: DeviceSeriesTable
    device_points: DevicePointsTable
    device_new_points: DeviceNewPointsTable
    device_leftovers: DeviceLeftoversTable
}

export const fleetSteps: Readonly<Record<string, Step>> = {
    '0003-devices': devices,
    '0004-history': history,
    '0006-history-size': historySize,
    '0007-history-leftovers': historyLeftovers,
}

async function devices(db: Kysely<unknown>): Promise<void> {
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
}

async function history(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
    await db.schema
        .createTable('device_series')
        .addColumn('id', ...types.counter)
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
        .$call(types.keyFirst)
        .execute()
    await db.schema
        .createTable('device_new_points')
        .addColumn('seq', ...types.counter)
        .addColumn('series', 'integer', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('value', 'double precision', (column) => column.notNull())
        .execute()
    await sql`insert into device_series (fleet, device, property) select distinct fleet, device, property from device_history`.execute(db)
    await sql`insert into device_points (series, at, value) select s.id, h.at, h.value from device_history h join device_series s
        on s.fleet = h.fleet and s.device = h.device and s.property = h.property order by s.id, h.at`.execute(db)
    await db.schema.dropTable('device_history').execute()
}

async function historySize(db: Kysely<unknown>): Promise<void> {
    await db.schema
        .alterTable('device_series')
        .addColumn('points', 'integer', (column) => column.notNull().defaultTo(0))
        .execute()
    await sql`update device_series set points = (select count(*) from device_points p where p.series = device_series.id)`.execute(db)
}

async function historyLeftovers(db: Kysely<unknown>): Promise<void> {
    await db.schema
        .createTable('device_leftovers')
        .addColumn('series', 'integer', (column) => column.primaryKey())
        .execute()
}
