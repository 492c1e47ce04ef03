import { afterTurn, Refusal } from '../lib/index.ts'
import { type InstanceData, instanceData } from './instance-data.ts'
import { isHalted, mayPredateOn } from './machine.ts'
import { halted, notLoaded, turnedOff, unconfirmed } from './refusals.ts'
import type { InstanceRow, PowerEvent, Reading } from './repository.ts'
import type { SocketParts } from './socket-parts.ts'

/** What an instance is started with. */
interface NewRun {
    id: string
    timeout: number
    weight: number
    owner: string | undefined
}

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
    readonly #p: SocketParts
    /** The ids of those being started. */
    readonly starting = new Set<string>()
    #asked = 0
    /** Why the plug could not be switched on, and for how many of those that asked: they waited for the same thing. */
    #failure: { upTo: number; refusal(id: string): Refusal } | undefined
    #interrupt: AbortController | undefined

    constructor(parts: SocketParts) {
        this.#p = parts
    }

    /** Ends the start that is under way. */
    interrupt(reason: Refusal): void {
        this.#interrupt?.abort(reason)
    }

    async start(timeout: number, weight: number, owner?: string): Promise<InstanceData> {
        const { o, queue } = this.#p
        this.#refuseIfBarred({})
        const id = o.newId()
        const turn = ++this.#asked
        this.starting.add(id)
        try {
            const begun = await queue.run(() => this.#begin({ id, timeout, weight, owner }, turn))
            await this.#keep(begun)
            // While it was written down somebody may have ended it.
            if (begun.row.isEmergencyStopped) throw halted({ instanceId: id })
            if (begun.row.isManuallyStopped) throw this.#off(id)
            return instanceData(begun.row, [begun.reading], { now: o.clock.now(), meter: this.#p.energy.state })
        } finally {
            this.starting.delete(id)
        }
    }

    #refuseIfBarred(details: object): void {
        const { state } = this.#p.power
        if (isHalted(state)) throw halted(details)
        if (!state.isLoaded) throw notLoaded()
    }

    async #begin(asked: NewRun, turn: number): Promise<Begun> {
        const { id } = asked
        // The socket may have been closed while this waited in the queue.
        this.#p.o.signal.throwIfAborted()
        this.#refuseIfBarred({ instanceId: id })
        if (this.#failure && turn <= this.#failure.upTo) throw this.#failure.refusal(id)
        const { power, meter } = this.#p
        const reading = power.isRelay(true) && power.state.wasOn !== false ? meter.fresh(power.state.onSince) : undefined
        // Mostly there is nothing to wait for.
        return reading ? this.#run(asked, reading, undefined) : await this.#prepare(asked)
    }

    /** Sees to it that the plug is on and gives a reading. */
    async #prepare(asked: NewRun): Promise<Begun> {
        const { id } = asked
        const { o, power, guard, recorder, plug } = this.#p
        const interrupt = new AbortController()
        this.#interrupt = interrupt
        const stop = () => interrupt.abort(o.signal.reason)
        o.signal.addEventListener('abort', stop)
        let on: PowerEvent | undefined
        try {
            const isSwitched = !power.isRelay(true)
            if (isSwitched) on = await this.#switchOn(asked, interrupt.signal)
            const reading = await this.#read(id, interrupt.signal)
            if (isSwitched) plug.answered()
            interrupt.signal.throwIfAborted()
            if (power.state.wasOn === false) throw this.#off(id)
            return this.#run(asked, reading, on)
        } catch (error) {
            if (on) recorder.event(on)
            guard?.update()
            // An OFF has a turn of its own, behind this one: whoever is next in the queue may want the power.
            power.dispatch({ type: 'failed', id, wentOn: on !== undefined, ran: false })
            throw error
        } finally {
            o.signal.removeEventListener('abort', stop)
            this.#interrupt = undefined
        }
    }

    /** The plug says OFF; it may be in doubt whether it said so after our ON. */
    #off(instanceId: string): Refusal {
        const { power, o } = this.#p
        const isDoubtful = mayPredateOn(power.state.commands, o.clock.monotonic())
        return isDoubtful ? unconfirmed('silent', 'no instance was started', { instanceId }) : turnedOff({ instanceId })
    }

    async #switchOn({ id, timeout }: NewRun, signal: AbortSignal): Promise<PowerEvent> {
        const { o, power, guard, recorder } = this.#p
        const wasDue = power.state.offDue
        await this.#claim(wasDue)
        signal.throwIfAborted()
        guard?.beforeOn(timeout, 2 * o.confirm)
        const { outcome, wentOn } = await power.switch(true, id, signal)
        if (outcome === 'confirmed') return wentOn!
        const message = 'no instance was started'
        this.#failure = {
            upTo: this.#asked,
            refusal: (instanceId) => (outcome === 'opposite' ? turnedOff({ instanceId }) : unconfirmed(outcome, message, { instanceId })),
        }
        if (outcome === 'unsent' && !wasDue) {
            power.dispatch({ type: 'unclaimed' })
            await recorder.ledger.append({ socket: recorder.row }).catch(() => {})
        }
        throw this.#failure.refusal(id)
    }

    /** Committed before the plug is told: after a kill in between, the next process knows that it is on because of us. */
    async #claim(wasDue: boolean): Promise<void> {
        const { power, recorder } = this.#p
        power.dispatch({ type: 'claimed' })
        try {
            await recorder.ledger.commit({ socket: recorder.row })
        } catch (error) {
            if (!wasDue) power.dispatch({ type: 'unclaimed' })
            throw error
        }
    }

    async #read(id: string, signal: AbortSignal): Promise<Reading> {
        const { power, meter } = this.#p
        signal.throwIfAborted()
        const aborted = Promise.withResolvers<never>()
        const abort = () => aborted.reject(signal.reason)
        signal.addEventListener('abort', abort)
        try {
            return await Promise.race([meter.current(power.state.onSince), aborted.promise])
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
    #run({ id, timeout, weight, owner }: NewRun, reading: Reading, on: PowerEvent | undefined): Begun {
        const { o, power, runs, recorder, events, energy } = this.#p
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
            ...(owner !== undefined && { owner }),
        }
        const { offDue } = power.state
        const keptMeter = energy.kept(() => {
            const account = energy.start(id, weight)
            if (account) row.energy = account
        })
        if (keptMeter?.settled) runs.settle(keptMeter.settled)
        runs.add(row)
        power.dispatch({ type: 'started' })
        const kept = recorder.ledger.commit({
            started: { ...row },
            ...(keptMeter && { kept: keptMeter }),
            ...((on || !offDue) && { socket: recorder.row }),
            ...(on && { events: [on] }),
        })
        const tell = () => {
            if (on) events.tell(on)
            events.tell({ kind: 'started', at: startedAt, instanceId: id })
        }
        kept.then(
            () => afterTurn(tell),
            () => {},
        )
        return { row, reading, on, kept }
    }

    async #keep({ row, on, kept }: Begun): Promise<void> {
        const { power, runs, recorder } = this.#p
        try {
            await kept
        } catch (error) {
            // Not written down means not started, but the socket did go on.
            if (on) recorder.event(on)
            if (runs.take(row.id)) power.dispatch({ type: 'failed', id: row.id, wentOn: false, ran: true })
            throw error
        }
    }
}
