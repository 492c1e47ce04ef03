import { type Clock, dropOldest } from '../lib/index.ts'
import type { Command } from './command.ts'

type Resolve = (command: Command | undefined) => void

/** Commands that are known to be under way without looking. */
const MAX_OPEN = 10_000

/** Those who wait for commands to end. */
export class Waiting {
    readonly #clock: Clock
    readonly #open = new Set<string>()
    readonly #all = new Map<string, Set<Resolve>>()

    constructor(clock: Clock) {
        this.#clock = clock
    }

    /** A command is being given: {@link tell} will be called once it has ended, unless it is taken back by {@link forget}. */
    begun(id: string): void {
        this.#open.add(id)
        dropOldest(this.#open, MAX_OPEN)
    }

    forget(id: string): void {
        this.#open.delete(id)
    }

    /** Tells those who wait for a command that it has ended. */
    tell(command: Command): void {
        this.#open.delete(command.id)
        for (const resolve of this.#all.get(command.id) ?? []) resolve(command)
    }

    /** Resolves with a command once it has ended, or as it is then when the time is over or the signal aborts. @param ms milliseconds */
    async outcome(id: string, ms: number, signal: AbortSignal, get: () => Promise<Command | undefined>): Promise<Command | undefined> {
        // Waiting begins before it is read, so that no ending in between is missed.
        const { ended, leave } = this.#begin(id, ms, signal)
        try {
            if (!this.#open.has(id)) {
                const before = await get()
                if (!before || before.ending) return before
            }
            return (await ended) ?? (await get())
        } finally {
            leave()
        }
    }

    /** Begins to wait. @returns what ended, undefined when the time is over or the signal aborts; and what ends the waiting */
    #begin(id: string, ms: number, signal: AbortSignal): { ended: Promise<Command | undefined>; leave: () => void } {
        const { promise: ended, resolve } = Promise.withResolvers<Command | undefined>()
        const give = () => resolve(undefined)
        const cancel = this.#clock.after(ms, give)
        if (signal.aborted) give()
        signal.addEventListener('abort', give)
        const waiting = this.#all.get(id) ?? new Set()
        this.#all.set(id, waiting.add(resolve))
        const leave = () => {
            cancel()
            signal.removeEventListener('abort', give)
            waiting.delete(resolve)
            if (waiting.size === 0) this.#all.delete(id)
        }
        return { ended, leave }
    }
}
