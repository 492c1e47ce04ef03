/** Where time comes from. Everything below `src/` takes one, so that tests decide how late it is. */
export interface Clock {
    /** Milliseconds since 1970, as the wall clock has it. */
    now(): number
    /**
     * Calls `run` once, `ms` milliseconds from now, however far that is.
     * @returns what takes the call back; it does nothing once `run` was called
     */
    after(ms: number, run: () => void): () => void
}

/** The longest delay that setTimeout keeps; above it, it fires at once. */
const LONGEST = 2 ** 31 - 1

/** The machine's own clock. */
export const systemClock: Clock = {
    now: () => Date.now(),
    after(ms, run) {
        let timer: NodeJS.Timeout
        const arm = (left: number) => {
            timer = setTimeout(() => (left > LONGEST ? arm(left - LONGEST) : run()), Math.min(Math.max(left, 0), LONGEST))
        }
        arm(ms)
        return () => clearTimeout(timer)
    },
}
