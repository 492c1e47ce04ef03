import type { Sharing, Tariff } from '../energy/index.ts'
import type { Clock } from '../lib/index.ts'
import type { Broker } from '../mqtt/index.ts'
import type { Backlog } from './backlog.ts'
import type { Family } from './families/family.ts'
import type { PowerRepository, SocketRow } from './repository.ts'

/** The part of a store that a socket stands on. */
export interface PowerStore {
    readonly power: PowerRepository
    readonly health: { ok: boolean }
    onHealth(listener: () => void, signal: AbortSignal): void
    ready(signal: AbortSignal): Promise<void>
}

/** What a socket knew when it was closed, and had yet to write down. */
export interface Handover {
    backlog: Backlog
    row: SocketRow
}

export interface PlugOptions {
    broker: Broker
    family: Family
    clock: Clock
    /** Milliseconds the plug has to confirm a command or to give a reading. */
    confirm: number
    /** Ends everything; the plug is left as it is. */
    signal: AbortSignal
    log(text: string): void
}

export interface SocketOptions extends PlugOptions {
    id: string
    name: string
    store: PowerStore
    newId(): string
    /** Milliseconds between readings while an instance runs. */
    interval: number
    /** Milliseconds between readings otherwise; 0 means none. */
    idleInterval: number
    /** Whether the plug itself is told to switch off after the instances' timeouts. */
    offGuard: boolean
    /** How energy is shared between instances that run at the same time; equally by default. */
    sharing?: Sharing
    /** What energy costs; by default that is not told. */
    tariff?: Tariff | undefined
    /** What sockets of this process could not write down before they were deployed anew, by their ids. */
    handover?: Map<string, Handover>
}
