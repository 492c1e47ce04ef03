import type { Clock } from '../clock/index.ts'
import type { Fault } from './engine.ts'

/** Milliseconds between tries for a lock that is usually held for moments: 2 s in all. */
const delays = [5, 10, 20, 40, 75, ...Array<number>(18).fill(100)]

/** Resolves after `ms`, or at once when the signal aborts. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
        if (signal.aborted) return resolve()
        const wake = () => {
            cancel()
            signal.removeEventListener('abort', wake)
            resolve()
        }
        const cancel = clock.after(ms, wake)
        signal.addEventListener('abort', wake)
    })
}

/** Runs something, again and again for up to 2 s while the database is locked. Other faults are thrown at once. */
export async function patiently<T>(
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
            await sleep(clock, delay, signal)
        }
    }
    return run()
}
