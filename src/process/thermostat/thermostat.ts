import { type Clock, Refusal, retryUntil } from '../../lib/index.ts'
import {
    isLost,
    newThermostat,
    step,
    type ThermostatEffect,
    type ThermostatEvent,
    type ThermostatSettings,
    type ThermostatState,
} from './machine.ts'

export interface ThermostatOptions {
    /** The node that controls. */
    node: string
    store: {
        /** What nodes remember over a restart, by their ids. */
        states: { get(node: string): Promise<unknown>; put(node: string, state: unknown): Promise<void> }
        ready(signal: AbortSignal): Promise<void>
    }
    settings: ThermostatSettings
    clock: Clock
    /** Has power go on, stay on for a while longer, or go off. */
    power(on: boolean): void
    /** Is told whenever there is something else to see. */
    changed(): void
    signal: AbortSignal
}

/** What may wait for the store. */
const MOST_WAITING = 100

/** What is kept: its times mean nothing to another process without the two readings of the clock. */
interface Kept {
    state: ThermostatState
    now: number
    monotonic: number
}

/** Controls a value by switching power on and off. It switches nothing before what the store holds was read. */
export class Thermostat {
    readonly #o: ThermostatOptions
    readonly #opened: Promise<unknown>
    #state: ThermostatState | undefined
    #cancel: (() => void) | undefined
    #waiting = 0
    /** What is being written and switched, one after the other. */
    #acting: Promise<unknown> = Promise.resolve()

    constructor(options: ThermostatOptions) {
        const { clock, signal } = options
        this.#o = options
        this.#opened = retryUntil(clock, signal, () => this.#open())
        signal.addEventListener('abort', () => this.#cancel?.(), { once: true })
    }

    /** What it does now; undefined before it does anything. */
    get view() {
        const { clock, settings } = this.#o
        if (!this.#state) return undefined
        const { mode, setPoint, value, demand, isOn } = this.#state
        return {
            mode,
            setPoint,
            value,
            demand: Math.round(demand * 1000) / 1000,
            on: isOn,
            lost: isLost(this.#state, settings, clock.monotonic()),
        }
    }

    /**
     * Takes a value, a set-point or a mode. Waits for the store when it has just been opened.
     * @throws {@link Refusal} 503 `STORE_UNAVAILABLE` if too many wait for it
     */
    async take(event: ThermostatEvent): Promise<void> {
        if (!this.#state) await this.#wait()
        if (!this.#o.signal.aborted) this.#step(event)
    }

    async #wait(): Promise<void> {
        if (this.#waiting >= MOST_WAITING) throw new Refusal(503, 'STORE_UNAVAILABLE', 'what the thermostat did before cannot be read yet')
        this.#waiting++
        await this.#opened
        this.#waiting--
    }

    /** Resolves once what was decided is written and done. */
    async settled(): Promise<void> {
        await this.#acting
    }

    async #open(): Promise<void> {
        const { store, node, signal, clock } = this.#o
        await store.ready(signal)
        const kept = (await store.states.get(node)) as Kept | undefined
        const now = clock.monotonic()
        this.#state = kept ? goneOn(kept, this.#o) : newThermostat(now)
        this.#step({ type: 'tick' })
    }

    #step(event: ThermostatEvent): void {
        const { clock, settings, changed } = this.#o
        const before = this.#state!
        const { state, effects } = step(before, event, clock.monotonic(), settings)
        this.#state = state
        const isToKeep =
            state.isOn !== before.isOn ||
            state.mode !== before.mode ||
            state.setPoint !== before.setPoint ||
            (state.mode === 'manual' && state.demand !== before.demand)
        if (isToKeep) this.#keep(state)
        for (const effect of effects) this.#run(effect)
        changed()
    }

    /** What is decided is written first: a minimum time must hold over a kill. */
    #keep(state: ThermostatState): void {
        const { store, node, clock } = this.#o
        const kept: Kept = { state, now: clock.now(), monotonic: clock.monotonic() }
        // The store says itself why it is away; power is switched all the same.
        this.#acting = this.#acting.then(() => store.states.put(node, kept)).catch(() => {})
    }

    #run(effect: ThermostatEffect): void {
        const { power, signal, clock } = this.#o
        if (effect.do !== 'wake') {
            const on = effect.do === 'renew' || effect.on
            this.#acting = this.#acting.then(() => signal.aborted || power(on))
            return
        }
        this.#cancel?.()
        this.#cancel = undefined
        if (effect.at === null || signal.aborted) return
        this.#cancel = clock.after(effect.at - clock.monotonic(), () => this.#step({ type: 'tick' }))
    }
}

/**
 * One of a process before, so much later. Power is asked for again at once. Its last value has its time to come anew, but a restart finds no
 * sensor again that was silent or stuck.
 */
function goneOn({ state, now, monotonic }: Kept, { clock, settings }: Pick<ThermostatOptions, 'clock' | 'settings'>): ThermostatState {
    const present = clock.monotonic()
    const moved = present - Math.max(clock.now() - now, 0) - monotonic
    const wasSilent = monotonic - state.valueAt >= settings.sensorLost
    return {
        ...state,
        valueAt: wasSilent ? present - settings.sensorLost : present,
        slope: 0,
        countedAt: present,
        switchedAt: Math.min(state.switchedAt + moved, present),
        renewedAt: Number.NEGATIVE_INFINITY,
        cycle: null,
        carry: 0,
    }
}
