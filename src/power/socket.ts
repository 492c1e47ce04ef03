import { EnergyMeter, type SocketMeter, type StopReason } from '../energy/index.ts'
import { retryUntil } from '../lib/index.ts'
import { Control, type ControlHooks } from './control.ts'
import { Emergency } from './emergency.ts'
import { SocketEvents, type SocketView } from './events.ts'
import type { InstanceData } from './instance-data.ts'
import { type LeaseRequest, Leases } from './leases.ts'
import { isHalted, isOffDue, offOwner, opened, type PowerState } from './machine.ts'
import { Meter } from './meter.ts'
import { OffGuard } from './off-guard.ts'
import type { SocketOptions } from './options.ts'
import { Plug } from './plug.ts'
import { HISTORY } from './power-log.ts'
import { Recorder } from './recorder.ts'
import { Records } from './records.ts'
import { notLoaded } from './refusals.ts'
import type { Reading } from './repository.ts'
import { Runs } from './runs.ts'
import type { SocketParts } from './socket-parts.ts'
import { Starter } from './starter.ts'
import { Stopper, stoppedAlone } from './stopper.ts'
import { TurnQueue } from './turn-queue.ts'

/** How long a request waits for a store that is being opened, in milliseconds. */
const OPENING = 2000

/** A smart plug that is on while at least one instance runs and off otherwise, whatever happens. */
export class Socket {
    readonly id: string
    readonly name: string
    readonly events: SocketEvents
    /** What can be asked of it. */
    readonly records: Records
    readonly #parts: SocketParts
    readonly #starter: Starter
    readonly #stopper: Stopper
    readonly #emergency: Emergency
    readonly #leases: Leases
    /** Resolves once what the store holds was read. */
    readonly #loading: Promise<void>

