// What the sockets of `npm start` have done before its first start: made up, so that pages and reports have something to show.
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Meter } from '../simulators/plug/meter.ts'
import { EnergyMeter, tariffOf } from '../src/energy/index.ts'
import { type Clock, systemClock } from '../src/lib/index.ts'
import { readingIn } from '../src/power/families/tasmota/energy.ts'
import type { InstanceRow, Reading } from '../src/power/index.ts'
import { openStore, type Store } from '../src/stores.ts'
import { type PlannedRun, planOf } from './demo-plan.ts'
import { type DemoPlug, type KeptCounters, saveCounters, TARIFF } from './demo-plugs.ts'

export interface Demo {
    userDir: string
    /** Those that are simulated. */
    plugs: readonly DemoPlug[]
    /** Somebody has edited the flows. */
    isEdited: boolean
    env: NodeJS.ProcessEnv
    /** Where the past ends, in milliseconds since 1970; the same one gives the same past. */
    now: number
}

/**
 * Writes a past at the first start, through the store and the meters that Node-RED uses, and never into what somebody has made: edited flows,
 * a database that is there, or one of their own.
 */
export async function makePast({ userDir, plugs, isEdited, env, now }: Demo): Promise<void> {
    const file = join(userDir, 'socketworks.sqlite')
    if (plugs.length === 0 || isEdited || env.SOCKETWORKS_STORE_URL || existsSync(file)) return
    // What was not finished is made anew, and is never seen under the name of the file.
    const draft = `${file}.draft`
    const clear = () => {
        for (const end of ['', '-wal', '-shm', '-lock']) rmSync(`${draft}${end}`, { force: true })
    }
    clear()
    const store = openStore({ file: draft, retentionDays: 0, clock: systemClock, log: (_level, text) => console.error(text) })
    const counters: KeptCounters = {}
    try {
        await store.ready(AbortSignal.timeout(20_000))
        for (const plug of plugs) counters[plug.topic] = await new Past(plug, store, now).write()
    } finally {
        await store.close()
    }
    saveCounters(userDir, counters)
    renameSync(draft, file)
    clear()
}

/** A clock that stands at the time that is being made up. */
class PastClock implements Clock {
    #at: number

    constructor(at: number) {
        this.#at = at
    }

    set(at: number): void {
        this.#at = at
    }

    now = () => this.#at
    monotonic = () => this.#at
    after = () => () => {}
}

/** Commits that are under way at the most. */
const AT_ONCE = 500

/** The past of one plug. */
class Past {
    readonly #plug: DemoPlug
    readonly #store: Store
    readonly #now: number
    readonly #runs: readonly PlannedRun[]
    readonly #clock: PastClock
    readonly #plugMeter: Meter
    readonly #energy: EnergyMeter
    readonly #running = new Map<string, InstanceRow>()
    #isOn = false
    #written: Promise<unknown>[] = []

    constructor(plug: DemoPlug, store: Store, now: number) {
        this.#plug = plug
        this.#store = store
        this.#now = now
        const { from, runs } = planOf(plug.curve, now)
        this.#runs = runs
        this.#clock = new PastClock(from)
        this.#plugMeter = new Meter(this.#clock, { relays: 1, curve: plug.curve, seed: 1, phases: 1 })
        this.#energy = new EnergyMeter({ clock: this.#clock, sharing: 'equal', tariff: tariffOf(TARIFF) })
        this.#energy.load(undefined, [])
    }

    async write(): Promise<KeptCounters[string]> {
        const { curve } = this.#plug
        if (curve === 'idle') this.#switch(true, '<manual>')
        const due = this.#runs.flatMap((run) => [
            { at: run.from, act: () => this.#start(run) },
            { at: run.to, act: () => this.#stop(run) },
        ])
        for (const { at, act } of due.sort((one, other) => one.at - other.at)) {
            await this.#readUntil(at)
            act()
        }
        await this.#readUntil(this.#now)
        // Node-RED takes its time to start, and no plug shall seem to have been silent for long by then.
        this.#read()
        await Promise.all(this.#written)
        return { ...this.#plugMeter.counters, at: this.#now }
    }

    async #readUntil(end: number): Promise<void> {
        for (let at = this.#next(); at < end; at = this.#next()) {
            this.#clock.set(at)
            this.#read()
            if (this.#written.length >= AT_ONCE) await Promise.all(this.#written.splice(0))
        }
        this.#clock.set(end)
    }

    /** When the next reading is due: what was long ago was read less often. */
    #next(): number {
        const at = this.#clock.now()
        const isLong = this.#plug.curve === 'idle' || !this.#isOn
        return at + (isLong ? 300_000 : this.#now - at < 86_400_000 ? 15_000 : 60_000)
    }

    #read(): Reading {
        const reading = { at: this.#clock.now(), ...readingIn({ ENERGY: this.#plugMeter.energy(false) }, 1, 1)! }
        this.#energy.take(reading)
        this.#keep(this.#store.power.addSample(this.#plug.socket, reading, this.#energy.state))
        return reading
    }

    #start(run: PlannedRun): void {
        const { socket } = this.#plug
        const at = this.#clock.now()
        const isFirst = !this.#isOn
        if (isFirst) this.#switch(true, run.id)
        const reading = this.#read()
        const row: InstanceRow = {
            id: run.id,
            owner: run.owner,
            socket,
            startedAt: at,
            stoppedAt: null,
            timeout: run.timeout,
            sampledFrom: reading.at,
            powerOnAt: isFirst ? at : null,
            powerOffAt: null,
            isEmergencyStopped: false,
            isManuallyStopped: false,
        }
        const kept = this.#energy.kept(() => {
            row.energy = this.#energy.start(run.id, 1)!
        })
        this.#running.set(run.id, row)
        this.#keep(this.#store.power.commit(socket, { started: { ...row }, kept: kept! }))
    }

    #stop({ id, timeout, isManual }: PlannedRun): void {
        const at = this.#clock.now()
        this.#read()
        const row = this.#running.get(id)!
        this.#running.delete(id)
        const kept = this.#energy.kept(() => this.#energy.stop(id, row.energy!))
        const isLast = this.#running.size === 0
        const stopped = {
            ids: [id],
            at,
            powerOffAt: isLast ? at : null,
            isEmergencyStopped: false,
            isManuallyStopped: isManual,
            reason: isManual ? ('manual' as const) : timeout > 0 ? ('timeout' as const) : ('stopped' as const),
            kept: kept!,
        }
        this.#keep(this.#store.power.commit(this.#plug.socket, { stopped }))
        if (isLast) this.#switch(false, isManual ? '<manual>' : timeout > 0 ? '<timeout>' : id)
    }

    #switch(on: boolean, owner: string): void {
        const { socket, name } = this.#plug
        this.#isOn = on
        this.#plugMeter.switched(0, on)
        this.#energy.switched(on)
        const row = { id: socket, name, offDue: on && owner !== '<manual>', haltedAt: null }
        const event = { at: this.#clock.now(), kind: on ? ('on' as const) : ('off' as const), owner }
        this.#keep(this.#store.power.commit(socket, { socket: row, events: [event] }))
        if (this.#energy.state) this.#keep(this.#store.power.addMeter(socket, this.#energy.state))
    }

    #keep(written: Promise<unknown>): void {
        this.#written.push(written)
    }
}
