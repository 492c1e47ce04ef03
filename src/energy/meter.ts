import type { Clock } from '../lib/index.ts'
import { advance, estimate, firstState, LONGEST, type MeterReading, type MeterState, withPower } from './metering.ts'
import {
    closed,
    type KeptMeter,
    MOST_WEIGHT,
    newRun,
    nothingShared,
    type RunEnergy,
    type Sharing,
    type SocketMeter,
    settled,
    share,
    WEIGHT_UNIT,
} from './shares.ts'
import { meanPrice, type Tariff } from './tariff.ts'

export interface EnergyOptions {
    clock: Clock
    sharing: Sharing
    tariff?: Tariff | undefined
}

/** Milliseconds between two readings of a plug that is set to tell its meter as rarely as can be. */
const LONGEST_INTERVAL = 3_610_000

const empty: MeterReading = { total: null, today: null, power: null }

/**
 * The meter of one socket, and who used what. It is moved on at each reading and whenever somebody starts or stops; what was used in between
 * is shared by those that ran, so that the shares are what the meter has counted. Nothing of it takes longer the more run.
 */
export class EnergyMeter {
    readonly #o: EnergyOptions
    /** Undefined before the first reading, and before {@link load}. */
    #state: SocketMeter | undefined
    #isLoaded = false
    /** When it was moved on last, in monotonic time. */
    #movedAt = 0
    #isResumed = false
    /** Of all that run: their sum, in thousandths. */
    #weights = 0
    #running = 0
    /** The last reading before {@link load}, and what the relay was switched to, if it was. */
    #early: MeterReading | undefined
    #isOn: boolean | undefined

    constructor(options: EnergyOptions) {
        this.#o = options
    }

