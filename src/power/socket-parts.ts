import type { EnergyMeter } from '../energy/index.ts'
import type { Control } from './control.ts'
import type { SocketEvents } from './events.ts'
import type { Meter } from './meter.ts'
import type { OffGuard } from './off-guard.ts'
import type { SocketOptions } from './options.ts'
import type { Plug } from './plug.ts'
import type { Recorder } from './recorder.ts'
import type { Runs } from './runs.ts'
import type { TurnQueue } from './turn-queue.ts'

/** What the parts of a socket share. */
export interface SocketParts {
    readonly o: SocketOptions
    readonly runs: Runs
    readonly plug: Plug
    readonly power: Control
    /** If the plug is to go off by itself. */
    readonly guard: OffGuard | undefined
    readonly meter: Meter
    readonly energy: EnergyMeter
    readonly recorder: Recorder
    /** Runs whatever changes power, one after the other. */
    readonly queue: TurnQueue
    readonly events: SocketEvents
}
