import { Refusal } from '../lib/index.ts'
import { Enforcer } from './enforcer.ts'
import { Announcer, type SocketView } from './events.ts'
import type { InstanceData } from './instance-data.ts'
import { Meter } from './meter.ts'
import { OffGuard } from './off-guard.ts'
import type { Parts, SocketOptions } from './parts.ts'
import { type Outcome, Plug } from './plug.ts'
import { Records } from './records.ts'
import { halted, notLoaded, turnedOn, unconfirmed, unwritten } from './refusals.ts'
import { Runs } from './runs.ts'
import { Serial } from './serial.ts'
import { Starter } from './starter.ts'
import { State } from './state.ts'
import { Stopper } from './stopper.ts'
import { truth } from './truth.ts'
import { ledgerOf } from './unwritten.ts'
import { Watch } from './watch.ts'

/** How long a request waits for a store that is being opened, in milliseconds. */
const OPENING = 2000

/** How long an emergency waits for the store before it cuts the power, in milliseconds. */
const PATIENCE = 50

/** A smart plug that is on while at least one instance runs and off otherwise, whatever happens. */
export class Socket {
    readonly id: string
    readonly name: string
    readonly announcer: Announcer
    /** What can be asked of it. */
    readonly records: Records
    readonly #parts: Parts
    readonly #starter: Starter
    readonly #stopper: Stopper
    readonly #watch: Watch
    /** Resolves once what the store holds was read. */
    readonly #loading: Promise<void>
    #recovering: Promise<void> | undefined

