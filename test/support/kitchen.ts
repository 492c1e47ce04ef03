import assert from 'node:assert/strict'
import type { CurveName } from '../../simulators/plug/curves.ts'
import { Meter } from '../../simulators/plug/meter.ts'
import { Appliance, type ApplianceOptions } from '../../src/power/appliance.ts'
import type { ApplianceEvent, ApplianceState } from '../../src/power/appliance-event.ts'
import { RunEnergy, type RunEnergyState } from '../../src/power/run-energy.ts'
import { FakeClock } from './fake-clock.ts'

export const SECOND = 1000
export const MINUTE = 60 * SECOND

/** As a new node is set up, but that a dishwasher may dry. */
const usual = {
    ...{ startPower: 10, startHold: 10 * SECOND, finishPower: 5, finishHold: MINUTE },
    ...{ longestPause: 20 * MINUTE, shortestRun: MINUTE, silence: 5 * MINUTE, learnFor: 2 * MINUTE },
}

/** The meter of a simulated plug that is on, and what is detected by its readings. */
export class Kitchen {
    readonly clock: FakeClock
    readonly events: ApplianceEvent[] = []
    readonly #meter: Meter
    readonly #options: Partial<ApplianceOptions>
    #closing = new AbortController()
    appliance: Appliance
    kept: Partial<ApplianceState> | undefined
    /** Whether the plug has a counter of its energy. */
    hasCounter = true
    /** Of a kWh. */
    price: number | null = null
    /** Kept at each write, as a process that is killed leaves it. */
    readonly writes: ApplianceState[] = []

    constructor(curve: CurveName, options: Partial<ApplianceOptions> = {}, clock = new FakeClock(0)) {
        this.clock = clock
        this.#options = options
        this.#meter = new Meter(clock, { relays: 1, curve, seed: 1, phases: 1 })
        this.#meter.switched(0, true)
        this.appliance = this.#open()
    }

    #open(): Appliance {
        const openEnergy = (state: RunEnergyState) => new RunEnergy(this.clock, usual.silence, state, () => this.price)
        const options = { ...usual, ...this.#options, openEnergy, clock: this.clock, signal: this.#closing.signal }
        return new Appliance(options, this.kept, (state, event) => {
            // As the store gives it back.
            this.kept = JSON.parse(JSON.stringify(state))
            this.writes.push(state)
            if (event) this.events.push(event)
        })
    }

    restart(): void {
        this.#closing.abort()
        this.#closing = new AbortController()
        this.appliance = this.#open()
    }

    /** Draws this instead of its curve. */
    fix(watts: number | undefined): void {
        this.#meter.fix(0, watts)
    }

    /** kWh on the plug's counter. */
    get total(): number {
        return (this.#meter.energy(false) as { Total: number }).Total
    }

    read(): void {
        const { Power, Total } = this.#meter.energy(false) as { Power: number; Total: number }
        this.appliance.take({ at: this.clock.now(), power: Power, total: this.hasCounter ? Total : null })
    }

    /** Lets time pass, with a reading every so often; with none where that is not finite. */
    pass(ms: number, every = 5 * SECOND): void {
        for (let passed = 0; passed < ms; passed += Math.min(every, ms)) {
            if (every <= ms) this.read()
            this.clock.advance(Math.min(every, ms))
        }
    }

    get kinds(): string[] {
        return this.events.map(({ kind }) => kind.replace('appliance-', ''))
    }

    /** How the last run ended. */
    get end(): Extract<ApplianceEvent, { duration: number | null; energy: number }> {
        const last = this.events.findLast(({ kind }) => kind === 'appliance-finished' || kind === 'appliance-aborted')
        assert.ok(last, this.kinds.join())
        return last as Extract<ApplianceEvent, { duration: number | null; energy: number }>
    }
}
