/** Milliseconds between two looks at how long the machine has been up. */
const LOOK = 1000
/** Milliseconds; some systems tell their uptime in whole seconds. */
const SHORTEST_SLEEP = 2500

/**
 * A monotonic reading that counts sleep. On Linux, what Node.js counts stands still while the machine sleeps, and what the system says
 * to have been up does not; neither is changed by setting the wall clock, so that a clock that was set never passes for a sleep.
 * @param awake milliseconds
 * @param up seconds since the machine was started; may throw where that is not to be known
 */
export function awakeAndAsleep(awake: () => number, up: () => number): () => number {
    const look = () => {
        try {
            return up() * 1000
        } catch {
            return Number.NaN
        }
    }
    let slept = 0
    let lookedAt = awake()
    let before = look()
    return () => {
        const now = awake()
        if (now - lookedAt >= LOOK) {
            const after = look()
            const asleep = after - before - (now - lookedAt)
            if (asleep >= SHORTEST_SLEEP) slept += asleep
            lookedAt = now
            before = after
        }
        return now + slept
    }
}
