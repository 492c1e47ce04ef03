import type { Clock } from '../lib/index.ts'
import type { Reading } from './repository.ts'

export interface ApplianceOptions {
    clock: Clock
    /** W: it has started once it draws at least so much ... */
    startPower: number
    /** ... for so many milliseconds, ... */
    startHold: number
    /** ... and has finished once it draws less than so many W ... */
    finishPower: number
    /** ... for so many milliseconds. */
    finishHold: number
    signal: AbortSignal
}

/** What is remembered over a restart. Times are milliseconds since 1970. */
export interface ApplianceState {
    running: boolean
    /** When it started; null while it does not run. */
    since: number | null
    /** kWh on the meter then; null if the plug does not say. */
    meter: number | null
    /** Since when it has drawn as if its state had changed. */
    changing: number | null
}

export interface ApplianceEvent {
    kind: 'appliance-started' | 'appliance-finished'
    /** When it really started or finished, which was a hold time ago. */
    at: number
    /** kWh from start to finish; null if it has just started or the plug does not say. */
    energy: number | null
    /** Milliseconds from start to finish; null if it has just started. */
    duration: number | null
}

/**
 * Tells from the power it draws when an appliance starts and finishes. Goes by time, not by the number of readings; but a hold time is over
 * only when a reading says so, or the relay has been off all the while. Of a silent meter nobody knows.
 */
export class Appliance {
    readonly #o: ApplianceOptions
    readonly #changed: (state: ApplianceState, event: ApplianceEvent | undefined) => void
    #state: ApplianceState
    #total: number | null = null
    /** Two times of the state in monotonic time, which lasts no longer than this process. */
    #changing: number
    #since: number
    #cancel: (() => void) | undefined
    /** Whether the relay is known to be off, and whether the plug can be heard. */
    #isOff = false
    #isHeard = true

    /** @param changed is told whatever is to be remembered, with what happened if anything did */
    constructor(
        options: ApplianceOptions,
        state: ApplianceState | undefined,
        changed: (state: ApplianceState, event: ApplianceEvent | undefined) => void,
    ) {
        this.#o = options
        this.#changed = changed
        this.#state = state ?? { running: false, since: null, meter: null, changing: null }
        this.#changing = this.#monotonic(this.#state.changing)
        this.#since = this.#monotonic(this.#state.since)
        options.signal.addEventListener('abort', () => this.#cancel?.())
    }

    get running(): boolean {
        return this.#state.running
    }

    take({ at, power, total }: Pick<Reading, 'at' | 'power' | 'total'>): void {
        const before = this.#total ?? total
        // A meter that says nothing for once has not been reset.
        this.#total = total ?? this.#total
        if (power === null) return
        const { running, changing } = this.#state
        const turns = running ? power < this.#o.finishPower : power >= this.#o.startPower
        if (!turns) {
            if (changing !== null) this.#remember({ ...this.#state, changing: null })
            return
        }
        if (changing === null) {
            this.#changing = this.#monotonic(at)
            this.#remember({ ...this.#state, changing: at, meter: running ? this.#state.meter : before })
        }
        this.#look()
    }

    /**
     * @param isOff whether the relay is known to be off: without power nothing runs, and no meter will say so
     * @param isHeard whether the plug can be heard: what began before it went away begins anew with what it says when it is back
     */
    see(isOff: boolean, isHeard: boolean): void {
        if (isOff === this.#isOff && isHeard === this.#isHeard) return
        this.#isOff = isOff
        this.#isHeard = isHeard
        this.#cancel?.()
        if (!isHeard && this.#state.changing !== null) this.#remember({ ...this.#state, changing: null })
        if (isOff && isHeard) this.take({ at: this.#o.clock.now(), power: 0, total: null })
    }

    /** Looks whether the hold time is over, and again when it is, if there need not be another reading by then. */
    #look(): void {
        this.#cancel?.()
        const { running, changing } = this.#state
        if (changing === null) return
        const left = this.#changing + (running ? this.#o.finishHold : this.#o.startHold) - this.#o.clock.monotonic()
        if (left <= 0) this.#turn(changing)
        else if (this.#isOff && this.#isHeard) this.#cancel = this.#o.clock.after(left, () => this.#look())
    }

    #turn(at: number): void {
        const { running, since, meter } = this.#state
        if (!running) {
            const event = { kind: 'appliance-started', at, energy: null, duration: null } as const
            this.#since = this.#changing
            this.#remember({ running: true, since: at, meter, changing: null }, event)
            return
        }
        const energy = meter === null || this.#total === null ? null : Math.max(this.#total - meter, 0)
        const event = {
            kind: 'appliance-finished',
            at,
            energy,
            duration: since === null ? null : Math.round(this.#changing - this.#since),
        } as const
        this.#remember({ running: false, since: null, meter: null, changing: null }, event)
    }

    /** A time of the wall clock, at most now: one in the future is from before the clock was set back. */
    #monotonic(at: number | null): number {
        const { clock } = this.#o
        return clock.monotonic() - Math.max(at === null ? 0 : clock.now() - at, 0)
    }

    #remember(state: ApplianceState, event?: ApplianceEvent): void {
        this.#cancel?.()
        this.#cancel = undefined
        this.#state = state
        this.#changed(state, event)
    }
}
