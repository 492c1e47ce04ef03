import type { Clock } from '../lib/index.ts'
import type { PowerState } from './machine.ts'
import type { Plug } from './plug.ts'
import type { Runs } from './runs.ts'

/** Milliseconds beyond the instances' own time before the plug switches off by itself. */
const GRACE = 5000
/** What is left of these at least, while the plug need not be told anew. */
const LEAST_GRACE = 3000

/** Tells the plug when to switch off by itself, so that power ends even if Node-RED does not run then. */
export class OffGuard {
    readonly #plug: Plug
    readonly #runs: Runs
    readonly #state: () => PowerState
    readonly #clock: Clock
    /** Also when another process has set the timer: a plug that is on for nobody must not go off by itself. */
    #isSet = true
    /** For when the timer was set last, without the grace; undefined for never. */
    #end: number | undefined
    /** The plug does not go off by itself before this time; in the past while it has not been told. */
    #offAt = Number.NEGATIVE_INFINITY
    #cancel: (() => void) | undefined

    constructor(plug: Plug, runs: Runs, state: () => PowerState, clock: Clock, signal: AbortSignal) {
        this.#plug = plug
        this.#runs = runs
        this.#state = state
        this.#clock = clock
        signal.addEventListener('abort', () => this.#cancel?.())
    }

    /**
     * Called just before ON: the plug keeps its timer while it is off, and begins it anew when it goes on. So it is guarded from then on.
     * @param timeout of the instance that is being started, in milliseconds; 0 for never
     * @param within how many milliseconds it runs at the latest, and the timer is set anew
     */
    beforeOn(timeout: number, within: number): void {
        const { size, end } = this.#runs
        const isEndless = size > 0 ? end === undefined : timeout === 0
        this.#set(isEndless ? undefined : Math.max(end ?? 0, this.#clock.monotonic() + Math.max(timeout, within)))
    }

    /** Other instances may run than before, or for another time. */
    update(): void {
        const { isLoaded, offDue } = this.#state()
        const { size, end } = this.#runs
        // It is left to a plug that has yet to go off, or that may be on for an instance not yet known.
        if (!isLoaded || (size === 0 && offDue)) return
        const fits = end === undefined ? !this.#isSet : this.#offAt >= end + LEAST_GRACE && this.#offAt < end + GRACE + 1000
        if (fits) this.#keep(end)
        else this.#set(end)
    }

    /** The plug has just come within reach, and may not have heard when to go off. */
    renew(): void {
        if (this.#end !== undefined) this.#set(this.#end)
        this.update()
    }

    #keep(end: number | undefined): void {
        this.#cancel?.()
        this.#end = end
    }

    /** @param end when the last instance will have stopped by itself, in milliseconds of monotonic time; undefined for never */
    #set(end: number | undefined): void {
        this.#keep(end)
        const now = this.#clock.monotonic()
        const wanted = end === undefined ? 0 : Math.max(end - now, 0) + GRACE
        const seconds = this.#plug.offAfter(wanted / 1000)
        this.#offAt = seconds === undefined ? Number.NEGATIVE_INFINITY : now + seconds * 1000
        if (seconds === undefined) return
        this.#isSet = end !== undefined
        // A plug's timer goes no further: it is set anew before it ends.
        if (seconds * 1000 < wanted) this.#cancel = this.#clock.after(seconds * 500, () => this.#set(end))
    }
}
