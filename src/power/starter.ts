import { Refusal } from '../lib/index.ts'
import { type InstanceData, instanceData } from './instance-data.ts'
import type { Parts } from './parts.ts'
import { halted, notLoaded, turnedOff, unconfirmed } from './refusals.ts'
import type { InstanceRow, PowerEvent, Reading } from './repository.ts'

/** An instance that runs as soon as it is written down. */
interface Begun {
    row: InstanceRow
    reading: Reading
    /** If the socket was switched on for it. */
    on: PowerEvent | undefined
    kept: Promise<void>
}

/** Starts instances. */
export class Starter {
    readonly #p: Parts
    /** The ids of those being started. */
    readonly under = new Set<string>()
    #asked = 0
    /** Why the plug could not be switched on, and for how many of those that asked: they waited for the same thing. */
    #failure: { upTo: number; refusal(id: string): Refusal } | undefined
    #interrupt: AbortController | undefined

    constructor(parts: Parts) {
        this.#p = parts
    }

    /** Ends the start that is under way. */
    interrupt(reason: Refusal): void {
        this.#interrupt?.abort(reason)
    }

    async start(timeout: number): Promise<InstanceData> {
        const { o, queue } = this.#p
        this.#refuseIfBarred({})
        const id = o.newId()
        const turn = ++this.#asked
        this.under.add(id)
        try {
            const begun = await queue.run(() => this.#begin(id, timeout, turn))
            await this.#keep(begun)
            // While it was written down somebody may have ended it.
            if (begun.row.isEmergencyStopped) throw halted({ instanceId: id })
            if (begun.row.isManuallyStopped) throw this.#off(id)
            return instanceData(begun.row, [begun.reading])
        } finally {
            this.under.delete(id)
        }
    }

    #refuseIfBarred(details: object): void {
        const { haltedAt, recovering } = this.#p.state
        if (haltedAt !== null || recovering) throw halted(details)
        if (!this.#p.state.loaded) throw notLoaded()
    }

    async #begin(id: string, timeout: number, turn: number): Promise<Begun> {
        // Whoever waited in the queue must not find the plug still listening to a socket that is gone.
        this.#p.o.signal.throwIfAborted()
        this.#refuseIfBarred({ instanceId: id })
        if (this.#failure && turn <= this.#failure.upTo) throw this.#failure.refusal(id)
        const { state, plug, meter } = this.#p
        const reading = plug.is(true) && state.believed !== false ? meter.fresh(state.onSince) : undefined
        // As most are: there is nothing to wait for.
        return reading ? this.#run(id, timeout, reading, undefined) : await this.#prepare(id, timeout)
    }

    /** Sees to it that the plug is on and gives a reading. */
    async #prepare(id: string, timeout: number): Promise<Begun> {
        const { o, state, plug, ledger, enforcer, announcer } = this.#p
        const interrupt = new AbortController()
        this.#interrupt = interrupt
        const stop = () => interrupt.abort(o.signal.reason)
        o.signal.addEventListener('abort', stop)
        let on: PowerEvent | undefined
        try {
            if (!plug.is(true)) on = await this.#switchOn(id, interrupt.signal)
            const reading = await this.#read(id, interrupt.signal)
            interrupt.signal.throwIfAborted()
            if (state.believed === false) throw this.#off(id)
            return this.#run(id, timeout, reading, on)
        } catch (error) {
            if (on) {
                state.owe(id)
                announcer.after(ledger.fact({ events: [on] }), on)
            }
            // In a turn of its own, behind this one: whoever is next in the queue may want the power.
            enforcer.kick()
            throw error
        } finally {
            o.signal.removeEventListener('abort', stop)
            this.#interrupt = undefined
        }
    }

    /** It says OFF; whether that is later than our ON may be in doubt. */
    #off(instanceId: string): Refusal {
        return this.#p.plug.orders.doubtful ? unconfirmed('silent', 'no instance was started', { instanceId }) : turnedOff({ instanceId })
    }

    async #switchOn(id: string, signal: AbortSignal): Promise<PowerEvent> {
        const { state, plug, ledger, enforcer } = this.#p
        // Written down before the plug is told: killed in between, we shall know that it is on because of us.
        const owedBefore = state.owned
        await this.#own()
        signal.throwIfAborted()
        // Should the command be cut short, its echo is still ours.
        state.missed(true, id)
        const outcome = await plug.switch(true, signal)
        if (outcome === 'confirmed') {
            enforcer.wanted()
            return state.wentOn(id, plug.confirmedAt)
        }
        state.missed(true, id)
        const message = 'no instance was started'
        this.#failure = {
            upTo: this.#asked,
            refusal: (instanceId) => (outcome === 'contrary' ? turnedOff({ instanceId }) : unconfirmed(outcome, message, { instanceId })),
        }
        if (plug.surelyOff || (outcome === 'unsent' && !owedBefore)) {
            // It has said so since, or was never told: nothing is owed, and an ON that comes is not ours.
            state.owned = false
            state.settled()
            await ledger.fact({ socket: state.row }).catch(() => {})
        }
        throw this.#failure.refusal(id)
    }

    async #own(): Promise<void> {
        const { state, ledger } = this.#p
        if (state.owned) return
        state.owned = true
        try {
            await ledger.intend({ socket: state.row })
        } catch (error) {
            state.owned = false
            throw error
        }
    }

    async #read(id: string, signal: AbortSignal): Promise<Reading> {
        const { state, meter } = this.#p
        signal.throwIfAborted()
        const aborted = Promise.withResolvers<never>()
        const abort = () => aborted.reject(signal.reason)
        signal.addEventListener('abort', abort)
        try {
            return await Promise.race([meter.current(state.onSince), aborted.promise])
        } catch (error) {
            if (!(error instanceof Refusal) || error.code !== 'NO_READING') throw error
            this.#failure = {
                upTo: this.#asked,
                refusal: (instanceId) => new Refusal(error.status, error.code, error.message, { instanceId }),
            }
            throw this.#failure.refusal(id)
        } finally {
            signal.removeEventListener('abort', abort)
        }
    }

    /** From here on it runs, for everybody in this process; for others once `kept` resolves. */
    #run(id: string, timeout: number, reading: Reading, on: PowerEvent | undefined): Begun {
        const { o, state, runs, ledger, announcer } = this.#p
        const startedAt = o.clock.now()
        const row: InstanceRow = {
            id,
            socket: o.id,
            startedAt,
            stoppedAt: null,
            timeout,
            sampledFrom: reading.at,
            powerOnAt: on?.at ?? null,
            powerOffAt: null,
            isEmergencyStopped: false,
            isManuallyStopped: false,
        }
        runs.add(row)
        const owns = !state.owned
        state.wanted()
        const kept = ledger.intend({ started: { ...row }, ...(owns ? { socket: state.row } : {}), ...(on ? { events: [on] } : {}) })
        this.#p.runsChanged()
        kept.then(
            () => {
                if (on) announcer.event(on)
                announcer.event({ kind: 'started', at: startedAt, instanceId: id })
            },
            () => {},
        )
        return { row, reading, on, kept }
    }

    async #keep({ row, on, kept }: Begun): Promise<void> {
        const { state, runs, ledger, enforcer, announcer } = this.#p
        try {
            await kept
        } catch (error) {
            // Not written down means not started, but the socket did go on.
            if (on) announcer.after(ledger.fact({ events: [on] }), on)
            if (runs.take(row.id)) {
                if (runs.size === 0) state.owe(row.id)
                this.#p.runsChanged()
                enforcer.kick()
            }
            throw error
        }
    }
}