    constructor(o: SocketOptions) {
        this.id = o.id
        this.name = o.name
        const { clock, signal, store } = o
        this.announcer = new Announcer(o.log)
        const runs: Runs = new Runs(clock, (id) => watch.expire(id), signal, o.log)
        const state = new State(o.id, o.name, clock, runs)
        const plug = new Plug(o, {
            relay: (on, how, ours) => watch.relay(on, how, ours),
            reading: (reading) => watch.reading(reading),
            reachable: (reachable) => watch.reachable(reachable),
            connected: (connected) => watch.connected(connected),
            changed: () => this.announcer.view(),
        })
        const failed = (error: unknown) => o.log(`what the plug said could not be taken in: ${error}`)
        const queue = new Serial(() => watch.catchUp(), failed)
        const guard = o.offGuard ? new OffGuard(plug, clock, signal) : undefined
        this.#parts = {
            o,
            state,
            runs,
            plug,
            meter: new Meter(plug, o),
            queue,
            ledger: ledgerOf(o, state),
            guard,
            enforcer: new Enforcer({
                ...{ clock, signal },
                due: () => state.mustBeOff && !plug.is(false),
                attempt: () => queue.run(() => watch.enforce()),
            }),
            announcer: this.announcer,
            runsChanged: () => this.#runsChanged(),
        }
        const watch = new Watch(this.#parts)
        this.#watch = watch
        this.#starter = new Starter(this.#parts)
        this.#stopper = new Stopper(this.#parts)
        this.records = new Records(this.#parts, this.#starter.under, this.#stopper.under)
        store.power.onAnother(o.id, () => truth(this.#parts, this.#starter.under), signal)
        store.onHealth(() => this.#healthChanged(), signal)
        o.broker.onState(() => this.announcer.view(), signal)
        plug.listen()
        this.#loading = watch.load()
    }

    /** What is asked right after a deploy waits a little for the store, rather than being refused. */
    async #loaded<T>(run: () => Promise<T>): Promise<T> {
        const { o, state } = this.#parts
        if (state.loaded) return run()
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

    #runsChanged(): void {
        const { state, runs, meter, guard } = this.#parts
        meter.adjust(runs.size > 0)
        // It stays armed until the plug is known to be off.
        if (runs.size > 0 || !state.owned) guard?.set(runs.end)
        this.announcer.view()
    }

    #healthChanged(): void {
        const { o, ledger } = this.#parts
        if (o.store.health.ok) ledger.now()
        this.announcer.view()
    }

    get view(): SocketView {
        const { plug, state, runs, meter, o } = this.#parts
        const trouble = o.store.health.ok && state.loaded ? (plug.connected ? undefined : 'broker') : 'store'
        return {
            power: plug.relay,
            reachable: plug.reachable,
            halted: state.haltedAt !== null,
            running: runs.size,
            watts: meter.drawn(state.onSince),
            heard: plug.connected && plug.reachable !== false,
            trouble,
            unheard: o.broker.refusal(o.family.filters),
        }
    }

    /** Has the meter read at least so often while the plug is on, until the signal aborts. @param pace milliseconds */
    readEvery(pace: number, signal: AbortSignal): void {
        this.#parts.meter.want(pace, signal)
    }

    /**
     * Starts an instance: switches on if need be, and waits for the plug to say so and for a reading.
     * @param timeout milliseconds after which it stops by itself, over restarts; 0 for never
     * @throws {@link Refusal} 409 `EMERGENCY_STOPPED` or `TURNED_OFF`, 500 `NOT_CONFIRMED`, `NO_READING` or `BROKER_OFFLINE`, 503 `STORE_UNAVAILABLE`
     */
    start(timeout = 0): Promise<InstanceData> {
        return this.#loaded(() => this.#starter.start(timeout))
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
        this.#watch.expire(id)
    }

    /** Deletes an instance, stopping it first. @throws as {@link stop} */
    async delete(id: string): Promise<InstanceData> {
        const data = await this.stop(id)
        await this.#parts.ledger.intend({ deleted: id })
        return data
    }

    /**
     * Lets nothing start any more, stops every instance and switches off, for as long as it takes, until {@link recover}.
     * @returns the ids of the instances it stopped
     * @throws {@link Refusal} 409 `TURNED_ON`, 500 `NOT_CONFIRMED` or `BROKER_OFFLINE`: halted all the same, and switched off as soon as may be
     */
    async emergencyStop(): Promise<{ stoppedInstances: string[] }> {
        const { o, state, plug, queue, ledger, announcer, enforcer } = this.#parts
        state.haltedAt ??= o.clock.now()
        // It is owed an OFF even if it is recovered before, and if what the store holds is not known yet: better one too many.
        if (!state.loaded || !plug.surelyOff) state.owned = true
        this.#starter.interrupt(halted())
        const { rows, stopped } = state.stopAll('emergency', false)
        const stoppedInstances = rows.map((row) => row.id)
        // The halt is written down before the plug is told, unless the store is slow: power does not wait for a disk.
        const halting = ledger.fact({ socket: state.row })
        await Promise.race([halting.catch(() => {}), new Promise<void>((resolve) => o.clock.after(PATIENCE, resolve))])
        if (!queue.idle) plug.pushOff()
        const cutting = queue.run(() => this.#cut(), true)
        // So many instances may have run that writing them down takes its time.
        const written = Promise.all([halting, ledger.fact({ stopped })]).then(() => {})
        const kept = written.then(
            () => undefined,
            (error: unknown) => error,
        )
        this.#announceEmergency(written, stoppedInstances)
        const outcome = await cutting
        announcer.view()
        if (outcome !== 'confirmed') enforcer.kick()
        if (outcome === 'contrary') throw turnedOn({ stoppedInstances })
        if (outcome !== 'confirmed') throw unconfirmed(outcome, 'the socket is halted and will be switched off', { stoppedInstances })
        const error = await kept
        if (error instanceof Refusal) throw unwritten(error, { stoppedInstances })
        return { stoppedInstances }
    }

    /** Lets instances start again. @throws {@link Refusal} 503 `STORE_UNAVAILABLE`, 409 `EMERGENCY_STOPPED` when it was halted again meanwhile */
    recover(): Promise<void> {
        this.#recovering ??= this.#loaded(() => this.#recover()).finally(() => {
            this.#recovering = undefined
        })
        return this.#recovering
    }

    async #recover(): Promise<void> {
        const { o, state, ledger, enforcer, announcer } = this.#parts
        if (!state.loaded) throw notLoaded()
        const { haltedAt } = state
        if (haltedAt === null) return
        state.haltedAt = null
        // Until it is written down nothing starts: otherwise it could run while halted.
        state.recovering = true
        try {
            await ledger.intend({ socket: state.row })
        } catch (error) {
            state.haltedAt ??= haltedAt
            // What else was written down meanwhile said that it is not halted.
            if (!ledger.behind) ledger.fact({ socket: state.row }).catch(() => {})
            enforcer.kick()
            throw error
        } finally {
            state.recovering = false
        }
        if (state.haltedAt !== null) throw halted()
        announcer.event({ kind: 'recovered', at: o.clock.now() })
        announcer.view()
    }

    #announceEmergency(written: Promise<void>, stoppedInstances: string[]): void {
        const { o, announcer } = this.#parts
        const at = o.clock.now()
        this.#parts.runsChanged()
        const ends = stoppedInstances.map((instanceId) => ({ kind: 'stopped', at, instanceId, reason: 'emergency' }) as const)
        announcer.after(written, { kind: 'emergency', at, stoppedInstances }, ...ends)
    }

    async #cut(): Promise<Outcome> {
        const { o, state, plug, ledger, announcer } = this.#parts
        const wasOn = state.believed !== false
        const outcome = await plug.switch(false, o.signal)
        if (outcome !== 'confirmed') {
            state.missed(false, '<emergency>')
            return outcome
        }
        if (wasOn || state.owned) {
            const change = state.wentOff('<emergency>', plug.surelyOff)
            const written = ledger.fact(change)
            announcer.after(written, ...change.events!)
            this.#parts.runsChanged()
            await written.catch(() => {})
        }
        return outcome
    }
}
