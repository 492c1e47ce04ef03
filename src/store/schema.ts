import type { Insertable, Selectable } from 'kysely'

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

/** The tables, as {@link Kysely} has to know them. */
export interface Database {
    sockets: SocketsTable
    instances: InstancesTable
    samples: SamplesTable
    power_events: PowerEventsTable
    waits: WaitsTable
    callbacks: CallbacksTable
    node_states: NodeStatesTable
}

export type Row<T extends keyof Database> = Selectable<Database[T]>
export type NewRow<T extends keyof Database> = Insertable<Database[T]>
