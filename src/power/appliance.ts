import type { Clock } from '../lib/index.ts'
import { type ApplianceEvent, type ApplianceState, restored } from './appliance-event.ts'
import { IdlePower } from './idle-power.ts'
import type { Reading } from './repository.ts'
import type { RunEnergyPort, RunEnergyState } from './run-energy.ts'

/** Times are in milliseconds. */
export interface ApplianceOptions {
    clock: Clock
    /** W above the idle power: it has started once it draws at least so much ... */
    startPower: number
    /** ... for so long, ... */
    startHold: number
    /** ... and has paused or finished once it draws less than so many W above the idle power ... */
    finishPower: number
    /** ... for so long. */
    finishHold: number
    /** It has only paused until it has drawn so little for so long; it never pauses where that is no longer than `finishHold`. */
    longestPause: number
    /** What ran for less was aborted. */
    shortestRun: number
    /** Without a reading for longer, the meter is silent; infinite where nobody asks. */
    silence: number
    /** For how long the idle power is looked at when it is to be learned. */
    learnFor: number
    /** Counts the energy of runs, going on with what was remembered. */
    openEnergy(remembered: RunEnergyState): RunEnergyPort
    signal: AbortSignal
}

/** How often is written down what each reading adds, in milliseconds. */
const KEEP_EVERY = 5000

/**
 * Tells from the power it draws when an appliance starts, pauses and finishes. Goes by time, not by the number of readings; but a hold time
 * is over only when a reading says so, or the relay has been off all the while. Of a silent meter nobody knows.
 */
export class Appliance {
    readonly #o: ApplianceOptions
    readonly #changed: (state: ApplianceState, event: ApplianceEvent | undefined) => void
    readonly #energy: RunEnergyPort
    #state: ApplianceState
    /** Times of the state in monotonic time, which lasts no longer than this process. */
    #changing: number
    #since: number
    #paused: number
    #seen: number
    readonly #openedAt: number
    #keptAt = Number.NEGATIVE_INFINITY
    /** From when on the longest pause is counted. */
    #pausing: number
    #cancelHold: (() => void) | undefined
    #cancelWatch: (() => void) | undefined
    #learning: IdlePower | undefined
    /** Whether the relay is known to be off, and whether the plug can be heard. */
    #isOff = false
    #isHeard = true

