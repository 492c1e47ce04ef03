import { EnergyMeter, type RunEnergy } from '../../src/energy/index.ts'
import type { Store } from '../../src/stores.ts'
import { instance, reading } from '../src/store/open.ts'
import { FakeClock } from './fake-clock.ts'

/** A plug with a meter, which is read into a store. */
export class Metered {
    /** When its clock begins, unless it is given one. */
    static readonly START = Date.UTC(2026, 0, 5)
    readonly clock: FakeClock
    readonly socket: string
    store: Store
    meter!: EnergyMeter
    power = 0
    readonly runs = new Map<string, RunEnergy | undefined>()
    /** kWh on the plug's counter. */
    total = 0
    /** What was asked of the store last; what comes later is kept later. */
    kept: Promise<void> = Promise.resolve()

    constructor(store: Store, socket: string, clock = new FakeClock(Metered.START)) {
        this.store = store
        this.socket = socket
        this.clock = clock
    }

    /** Begins anew with what is kept, as after a kill. */
    async restart(): Promise<void> {
        await this.kept
        this.meter = new EnergyMeter({ clock: this.clock, sharing: 'equal', tariff: () => 0.5 })
        this.meter.load(await this.store.power.meter(this.socket), await this.store.power.running(this.socket))
    }

    pass(duration: number): void {
        const ms = Math.round(duration)
        this.clock.advance(ms)
        this.total += (this.power * ms) / 3.6e9
    }

    read(total: number | null = Math.floor(this.total * 1000) / 1000): void {
        this.meter.take({ total, today: null, power: this.power })
        this.kept = this.store.power.addSample(this.socket, reading(this.clock.now(), this.power), this.meter.state)
    }

    switch(on: boolean): void {
        this.meter.switched(on)
        this.kept = this.store.power.addMeter(this.socket, this.meter.state!)
    }

    /** Starts an instance, as a socket does. */
    start(id: string, owner?: string): void {
        let energy: RunEnergy | undefined
        const kept = this.meter.kept(() => {
            energy = this.meter.start(id, 1)
        })
        const row = { socket: this.socket, startedAt: this.clock.now(), ...(owner && { owner }), ...(energy && { energy }) }
        this.runs.set(id, energy)
        this.kept = this.store.power.commit(this.socket, { started: instance(id, row), ...(kept && { kept }) })
    }

    stop(id: string): void {
        const kept = this.meter.kept(() => this.meter.stop(id, this.runs.get(id)!))
        const how = { isEmergencyStopped: false, isManuallyStopped: false, reason: 'stopped' as const }
        const at = this.clock.now()
        this.kept = this.store.power.commit(this.socket, { stopped: { ids: [id], at, powerOffAt: at, ...how, ...(kept && { kept }) } })
    }
}