    constructor(o: SocketOptions) {
        this.id = o.id
        this.name = o.name
        const { signal, store } = o
        this.events = new SocketEvents(o.log)
        this.#parts = this.#assemble(o)
        const { plug, recorder } = this.#parts
        this.#starter = new Starter(this.#parts)
        this.#stopper = new Stopper(this.#parts)
        this.#emergency = new Emergency(this.#parts, this.#starter)
        this.#leases = new Leases(this.#parts, this.#starter, this.#stopper)
        this.records = new Records(this.#parts, this.#starter.starting, this.#stopper.stopping)
        store.power.onAnother(o.id, () => recorder.known(this.#starter.starting), signal)
        store.onHealth(() => this.#healthChanged(), signal)
        o.broker.onState(() => this.events.viewChanged(), signal)
        plug.listen()
        this.#loading = this.#load()
    }

    #assemble(o: SocketOptions): SocketParts {
        const { events } = this
        const left = o.handover?.get(o.id)?.row
        const energy = new EnergyMeter({ sharing: 'equal', ...o })
        const runs: Runs = new Runs(o.clock, (id) => this.#expire(id), o.signal, o.log, energy)
        const failed = (error: unknown) => o.log(`what the plug said could not be taken in: ${error}`)
        const queue: TurnQueue = new TurnQueue(() => power.dispatch({ type: 'turn-over' }), failed)
        const plug: Plug = new Plug(o, {
            event: (event) => power.dispatch(event),
            reading: (reading, isCounterOfAll) => this.#reading(reading, isCounterOfAll),
            named: () => events.viewChanged(),
            get isIdle() {
                return queue.isIdle
            },
        })
        const recorder: Recorder = new Recorder(o, runs, energy, events, () => power.state)
        const state = opened(o.confirm, o.clock.monotonic(), left?.haltedAt ?? null, left?.offDue ?? false)
        const power: Control = new Control(o, plug, state, this.#hooks(recorder))
        const guard = o.offGuard ? new OffGuard(plug, runs, () => power.state, o.clock, o.signal) : undefined
        return { o, runs, plug, power, guard, meter: new Meter(power, o), energy, recorder, queue, events }
    }

    #hooks(recorder: Recorder): ControlHooks {
        return {
            record: (effect) => recorder.record(effect),
            logOn: (owner) => recorder.add(true, owner),
            switchOff: () => void this.#switchOff(),
            tell: (isReachable) => this.events.tell({ kind: isReachable ? 'reachable' : 'unreachable', at: this.#parts.o.clock.now() }),
            inReach: () => this.#parts.guard?.renew(),
            changed: (before, after) => this.#changed(before, after),
        }
    }

    #changed(before: PowerState, after: PowerState): void {
        const { meter, runs, guard } = this.#parts
        if (before.relay !== after.relay && after.relay !== null) this.#switched(after.relay)
        if (before.running !== after.running || before.offDue !== after.offDue || before.isLoaded !== after.isLoaded) {
            meter.adjust(runs.size > 0)
            guard?.update()
            this.events.viewChanged()
        } else if (shown.some((key) => before[key] !== after[key])) this.events.viewChanged()
    }

    /** What was used until then belongs to the time until then, however long ago the last reading is. */
    #switched(on: boolean): void {
        const { o, energy } = this.#parts
        energy.switched(on)
        if (energy.state) o.store.power.addMeter(o.id, energy.state).catch(() => {})
    }

    #healthChanged(): void {
        const { o, recorder } = this.#parts
        if (o.store.health.ok) recorder.ledger.now()
        this.events.viewChanged()
    }

    /** Takes up what the store holds, as soon as it can be read, and compares it with the plug. */
    async #load(): Promise<void> {
        const { o, runs, power, queue } = this.#parts
        const failed = (error: unknown) => o.signal.aborted || o.log(String(error))
        await retryUntil(o.clock, o.signal, () => this.#loadStored(), failed)
        if (o.signal.aborted) return
        for (const id of runs.overdue) this.#expire(id)
        power.dispatch({ type: 'resumed', isIdle: queue.isIdle })
    }

    async #loadStored(): Promise<void> {
        const { o, runs, power, recorder, energy } = this.#parts
        await o.store.ready(o.signal)
        await recorder.ledger.writeLeft()
        const { power: kept } = o.store
        const [row, running, events, state] = await Promise.all([
            kept.socket(o.id),
            kept.running(o.id),
            kept.events(o.id, HISTORY),
            kept.meter(o.id),
        ])
        energy.load(state, running)
        recorder.log.load(events)
        for (const instance of running) runs.add(instance)
        const { offDue = false, isOnUnproven = false, haltedAt = null } = row ?? {}
        power.dispatch({ type: 'loaded', offDue, isOnUnproven, haltedAt, running: runs.ids, wasOn: recorder.log.on ?? null })
    }

    #reading(reading: Reading, isCounterOfAll: boolean): void {
        const { o, meter, energy } = this.#parts
        meter.take(reading)
        energy.take(isCounterOfAll ? { ...reading, total: null, today: null } : reading)
        // One that cannot be kept is not missed: the next is on its way.
        if (meter.isKept(reading.at)) o.store.power.addSample(o.id, reading, energy.state).catch(() => {})
        this.events.tell({ kind: 'reading', at: reading.at, reading })
        this.events.viewChanged()
    }

    /** An instance has run for its time. It is over, be the plug in reach or not; the plug goes off as soon as it is. */
    #expire(id: string): void {
        const { o, runs, power, recorder, events, energy } = this.#parts
        if (!runs.get(id)) return
        const at = o.clock.now()
        const reason: StopReason = 'timeout'
        const kept = energy.kept(() => {
            const row = runs.take(id)
            if (row) row.stopReason = reason
        })
        const stopped = stoppedAlone(id, at, reason, kept)
        events.tellWhenKept(recorder.ledger.append({ stopped }), { kind: 'stopped', at, instanceId: id, reason })
        power.dispatch({ type: 'expired', id })
    }

