import { type Clock, retryUntil } from '../lib/index.ts'
import type { Tasks } from './tasks.ts'

export interface SweepOptions {
    tasks: Tasks
    clock: Clock
    /** Calls back whenever flows were started, all or some of them, until the signal aborts. */
    onDeployed(listener: () => void, signal: AbortSignal): void
    /** Gives what tells whether a node is part of the flows, be it disabled. */
    exists(): (node: string) => boolean
}

/** Ends the tasks of nodes that were deleted, after each deploy, which the start is one of, until the signal aborts. */
export function sweepTasks({ tasks, clock, onDeployed, exists }: SweepOptions, signal: AbortSignal): void {
    let isSweeping = false
    let isStale = false
    const sweep = async () => {
        isStale = true
        if (isSweeping) return
        isSweeping = true
        while (isStale && !signal.aborted) {
            isStale = false
            // The store says itself why it is away.
            await retryUntil(clock, signal, () => tasks.sweep(exists, signal))
        }
        isSweeping = false
    }
    onDeployed(() => void sweep(), signal)
}
