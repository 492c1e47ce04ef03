import type { Clock } from '../lib/index.ts'
import type { Broker } from '../mqtt/index.ts'
import type { Family } from './family.ts'
import type { Reading } from './repository.ts'

export interface PlugOptions {
    broker: Broker
    family: Family
    clock: Clock
    /** Milliseconds the plug has to confirm a command or to give a reading. */
    confirm: number
    /** Ends everything. */
    signal: AbortSignal
    log(text: string): void
}

export interface PlugListener {
    /** @param ours whether it is what a command under way asked for */
    relay(on: boolean, how: 'echo' | 'answer' | 'periodic', ours: boolean): void
    reading(reading: Reading): void
    reachable(reachable: boolean): void
    /** The broker was reached or lost. */
    connected(connected: boolean): void
    /** The plug said its name. */
    changed(): void
}
