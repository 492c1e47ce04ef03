import type { Clock } from './clock.ts'

/** Milliseconds that a wall clock has to keep to what it was set forward to before anything is deleted by it. */
const PROBATION = 86_400_000
/** Milliseconds by which two readings may differ without the clock having been set in between. */
const SLACK = 60_000

/**
 * The wall clock for whoever deletes what is old: it is never ahead of the real one, and follows a leap forward only after a day. So a
 * clock that is wrong for an hour deletes nothing, and one that NTP sets right at start-up is followed a day later.
 * @returns milliseconds since 1970
 */
export function retentionClock(clock: Clock): () => number {
    const offset = () => clock.now() - clock.monotonic()
    let trusted = offset()
    let leap: { offset: number; since: number } | undefined
    return () => {
        const current = offset()
        const now = clock.monotonic()
        if (current <= trusted + SLACK) {
            trusted = current
            leap = undefined
        } else if (!leap || Math.abs(current - leap.offset) > SLACK) leap = { offset: current, since: now }
        else if (now - leap.since >= PROBATION) {
            trusted = current
            leap = undefined
        }
        // Databases take whole milliseconds only.
        return Math.floor(now + trusted)
    }
}