    /** Takes up what was kept. @param runs those that run; the account of the newest is brought up to date */
    load(state: SocketMeter | undefined, runs: readonly { id: string; energy?: RunEnergy }[]): void {
        const { clock } = this.#o
        this.#isLoaded = true
        // What was kept by an earlier version has less.
        this.#state = state && { ...nothingShared(state.at), ...state, isOn: this.#isOn ?? state.isOn ?? false }
        const newest = state?.newest
        const counted = runs.filter((run) => run.energy)
        const of = counted.find(({ id }) => id === newest?.id)
        if (newest && of) of.energy = newest.run
        else if (newest) this.#state = { ...this.#state!, newest: null }
        this.#weights = counted.reduce((sum, { energy }) => sum + energy!.weight, 0)
        this.#running = counted.length
        this.#movedAt = clock.monotonic() - Math.max(0, clock.now() - (state?.at ?? 0))
        this.#isResumed = true
        if (this.#early) this.take(this.#early)
        this.#early = undefined
    }

    /** As it was when it was moved on last. */
    get state(): SocketMeter | undefined {
        return this.#state
    }

    /** What a kWh costs now; null without a price. */
    get price(): number | null {
        const { tariff, clock } = this.#o
        return this.#state?.price ?? tariff?.(clock.now()) ?? null
    }

    take(reading: MeterReading): void {
        if (!this.#isLoaded) {
            this.#early = reading
            return
        }
        if (!this.#state) this.#begin(reading)
        else this.#move((state, ms) => advance(state, reading, ms, this.#isResumed))
        this.#isResumed = false
        this.#setNewestWeight(reading.power)
    }

    /** Moves it on to now. Undefined before what was kept is known. */
    now(): SocketMeter | undefined {
        if (this.#isLoaded && this.#state) this.#move(estimate)
        return this.#state
    }

    /** The relay was switched: while it is off nothing is used, and what is used once it is on is yet to be read. */
    switched(on: boolean): void {
        // What the plug is found to be after a restart divides nothing: the first reading tells what was used since the one before.
        const isFound = this.#isResumed && this.#isOn === undefined
        this.#isOn = on
        const state = isFound ? this.#state : this.now()
        if (state) this.#state = { ...state, ...withPower(state, on ? null : 0), isOn: on }
    }

    /**
     * Somebody begins to run.
     * @param weight as it was given, where energy is shared by weights
     */
    start(id: string, weight: number): RunEnergy | undefined {
        if (!this.#isLoaded) return undefined
        if (!this.#state) this.#begin(empty)
        const state = this.now()!
        const { sharing } = this.#o
        const own = Math.min(Math.max(Math.round(weight * WEIGHT_UNIT), 1), MOST_WEIGHT * WEIGHT_UNIT)
        const isFirst = this.#running === 0
        const run = newRun(state, sharing === 'weight' ? own : sharing === 'equal' ? WEIGHT_UNIT : 1, this.#hasPrice(state))
        this.#running++
        this.#weights += run.weight
        if (sharing !== 'marginal') return run
        this.#state = { ...state, newest: { id, before: isFirst ? 0 : Math.max(state.power ?? 0, 0), run } }
        if (isFirst) this.#setNewestWeight(state.power)
        return this.#state.newest!.run
    }

    #hasPrice({ price }: SocketMeter): boolean {
        return price !== null || this.#o.tariff !== undefined
    }

    /** What a kWh costs from now on; null for what the tariff says. @returns what is to be kept; undefined before what was kept is known */
    setPrice(price: number | null): KeptMeter | undefined {
        if (!this.#isLoaded) return undefined
        if (!this.#state) this.#begin(empty)
        const state = this.now()!
        this.#state = { ...state, steps: state.steps + 1, price }
        return { meter: this.#state }
    }

    /** The account of one that runs, as of now. @param run as it was when it started */
    current(id: string, run: RunEnergy): RunEnergy {
        const newest = this.#state?.newest
        return newest?.id === id ? newest.run : run
    }

    /** Somebody has stopped. @returns its account */
    stop(id: string, run: RunEnergy): RunEnergy {
        const state = this.now()
        if (!state) return run
        const current = this.current(id, run)
        this.#running--
        this.#weights -= current.weight
        if (state.newest?.id === id) this.#state = { ...state, newest: null }
        return closed(current, state)
    }

    /** Moves it on to now, and does what starts or stops runs. @returns what is to be kept then; undefined before what was kept is known */
    kept(act: () => void): KeptMeter | undefined {
        const settled = this.now()?.newest
        act()
        return this.#state && { meter: this.#state, ...(settled && { settled }) }
    }

    #begin(reading: MeterReading): void {
        const { clock } = this.#o
        this.#movedAt = clock.monotonic()
        this.#state = { ...firstState(reading), ...nothingShared(clock.now()), isOn: this.#isOn ?? false }
    }

    #move(step: (state: MeterState, ms: number) => { state: MeterState; energy: number }): void {
        const { clock, tariff } = this.#o
        const before = this.#state!
        const monotonic = clock.monotonic()
        const ms = Math.max(0, monotonic - this.#movedAt)
        this.#movedAt = monotonic
        const { state, energy } = step(before, ms)
        if (state === before) return
        const at = clock.now()
        const price = before.price ?? (tariff && energy > 0 ? meanPrice(tariff, ms, at) : null)
        // Nobody knows whether it was on while nothing was heard of it, even if its counter tells what was used.
        const isUnheard = state.elapsed - before.readAt > (this.#isResumed ? LONGEST : LONGEST_INTERVAL)
        const onMs = before.onMs + (before.isOn && !isUnheard && state.gapAt <= before.elapsed ? ms : 0)
        this.#state = share({ ...before, ...state, at, onMs }, energy, this.#weights, price)
    }

    /** The newest pays for what is drawn beyond what was drawn before it came, as long as it is the newest. */
    #setNewestWeight(power: number | null): void {
        const state = this.#state
        const newest = state?.newest
        if (!state || !newest || power === null) return
        const weight = Math.max(1, Math.round((power - newest.before) * WEIGHT_UNIT))
        if (weight === newest.run.weight) return
        this.#weights += weight - newest.run.weight
        this.#state = { ...state, steps: state.steps + 1, newest: { ...newest, run: { ...settled(newest.run, state), weight } } }
    }
}
