import { type InstanceData, thinnedData } from './instance-data.ts'
import type { Parts } from './parts.ts'
import { notFound, notLoaded, unconfirmed } from './refusals.ts'
import type { InstanceRow } from './repository.ts'

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
            const kept = await queue.run(() => this.#stop(id))
            await kept.written
            return await this.#stopped(id)
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
        return thinnedData(o.store.power, row, o.clock.now())
    }

    async #stop(id: string): Promise<{ written: Promise<void> }> {
        const { o, runs, state, plug, ledger, announcer } = this.#p
        // Whoever has taken over by now does not hear of it.
        o.signal.throwIfAborted()
        const running = runs.get(id)
        if (!running) return { written: Promise.resolve() }
        if (runs.size > 1) return { written: this.#end(running, null) }
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
        const written = runs.get(id) ? this.#end(running, at, off) : ledger.fact(off)
        this.#p.runsChanged()
        announcer.after(written, ...off.events!)
        return { written }
    }

    #end(row: InstanceRow, powerOffAt: number | null, change = {}): Promise<void> {
        const { o, runs, ledger, announcer } = this.#p
        const at = o.clock.now()
        runs.take(row.id)
        const stopped = { ids: [row.id], at, powerOffAt, isEmergencyStopped: false, isManuallyStopped: false }
        const written = ledger.fact({ ...change, stopped })
        this.#p.runsChanged()
        announcer.after(written, { kind: 'stopped', at, instanceId: row.id, reason: 'stopped' })
        return written
    }
}
