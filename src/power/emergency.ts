import { Refusal } from '../lib/index.ts'
import { halted, notLoaded, notWritten, turnedOn, unconfirmed } from './refusals.ts'
import type { SocketParts } from './socket-parts.ts'
import type { Starter } from './starter.ts'

/** How long an emergency waits for the store before it cuts the power, in milliseconds. */
const PATIENCE = 50

/** Halts a socket, and recovers it. */
export class Emergency {
    readonly #p: SocketParts
    readonly #starter: Starter
    #recovering: Promise<void> | undefined

    constructor(parts: SocketParts, starter: Starter) {
        this.#p = parts
        this.#starter = starter
    }

    async stop(): Promise<{ stoppedInstances: string[] }> {
        const { o, runs, power, queue, recorder } = this.#p
        const at = o.clock.now()
        const stoppedInstances = runs.ids
        const { stopped } = recorder.end({ how: 'emergency' }, at)
        power.dispatch({ type: 'halted', at, ids: stoppedInstances })
        this.#starter.interrupt(halted())
        // The halt is written down before the plug is told, unless the store is slow: power does not wait for a disk.
        const halting = recorder.ledger.append({ socket: recorder.row })
        await Promise.race([halting.catch(() => {}), new Promise<void>((resolve) => o.clock.after(PATIENCE, resolve))])
        if (!queue.isIdle) power.dispatch({ type: 'pushed-off' })
        const cutting = queue.run(() => power.switch(false, '<emergency>', o.signal), true)
        // So many instances may have run that writing them down takes its time.
        const written = Promise.all([halting, recorder.ledger.append({ stopped })]).then(() => {})
        const kept = written.then(
            () => undefined,
            (error: unknown) => error,
        )
        this.#announce(written, at, stoppedInstances)
        const { outcome, recorded } = await cutting
        if (outcome === 'opposite') throw turnedOn({ stoppedInstances })
        if (outcome !== 'confirmed') throw unconfirmed(outcome, 'the socket is halted and will be switched off', { stoppedInstances })
        await recorded?.written.catch(() => {})
        const error = await kept
        if (error instanceof Refusal) throw notWritten(error, { stoppedInstances })
        return { stoppedInstances }
    }

    #announce(written: Promise<void>, at: number, stoppedInstances: string[]): void {
        const ends = stoppedInstances.map((instanceId) => ({ kind: 'stopped', at, instanceId, reason: 'emergency' }) as const)
        this.#p.events.tellWhenKept(written, { kind: 'emergency', at, stoppedInstances }, ...ends)
    }

    recover(): Promise<void> {
        this.#recovering ??= this.#recover().finally(() => {
            this.#recovering = undefined
        })
        return this.#recovering
    }

    async #recover(): Promise<void> {
        const { o, power, recorder, events } = this.#p
        if (!power.state.isLoaded) throw notLoaded()
        const { haltedAt } = power.state
        if (haltedAt === null) return
        // Until it is written down nothing starts: otherwise it could run while halted.
        power.dispatch({ type: 'recovering' })
        try {
            await recorder.ledger.commit({ socket: recorder.row })
        } catch (error) {
            power.dispatch({ type: 'recovered', haltedAt })
            // What else was written down meanwhile said that it is not halted.
            if (!recorder.ledger.isBehind) recorder.ledger.append({ socket: recorder.row }).catch(() => {})
            throw error
        }
        power.dispatch({ type: 'recovered', haltedAt: null })
        if (power.state.haltedAt !== null) throw halted()
        events.tell({ kind: 'recovered', at: o.clock.now() })
    }
}
