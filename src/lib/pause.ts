import type { Clock } from './clock.ts'

/** Resolves after `ms`, or at once when the signal aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
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