    /**
     * @param remembered what it was told to remember, by this version or an older one
     * @param changed is told whatever is to be remembered, with what happened if anything did
     */
    constructor(
        options: ApplianceOptions,
        remembered: Partial<ApplianceState> | undefined,
        changed: (state: ApplianceState, event: ApplianceEvent | undefined) => void,
    ) {
        this.#o = options
        this.#changed = changed
        this.#state = restored(remembered)
        const { changing, since, seen, paused, energy } = this.#state
        this.#energy = options.openEnergy(energy)
        this.#changing = this.#monotonic(changing)
        this.#since = this.#monotonic(since)
        this.#paused = this.#monotonic(paused)
        this.#pausing = this.#paused
        this.#openedAt = options.clock.monotonic()
        this.#seen = this.#monotonic(seen)
        options.signal.addEventListener('abort', () => this.#stop())
        this.#watch()
    }

    get running(): boolean {
        return this.#state.running
    }

    take(reading: Pick<Reading, 'at' | 'power' | 'total'>): void {
        this.#energy.take(reading)
        const { at, power } = reading
        if (power === null) return
        this.#hear(at)
        this.#learning?.take(power)
        const { running, paused, changing, idle } = this.#state
        const turns = running && paused === null ? power < idle + this.#o.finishPower : power >= idle + this.#o.startPower
        if (turns && changing === null) this.#begin(at)
        else if (!turns && changing !== null) this.#remember({ ...this.#state, changing: null })
        else this.#keep()
        this.#look()
    }

    /**
     * @param isOff whether the relay is known to be off: without power nothing runs, and no meter will say so
     * @param isHeard whether the plug can be heard: what began before it went away begins anew with what it says when it is back
     */
    see(isOff: boolean, isHeard: boolean): void {
        if (isOff === this.#isOff && isHeard === this.#isHeard) return
        const wasKnownOff = this.#isKnownOff
        this.#isOff = isOff
        this.#isHeard = isHeard
        this.#cancelHold?.()
        if (!isHeard) this.#beginAnew()
        if (isOff || !isHeard) this.#learning?.fail(isOff ? 'off' : 'silent')
        if (this.#isKnownOff) this.take({ at: this.#o.clock.now(), power: 0, total: null })
        // As long as it was off, there was nothing to be heard of the meter.
        else if (wasKnownOff) this.#seen = this.#o.clock.monotonic()
        this.#watch()
    }

    /** Learns from now on what it draws while it does nothing; thresholds are counted from there. */
    learn(): void {
        const { clock, learnFor, startPower, signal } = this.#o
        if (this.#learning) return
        const ended: ConstructorParameters<typeof IdlePower>[0]['ended'] = (result) => {
            this.#learning = undefined
            const at = clock.now()
            if ('reason' in result) return this.#remember(this.#state, { kind: 'appliance-not-learned', at, ...result })
            this.#remember({ ...this.#state, idle: result.idlePower }, { kind: 'appliance-learned', at, ...result })
        }
        this.#learning = new IdlePower({ clock, learnFor, spread: startPower, ended, signal })
        if (this.#isOff || !this.#isHeard) this.#learning.fail(this.#isOff ? 'off' : 'silent')
    }

    get #isKnownOff(): boolean {
        return this.#isOff && this.#isHeard
    }

    /** The meter was heard, and perhaps not for long. */
    #hear(at: number): void {
        const now = this.#o.clock.monotonic()
        if (now - this.#seen > this.#o.silence) this.#beginAnew()
        this.#seen = now
        if (!this.#state.silent) return
        this.#remember({ ...this.#state, silent: false }, { kind: 'appliance-heard', at })
        this.#watch()
    }

    /** Nobody knows what was while nothing was heard: what was held begins anew with what is heard next. */
    #beginAnew(): void {
        this.#pausing = this.#o.clock.monotonic()
        if (this.#state.paused !== null) this.#energy.mark()
        if (this.#state.changing !== null) this.#remember({ ...this.#state, changing: null })
    }

    #begin(at: number): void {
        this.#changing = this.#monotonic(at)
        const { running, paused } = this.#state
        if (!running) this.#energy.begin()
        else if (paused === null) this.#energy.mark()
        this.#remember({ ...this.#state, changing: at })
    }

    /** Looks whether the hold time is over, and again when it is, if there need not be another reading by then. */
    #look(): void {
        this.#cancelHold?.()
        const { running, changing, paused } = this.#state
        const { startHold, finishHold, longestPause, clock } = this.#o
        const isPause = paused !== null && changing === null
        if (changing === null && !isPause) return
        const end = isPause ? this.#pausing + longestPause : this.#changing + (running && paused === null ? finishHold : startHold)
        const left = end - clock.monotonic()
        if (left > 0) {
            if (this.#isKnownOff) this.#cancelHold = clock.after(left, () => this.#look())
        } else if (isPause) this.#finish(paused, this.#paused)
        else this.#turn(changing!)
    }

    /** It draws as if its state had changed, and has done so for long enough. */
    #turn(at: number): void {
        const { running, paused } = this.#state
        if (!running) {
            this.#since = this.#changing
            const price = this.#energy.state.cost !== null && { cost: null }
            const event = { kind: 'appliance-started', at, energy: null, duration: null, ...price } as const
            this.#remember({ ...this.#state, running: true, since: at, changing: null }, event)
        } else if (paused !== null) {
            this.#remember({ ...this.#state, paused: null, changing: null }, { kind: 'appliance-resumed', at })
        } else if (this.#o.longestPause > this.#o.finishHold) {
            this.#paused = this.#changing
            this.#pausing = this.#changing
            this.#remember({ ...this.#state, paused: at, changing: null }, { kind: 'appliance-paused', at })
            this.#look()
        } else this.#finish(at, this.#changing)
    }

    /** @param ended the same time as `at`, in monotonic time */
    #finish(at: number, ended: number): void {
        // After a restart both go by the wall clock, which may have been set back between them.
        const ran = Math.max(Math.round(ended - this.#since), 0)
        const { marked: energy, markedCost, quality } = this.#energy.state
        const cost = markedCost !== null && { cost: Number(markedCost.toFixed(6)) }
        const duration = this.#state.since === null ? null : ran
        const kind = ran < this.#o.shortestRun ? 'appliance-aborted' : 'appliance-finished'
        const rest = { running: false, since: null, changing: null, paused: null }
        this.#remember({ ...this.#state, ...rest }, { kind, at, energy, quality, duration, ...cost })
    }

    /** Tells once that the meter is silent, unless nothing is to be heard of it. */
    #watch(): void {
        this.#cancelWatch?.()
        this.#cancelWatch = undefined
        const { clock, silence, signal } = this.#o
        if (silence === Number.POSITIVE_INFINITY || this.#isKnownOff || this.#state.silent || signal.aborted) return
        const passed = clock.monotonic() - Math.max(this.#seen, this.#openedAt)
        if (passed <= silence) {
            this.#cancelWatch = clock.after(silence - passed + 1, () => this.#watch())
            return
        }
        this.#beginAnew()
        this.#learning?.fail('silent')
        this.#remember({ ...this.#state, silent: true }, { kind: 'appliance-silent', at: clock.now() - passed })
    }

    /** A time of the wall clock, at most now: one in the future is from before the clock was set back. */
    #monotonic(at: number | null): number {
        const { clock } = this.#o
        return clock.monotonic() - Math.max(at === null ? 0 : clock.now() - at, 0)
    }

    /** Writes down what a reading added, where it would be lost otherwise. */
    #keep(): void {
        const { running, changing, paused } = this.#state
        const { quality, cost } = this.#energy.state
        // A counter goes on by itself, but it does not tell at which price.
        const isLost = changing !== null || paused !== null || (running && (quality !== 'counter' || cost !== null))
        if (isLost && this.#o.clock.monotonic() - this.#keptAt >= KEEP_EVERY) this.#remember(this.#state)
    }

    #remember(state: ApplianceState, event?: ApplianceEvent): void {
        const { clock } = this.#o
        this.#cancelHold?.()
        this.#cancelHold = undefined
        this.#keptAt = clock.monotonic()
        this.#state = { ...state, seen: clock.now() - (this.#keptAt - this.#seen), energy: this.#energy.state }
        this.#changed(this.#state, event)
    }

    #stop(): void {
        this.#cancelHold?.()
        this.#cancelWatch?.()
    }
}
