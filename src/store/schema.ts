import type { Generated, Insertable, Selectable } from 'kysely'

// Only what every SQL database has: text, whole numbers and doubles. Booleans are 0 and 1, times are milliseconds since 1970.

export interface SocketsTable {
    id: string
    name: string
    owned: number
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

export interface WaitsTable {
    id: string
    node: string
    due_at: number
    message: string
    callback: string | null
}

export interface CallbacksTable {
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

export interface NodeStatesTable {
    node: string
    /** As JSON. */
    state: string
}

export interface DevicesTable {
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
export interface DeviceSeriesTable {
    /** Never given twice: whoever still has that of a series that is gone must not reach another's points. */
    id: Generated<number>
    fleet: string
    device: string
    property: string
    /** About how many points it has, without those that were not moved to it yet. */
    points: Generated<number>
}

/** History, by series. */
export interface DevicePointsTable {
    series: number
    at: number
    value: number
}

/** History in the order it came: what is appended in one place costs a page of the disk, not one for each series. */
export interface DeviceNewPointsTable {
    seq: Generated<number>
    series: number
    at: number
    value: number
}

/** Series of devices that were deleted, as long as points of theirs are left. */
export interface DeviceLeftoversTable {
    series: number
}

export interface OutboxTable {
    id: string
    endpoint: string
    /** Counts what an endpoint was given: two may come in the same millisecond. */
    seq: number
    node: string
    peer: string
    /** Whose peer; null if that was not said. */
    account: string | null
    /** Whether it is only for one that proves its id. */
    proven: number
    payload: string
    created_at: number
    expires_at: number
}

/** The tables, as {@link Kysely} has to know them. */
export interface Database {
    sockets: SocketsTable
    instances: InstancesTable
    samples: SamplesTable
    power_events: PowerEventsTable
    waits: WaitsTable
    callbacks: CallbacksTable
    node_states: NodeStatesTable
    devices: DevicesTable
    device_properties: DevicePropertiesTable
    device_series: DeviceSeriesTable
    device_points: DevicePointsTable
    device_new_points: DeviceNewPointsTable
    device_leftovers: DeviceLeftoversTable
    outbox: OutboxTable
}

export type Row<T extends keyof Database> = Selectable<Database[T]>
export type NewRow<T extends keyof Database> = Insertable<Database[T]>
