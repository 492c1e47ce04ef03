/** Seconds' worth of tokens that may be used at once. */
const BURST = 2
/** However low the rate: what a client says when it connects is not a flood. */
const LEAST = 10

/** Lets so many through a second, on average. */
export class Bucket {
    readonly #rate: number
    #tokens: number
    #at: number

    /** @param rate a second; 0 means no limit. @param now milliseconds of monotonic time, here and below */
    constructor(rate: number, now: number) {
        this.#rate = rate
        this.#tokens = this.#capacity
        this.#at = now
    }

    get #capacity(): number {
        return Math.max(this.#rate * BURST, LEAST)
    }

    /** Whether one more may pass. */
    take(now: number): boolean {
        if (this.#rate === 0) return true
        const passed = now - this.#at
        this.#at = now
        this.#tokens = Math.min(this.#tokens + (passed * this.#rate) / 1000, this.#capacity)
        if (this.#tokens < 1) return false
        this.#tokens--
        return true
    }
}
