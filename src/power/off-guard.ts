import type { Clock } from '../lib/index.ts'
import type { Plug } from './plug.ts'

/** Seconds beyond the instance's own time before the plug switches off by itself. */
const GRACE = 5

/** Tells the plug when to switch off by itself, so that power ends even if Node-RED does not run then. */
export class OffGuard {
    readonly #plug: Plug
    readonly #clock: Clock
    /** Also when another process has set the timer: a plug that is on for nobody must not go off by itself. */
    #armed = true
    #end: number | undefined
    #cancel: (() => void) | undefined

    constructor(plug: Plug, clock: Clock, signal: AbortSignal) {
        this.#plug = plug
        this.#clock = clock
        signal.addEventListener('abort', () => this.#cancel?.())
    }

    /** @param end when the last instance will have stopped by itself, in milliseconds of monotonic time; undefined for never */
    set(end: number | undefined): void {
        this.#cancel?.()
        this.#cancel = undefined
        this.#end = end
        if (end === undefined) {
            if (!this.#armed || !this.#plug.isConnected) return
            this.#plug.offAfter(0)
            this.#armed = false
            return
        }
        this.#armed = true
        const wanted = (end - this.#clock.monotonic()) / 1000 + GRACE
        const granted = this.#plug.offAfter(Math.max(wanted, GRACE))
        // A plug's timer goes no further: it is set anew before it ends.
        if (granted < wanted) this.#cancel = this.#clock.after(granted * 500, () => this.set(end))
    }

    /** Tells the plug again: it has just come within reach, and may not have heard it. */
    renew(): void {
        this.set(this.#end)
    }
}
