import { type Clock, cautious, pause } from '../lib/index.ts'
import type { StateRepository, WaitRepository } from './repository.ts'

const HOUR = 3_600_000

export interface SweepOptions {
    repository: Pick<WaitRepository, 'overdue' | 'remove'>
    clock: Clock
    /** Gives what tells whether a node is part of the flows, be it disabled. */
    exists(): (node: string) => boolean
    /** Is told the callbacks that nothing will come of now. */
    drop(callbacks: string[]): void
}

/**
 * Looks once an hour, until the signal aborts, for messages that should have gone on long ago, but whose node is gone: it was deleted while
 * Node-RED did not run.
 */
export async function sweepWaits({ repository, clock, exists, drop }: SweepOptions, signal: AbortSignal): Promise<void> {
    const today = cautious(clock)
    for (; !signal.aborted; await pause(clock, HOUR, signal))
        try {
            const isThere = exists()
            const rows = (await repository.overdue(today() - HOUR)).filter(({ node }) => !isThere(node))
            if (rows.length === 0 || signal.aborted) continue
            await repository.remove(rows.map(({ id }) => id))
            drop(rows.flatMap(({ callback }) => callback ?? []))
        } catch {
            // The store is away, and says so itself.
        }
}

export interface StateSweepOptions extends Pick<SweepOptions, 'clock' | 'exists'> {
    states: Pick<StateRepository, 'nodes' | 'put'>
}

/**
 * Forgets, until the signal aborts, what nodes remembered that are gone for an hour: whoever deleted one by mistake may put it back until
 * then.
 */
export async function sweepStates({ states, clock, exists }: StateSweepOptions, signal: AbortSignal): Promise<void> {
    let missed = new Set<string>()
    for (; !signal.aborted; await pause(clock, HOUR, signal))
        try {
            const isThere = exists()
            const missing = (await states.nodes()).filter((node) => !isThere(node))
            if (signal.aborted) return
            for (const node of missing) if (missed.has(node)) await states.put(node, undefined)
            missed = new Set(missing)
        } catch {
            // The store is away, and says so itself.
        }
}
