import { type Clock, pause } from '../lib/index.ts'
import type { Fault } from './engine.ts'

/** Milliseconds between tries for a lock that is usually held for moments: 2 s in all. */
const delays = [5, 10, 20, 40, 75, ...Array<number>(18).fill(100)]

/** Runs something, again and again for up to 2 s while the database is locked. Other faults are thrown at once. */
export async function retryWhileLocked<T>(
    clock: Clock,
    signal: AbortSignal,
    fault: (error: unknown) => Fault | undefined,
    run: () => Promise<T>,
): Promise<T> {
    for (const delay of delays) {
        try {
            return await run()
        } catch (error) {
            if (signal.aborted || fault(error)?.recovery !== 'soon') throw error
            await pause(clock, delay, signal)
        }
    }
    return run()
}
