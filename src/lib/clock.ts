import { uptime } from 'node:os'
import { awakeAndAsleep } from './sleep.ts'

/**
 * Where time comes from. Everything below `src/` takes one, so that tests decide how late it is.
 *
 * There are two readings. A point in time that is kept, shown or compared with one from elsewhere is {@link Clock.now}. How long something
 * takes or may take, a deadline or a rate, goes by {@link Clock.monotonic}: somebody, or NTP, may set the wall clock at any moment.
 */
export interface Clock {
    /** Milliseconds since 1970, as the wall clock has it: it may be set, in both directions. */
    now(): number
    /**
     * Milliseconds since some moment of this process, the time included that the machine slept. It never goes back, nobody can set it,
     * and it means nothing to another process: only differences count.
     */
    monotonic(): number
    /**
     * Calls `run` once, `ms` milliseconds from now, however far that is. It goes by no wall clock, and not by the time that the machine
     * sleeps; whoever has to know of that looks at {@link Clock.monotonic} now and then, as `Agenda` does.
     * @returns what takes the call back; it does nothing once `run` was called
     */
    after(ms: number, run: () => void): () => void
}

/** The longest delay that setTimeout keeps; above it, it fires at once. */
const LONGEST = 2 ** 31 - 1

/** Milliseconds by which {@link setWallClock} has set the wall clock ahead. */
let ahead = 0

/**
 * Sets the wall clock of this pack, and of nothing else, so that what is due next month can be tried now. It goes on from there.
 * @param at milliseconds since 1970
 */
export function setWallClock(at: number): void {
    ahead = at - Date.now()
}

/** The machine's own clock. */
export const systemClock: Clock = {
    now: () => Date.now() + ahead,
    monotonic: awakeAndAsleep(() => performance.now(), uptime),
    after(ms, run) {
        let timer: NodeJS.Timeout
        const arm = (left: number) => {
            timer = setTimeout(() => (left > LONGEST ? arm(left - LONGEST) : run()), Math.min(Math.max(left, 0), LONGEST))
        }
        arm(ms)
        return () => clearTimeout(timer)
    },
}
