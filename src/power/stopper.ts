import type { StopReason } from '../energy/index.ts'
import { type InstanceData, thinnedData } from './instance-data.ts'
import type { Recorded } from './recorder.ts'
import { notFound, notLoaded, unconfirmed } from './refusals.ts'
import type { InstanceRow, Stopped } from './repository.ts'
import type { SocketParts } from './socket-parts.ts'

/** The end of one instance with which the socket does not go off, or only later. */
export function stoppedAlone(id: string, at: number, reason: StopReason, kept: Stopped['kept'] | undefined): Stopped {
    const flags = { isEmergencyStopped: false, isManuallyStopped: false }
    return { ids: [id], at, powerOffAt: null, ...flags, reason, ...(kept && { kept }) }
}

/** Stops instances. */
export class Stopper {
    readonly #p: SocketParts
    /** The ids of those being stopped. */
    readonly stopping = new Set<string>()

    constructor(parts: SocketParts) {
        this.#p = parts
    }

    async stop(id: string): Promise<InstanceData> {
        const { runs, queue, power } = this.#p
        if (!power.state.isLoaded) throw notLoaded()
        if (!runs.get(id)) return this.#stopped(id)
        this.stopping.add(id)
        try {
            // The commit is waited for outside the queue, so that many stops share one.
            const { row, written } = await queue.run(() => this.#stop(id))
            await written
            return row ? await this.#data(row) : await this.#stopped(id)
        } finally {
            this.stopping.delete(id)
        }
    }

    async #stopped(id: string): Promise<InstanceData> {
        const { o, recorder } = this.#p
        // It may have stopped just now, by itself or by hand.
        await recorder.ledger.written()
        const row = await o.store.power.instance(id)
        if (!row || row.socket !== o.id) throw notFound(id)
        return this.#data(row)
    }

    #data(row: InstanceRow): Promise<InstanceData> {
        const { o, energy } = this.#p
        return thinnedData(o.store.power, row, { now: o.clock.now(), meter: energy.state })
    }

    /** @returns without `row` if it has ended by itself meanwhile */
    async #stop(id: string): Promise<Recorded> {
        const { o, runs, power } = this.#p
        // Once this socket is closed, the next one may have taken over the plug.
        o.signal.throwIfAborted()
        const running = runs.get(id)
        if (!running) return { written: Promise.resolve() }
        if (runs.size > 1) return this.#leaveOn(running)
        const { outcome, recorded } = await power.switch(false, id, o.signal, id)
        if (outcome !== 'confirmed') throw unconfirmed(outcome, 'the instance is still running', { instanceId: id })
        return recorded ?? { written: Promise.resolve() }
    }

    /** Others run: the socket stays on. */
    #leaveOn(running: InstanceRow): Recorded {
        const { o, runs, power, recorder, events, energy } = this.#p
        const { id, startedAt } = running
        const reason: StopReason = 'stopped'
        const at = o.clock.now()
        const kept = energy.kept(() => runs.take(id))
        const stopped = stoppedAlone(id, at, reason, kept)
        const written = recorder.ledger.append({ stopped })
        power.dispatch({ type: 'stopped' })
        events.tellOnceAnswered(written, { kind: 'stopped', at, instanceId: id, reason })
        // As it is kept: the wall clock may have been set back since it started.
        return { row: { ...running, stopReason: reason, stoppedAt: Math.max(at, startedAt) }, written }
    }
}
