import type { Clock } from '../clock/index.ts'
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

/** Tells from the power it draws when an appliance starts and finishes. Goes by time, not by the number of readings. */
export class Appliance {
    readonly #o: ApplianceOptions
    readonly #changed: (state: ApplianceState, event: ApplianceEvent | undefined) => void
    #state: ApplianceState
    #total: number | null = null
    /** Two times of the state in monotonic time, which lasts no longer than this process. */
    #changing: number
    #since: number
    #cancel: (() => void) | undefined

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
        if (power === null) return
        const before = this.#total ?? total
        this.#total = total
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
        this.#wait()
    }

    /** Without power nothing runs, and no meter will say so. @param at milliseconds since 1970 */
    off(at: number): void {
        this.take({ at, power: 0, total: this.#total })
    }

    /** Looks again once the hold time is over, be there another reading by then or not. */
    #wait(): void {
        this.#cancel?.()
        const { running, changing } = this.#state
        if (changing === null) return
        const left = this.#changing + (running ? this.#o.finishHold : this.#o.startHold) - this.#o.clock.monotonic()
        if (left <= 0) this.#turn(changing)
        else this.#cancel = this.#o.clock.after(left, () => this.#wait())
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

    /** A time of the wall clock as of now; the future is what a clock said that was set back since. */
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
