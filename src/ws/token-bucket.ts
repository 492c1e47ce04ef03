/** So many seconds' worth of frames may come at once. */
const BURST = 2
/** So many may come at once however low the rate: clients send several frames when they connect. */
const MIN_CAPACITY = 10

/** A token bucket: limits the frames of a peer to a rate, on average. */
export class TokenBucket {
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
        return Math.max(this.#rate * BURST, MIN_CAPACITY)
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
