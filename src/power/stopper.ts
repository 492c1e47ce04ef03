import { type InstanceData, thinnedData } from './instance-data.ts'
import type { Parts } from './parts.ts'
import { notFound, notLoaded, unconfirmed } from './refusals.ts'
import type { InstanceRow } from './repository.ts'

/** What has stopped, as soon as it is written down; without `row` it had stopped by itself. */
interface Stopped {
    row?: InstanceRow
    written: Promise<void>
}

/** Stops instances. */
export class Stopper {
    readonly #p: Parts
    /** The ids of those being stopped. */
    readonly under = new Set<string>()

    constructor(parts: Parts) {
        this.#p = parts
    }

    async stop(id: string): Promise<InstanceData> {
        const { runs, queue, state } = this.#p
        if (!state.loaded) throw notLoaded()
        if (!runs.get(id)) return this.#stopped(id)
        this.under.add(id)
        try {
            // What is to be written down is waited for outside the queue, so that many stops share a commit.
            const { row, written } = await queue.run(() => this.#stop(id))
            await written
            return row ? await this.#data(row) : await this.#stopped(id)
        } finally {
            this.under.delete(id)
        }
    }

    async #stopped(id: string): Promise<InstanceData> {
        const { o, ledger } = this.#p
        // It may have stopped just now, by itself or by hand.
        await ledger.settled()
        const row = await o.store.power.instance(id)
        if (!row || row.socket !== o.id) throw notFound(id)
        return this.#data(row)
    }

    #data(row: InstanceRow): Promise<InstanceData> {
        const { store, clock } = this.#p.o
        return thinnedData(store.power, row, clock.now())
    }

    async #stop(id: string): Promise<Stopped> {
        const { o, runs, state, plug, ledger, announcer } = this.#p
        // Whoever has taken over by now does not hear of it.
        o.signal.throwIfAborted()
        const running = runs.get(id)
        if (!running) return { written: Promise.resolve() }
        if (runs.size > 1) return this.#end(running, null)
        // Should the command be cut short, its echo is still ours.
        state.missed(false, id)
        const outcome = await plug.switch(false, o.signal)
        if (outcome !== 'confirmed') {
            if (outcome === 'unsent') state.settled()
            else state.missed(false, id)
            throw unconfirmed(outcome, 'the instance is still running', { instanceId: id })
        }
        const at = o.clock.now()
        const off = state.wentOff(id, plug.surelyOff)
        // Its time may have run out while the plug was being told.
        const stopped = runs.get(id) ? this.#end(running, at, off) : { written: ledger.fact(off) }
        this.#p.runsChanged()
        announcer.after(stopped.written, ...off.events!)
        return stopped
    }

    #end(running: InstanceRow, powerOffAt: number | null, change = {}): Stopped {
        const { o, runs, ledger, announcer } = this.#p
        const at = o.clock.now()
        const { id, startedAt } = running
        runs.take(id)
        const stopped = { ids: [id], at, powerOffAt, isEmergencyStopped: false, isManuallyStopped: false }
        const written = ledger.fact({ ...change, stopped })
        this.#p.runsChanged()
        announcer.after(written, { kind: 'stopped', at, instanceId: id, reason: 'stopped' })
        // As it is kept: the wall clock may have been set back since it started.
        const off = powerOffAt === null ? null : Math.max(powerOffAt, startedAt)
        return { row: { ...running, stoppedAt: Math.max(at, startedAt), powerOffAt: off }, written }
    }
}