    /** Switches off in a turn of its own, unless that is not due any more by then. */
    async #switchOff(): Promise<void> {
        const { o, power, queue } = this.#parts
        const turn = async () => {
            if (!isOffDue(power.state, o.clock.monotonic())) return true
            const { outcome } = await power.switch(false, offOwner(power.state), o.signal)
            return outcome === 'confirmed'
        }
        const isOff = await queue.run(turn).catch(() => false)
        if (!o.signal.aborted) power.dispatch({ type: 'tried', isOff })
    }

    /** What is asked right after a deploy waits a little for the store, rather than being refused. */
    async #loaded<T>(run: () => Promise<T>): Promise<T> {
        const { o, power } = this.#parts
        if (power.state.isLoaded) return run()
        const late = Promise.withResolvers<void>()
        const cancel = o.clock.after(Math.min(o.confirm, OPENING), late.resolve)
        await Promise.race([this.#loading, late.promise])
        cancel()
        return await run()
    }

    /** Waits a little for what the store holds to be read. */
    ready(): Promise<void> {
        return this.#loaded(async () => {})
    }

    get view(): SocketView {
        const { power, runs, meter, energy, o } = this.#parts
        const { isLoaded, isReachable, onSince } = power.state
        const trouble = o.store.health.ok && isLoaded ? (power.connected ? undefined : 'broker') : 'store'
        return {
            power: power.relay,
            reachable: isReachable ?? undefined,
            halted: isHalted(power.state),
            running: runs.size,
            watts: meter.wattsSince(onSince),
            price: energy.price,
            heard: power.connected && isReachable !== false,
            trouble,
            unheard: o.broker.refusal(o.family.topics.reports),
        }
    }

    /** Sets what a kWh costs from now on; null for what the settings say. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    setPrice(price: number | null): Promise<void> {
        return this.#loaded(async () => {
            const { power, energy, recorder, events } = this.#parts
            if (!power.state.isLoaded) throw notLoaded()
            const kept = energy.setPrice(price)
            events.viewChanged()
            if (kept) await recorder.ledger.commit({ kept })
        })
    }

    /** As of the last reading, start or stop; undefined before there was one. */
    get meter(): SocketMeter | undefined {
        return this.#parts.energy.state
    }

    /** Has the meter read at least so often while the plug is on, until the signal aborts. @param pace milliseconds */
    readEvery(pace: number, signal: AbortSignal): void {
        this.#parts.meter.readEvery(pace, signal)
    }

    /**
     * Starts an instance: switches on if need be, and waits for the plug to say so and for a reading.
     * @param timeout milliseconds after which it stops by itself, over restarts; 0 for never
     * @param weight its part of the energy, where that is shared by weight
     * @param owner for whom it runs, by whom energy can be added up
     * @throws {@link Refusal} 409 `EMERGENCY_STOPPED` or `TURNED_OFF`, 500 `NOT_CONFIRMED`, `NO_READING` or `BROKER_OFFLINE`, 503 `STORE_UNAVAILABLE`
     */
    start(timeout = 0, weight = 1, owner?: string): Promise<InstanceData> {
        return this.#loaded(() => this.#starter.start(timeout, weight, owner))
    }

    /** Renews the instance of a lease, or starts one. @throws as {@link start}, and {@link Refusal} 422 `BAD_INPUT` without a timeout */
    lease(request: LeaseRequest): Promise<InstanceData> {
        return this.#loaded(() => this.#leases.take(request))
    }

    /** Stops what runs for a lease, and gives it back. @throws as {@link stop} */
    endLease(name: string): Promise<InstanceData[]> {
        return this.#loaded(() => this.#leases.end(name))
    }

    /**
     * Stops an instance, and switches off with the last one. One that has stopped already is given back as it is.
     * @throws {@link Refusal} 404 `NOT_FOUND`, 500 `NOT_CONFIRMED` or `BROKER_OFFLINE` (it still runs then), 503 `STORE_UNAVAILABLE`
     */
    stop(id: string): Promise<InstanceData> {
        return this.#loaded(() => this.#stopper.stop(id))
    }

    /**
     * Ends an instance as its timeout does, confirmed or not: the plug goes off as soon as it can be reached, also after a restart.
     * @throws the reason why the socket was closed
     */
    async end(id: string): Promise<void> {
        await this.#loading
        this.#parts.o.signal.throwIfAborted()
        this.#expire(id)
    }

    /** Deletes an instance, stopping it first. @throws as {@link stop} */
    async delete(id: string): Promise<InstanceData> {
        const data = await this.stop(id)
        await this.#parts.recorder.ledger.commit({ deleted: id })
        return data
    }

    /**
     * Lets nothing start any more, stops every instance and switches off, for as long as it takes, until {@link recover}.
     * @returns the ids of the instances it stopped
     * @throws {@link Refusal} 409 `TURNED_ON`, 500 `NOT_CONFIRMED` or `BROKER_OFFLINE`: halted all the same, and switched off as soon as may be
     */
    emergencyStop(): Promise<{ stoppedInstances: string[] }> {
        return this.#emergency.stop()
    }

    /** Lets instances start again. @throws {@link Refusal} 503 `STORE_UNAVAILABLE`, 409 `EMERGENCY_STOPPED` when it was halted again meanwhile */
    recover(): Promise<void> {
        return this.#loaded(() => this.#emergency.recover())
    }
}

/** What {@link Socket.view} shows of the state. */
const shown = ['isLoaded', 'haltedAt', 'isRecovering', 'isConnected', 'isReachable', 'relay', 'onSince'] as const
