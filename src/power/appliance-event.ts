import type { NotLearned } from './idle-power.ts'
import type { EnergyQuality, RunEnergyState } from './run-energy.ts'

/** What is remembered over a restart. Times are milliseconds since 1970. */
export interface ApplianceState {
    running: boolean
    /** When it started; null while it does not run. */
    since: number | null
    /** Since when it has drawn as if its state had changed. */
    changing: number | null
    /** When it paused; null while it does not. */
    paused: number | null
    /** When the last reading that was waited for came. */
    seen: number | null
    /** Whether it was told that the meter is silent. */
    silent: boolean
    /** W that it draws while it does nothing, as they were learned. */
    idle: number
    energy: RunEnergyState
}

/** `at` is when it really happened, which was a hold time ago, in milliseconds since 1970. */
export type ApplianceEvent =
    | {
          kind: 'appliance-started'
          at: number
          /** Not known yet. */
          energy: null
          duration: null
          cost?: null
      }
    | { kind: 'appliance-paused' | 'appliance-resumed'; at: number }
    | {
          /** It was aborted if it ran for less than the shortest run. */
          kind: 'appliance-finished' | 'appliance-aborted'
          at: number
          /** kWh from start to finish. */
          energy: number
          quality: EnergyQuality
          /** What that cost, in the currency of the price; only of a run that began with a price. */
          cost?: number
          /** Milliseconds from start to finish, pauses included; null if it is not known when it started. */
          duration: number | null
      }
    /** The meter was last heard then, or is heard again since then. */
    | { kind: 'appliance-silent' | 'appliance-heard'; at: number }
    /** The idle power was learned, in W, or could not be. */
    | { kind: 'appliance-learned'; at: number; idlePower: number }
    | { kind: 'appliance-not-learned'; at: number; reason: NotLearned }

/** What was remembered by this version or by one that knew neither pauses nor silence. */
type Remembered = Partial<ApplianceState> & { meter?: number | null }

/** What was remembered, whole. */
export function restored({ meter = null, ...remembered }: Remembered = {}): ApplianceState {
    const quality = remembered.running && meter === null ? 'gap' : 'counter'
    const energy: RunEnergyState = { kWh: 0, marked: 0, cost: null, markedCost: null, total: meter, quality }
    const nothing = { running: false, since: null, changing: null, paused: null, seen: null, silent: false, idle: 0, energy }
    const state = { ...nothing, ...remembered, energy: { ...energy, ...remembered.energy } }
    // What was used between two runs belongs to none.
    return state.running || state.changing !== null ? state : { ...state, energy: nothing.energy }
}
