import type { Agenda } from '../lib/index.ts'
import type { Timed } from './tasks.ts'

/** Has something run at the nearest of the times that it was told. */
export class Wakeup {
    readonly #agenda: Agenda<Timed>
    /** Reads the clock that the agenda follows. */
    readonly #clock: () => number
    #at = Number.POSITIVE_INFINITY
    readonly #entry: Timed

    constructor(agenda: Agenda<Timed>, clock: () => number, run: () => void) {
        this.#agenda = agenda
        this.#clock = clock
        this.#entry = {
            run: () => {
                this.#at = Number.POSITIVE_INFINITY
                run()
            },
        }
    }

    /** Milliseconds until then; undefined if it was told of no time. */
    get left(): number | undefined {
        return this.#at === Number.POSITIVE_INFINITY ? undefined : Math.max(this.#at - this.#clock(), 0)
    }

    after(ms: number): void {
        const now = this.#clock()
        const at = now + Math.max(ms, 0)
        if (at >= this.#at) {
            // The clock was set since, and it is over already.
            if (this.#at <= now) this.#agenda.clockSet()
            return
        }
        this.#at = at
        this.#agenda.after(this.#entry, Math.max(ms, 0))
    }

    cancel(): void {
        this.#at = Number.POSITIVE_INFINITY
        this.#agenda.delete(this.#entry)
    }
}
