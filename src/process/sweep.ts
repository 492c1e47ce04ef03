import { type Clock, pause } from '../lib/index.ts'
import type { StateRepository } from './repository.ts'

const HOUR = 3_600_000

export interface StateSweepOptions {
    clock: Clock
    /** Gives what tells whether a node is part of the flows, be it disabled. */
    exists(): (node: string) => boolean
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
