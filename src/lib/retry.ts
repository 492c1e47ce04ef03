import type { Clock } from './clock.ts'
import { pause } from './pause.ts'

/**
 * How long to wait before the next try, in milliseconds: doubling, up to a limit.
 * @param tries how many have failed so far, from 1
 */
export const backoff = (tries: number, first = 1000, most = 30_000): number => Math.min(first * 2 ** (tries - 1), most)

/**
 * Does something again and again, with {@link backoff} in between, until it succeeds.
 * @param failed is told of each failure; what it throws ends the trying
 * @returns what it gave, undefined if the signal aborted before
 */
export async function retryUntil<T>(
    clock: Clock,
    signal: AbortSignal,
    run: () => Promise<T>,
    failed?: (error: unknown) => void,
): Promise<T | undefined> {
    for (let tries = 1; !signal.aborted; tries++) {
        try {
            return await run()
        } catch (error) {
            failed?.(error)
            await pause(clock, backoff(tries), signal)
        }
    }
    return undefined
}
