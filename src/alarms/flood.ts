import type { Clock } from '../lib/index.ts'

/** Ten alarms within ten minutes are what EEMUA 191 has one operator look at. */
const [MOST, WITHIN] = [10, 600_000]

/** Notices when more alarms come than anybody can look at. */
export class Flood {
    readonly #clock: Clock
    /** When alarms came, in monotonic time: one more than the limit at the most. */
    #times: number[] = []

    constructor(clock: Clock) {
        this.#clock = clock
    }

    /** Whether more came than that, within so many milliseconds. */
    get isOn(): boolean {
        const now = this.#clock.monotonic()
        this.#times = this.#times.filter((time) => time > now - WITHIN)
        return this.#times.length > MOST
    }

    /** Another one has come. @returns the milliseconds that they are counted in, if they are too many now */
    take(): number | undefined {
        this.#times = [...this.#times, this.#clock.monotonic()].slice(-(MOST + 1))
        return this.isOn ? WITHIN : undefined
    }
}
