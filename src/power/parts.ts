import type { Clock } from '../lib/index.ts'
import type { Broker } from '../mqtt/index.ts'
import type { Backlog } from './backlog.ts'
import type { Enforcer } from './enforcer.ts'
import type { Announcer } from './events.ts'
import type { Family } from './family.ts'
import type { Ledger } from './ledger.ts'
import type { Meter } from './meter.ts'
import type { OffGuard } from './off-guard.ts'
import type { Plug } from './plug.ts'
import type { PowerRepository, SocketRow } from './repository.ts'
import type { Runs } from './runs.ts'
import type { Serial } from './serial.ts'
import type { State } from './state.ts'

/** The part of a store that a socket stands on. */
export interface PowerStore {
    readonly power: PowerRepository
    readonly health: { ok: boolean }
    onHealth(listener: () => void, signal: AbortSignal): void
    ready(signal: AbortSignal): Promise<void>
}

/** What a socket knew when it was closed, and had yet to write down. */
export interface Unwritten {
    backlog: Backlog
    row: SocketRow
}

export interface SocketOptions {
    id: string
    name: string
    store: PowerStore
    broker: Broker
    family: Family
    clock: Clock
    newId(): string
    log(text: string): void
    /** Milliseconds the plug has to confirm a command. */
    confirm: number
    /** Milliseconds between readings while an instance runs. */
    interval: number
    /** Milliseconds between readings otherwise; 0 means none. */
    idleInterval: number
    /** Whether the plug itself is told to switch off after the instances' timeouts. */
    offGuard: boolean
    /** What sockets of this process could not write down before they were deployed anew, by their ids. */
    unwritten?: Map<string, Unwritten>
    /** Ends everything; the plug is left as it is. */
    signal: AbortSignal
}

/** What the parts of a socket share. */
export interface Parts {
    readonly o: SocketOptions
    readonly state: State
    readonly runs: Runs
    readonly plug: Plug
    readonly meter: Meter
    readonly ledger: Ledger
    /** One after the other, whatever changes power. */
    readonly queue: Serial
    readonly enforcer: Enforcer
    readonly guard: OffGuard | undefined
    readonly announcer: Announcer
    /** Called whenever instances started or stopped. */
    runsChanged(): void
}
