import type { Clock } from '../lib/index.ts'

/** Milliseconds by which the wall clock may differ from what it was before that counts as being set. */
const SLACK = 5000

/**
 * Milliseconds since 1970 that nobody can set: the times of tasks are kept in it, so that those of this process go by the monotonic clock.
 * When the wall clock was set, what is kept has to be moved along.
 */
export class TaskTime {
    readonly #clock: Clock
    #offset: number

    constructor(clock: Clock) {
        this.#clock = clock
        this.#offset = clock.now() - clock.monotonic()
    }

    /** In whole milliseconds. */
    now(): number {
        return Math.floor(this.#clock.monotonic() + this.#offset)
    }

    /** A time of the wall clock as it is kept. */
    of(wall: number): number {
        return wall - this.#clock.now() + this.now()
    }

    /** By how many milliseconds the wall clock was set forward, or back, since it was last followed; 0 if it was not. */
    get leap(): number {
        const leap = this.#clock.now() - this.now()
        return Math.abs(leap) > SLACK ? leap : 0
    }

    /** Follows the wall clock by so much. */
    move(ms: number): void {
        this.#offset += ms
    }
}
