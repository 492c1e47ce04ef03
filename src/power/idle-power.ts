import type { Clock } from '../lib/index.ts'

export interface IdlePowerOptions {
    clock: Clock
    /** Milliseconds for which it is looked at. */
    learnFor: number
    /** W between the least and the greatest reading beyond which it is not idle. */
    spread: number
    /** Is told once how it ended: the idle power in W, or why it could not be learned. */
    ended(result: { idlePower: number } | { reason: NotLearned }): void
    signal: AbortSignal
}

/** Why an idle power could not be learned: too much came and went, the socket is off, or there are too few readings. */
export type NotLearned = 'not-idle' | 'off' | 'silent'

/** So many readings are enough to say what it draws while nothing runs. */
const FEWEST = 3

/** Learns what an appliance draws while it does nothing: the most that it drew in some time. */
export class IdlePower {
    readonly #o: IdlePowerOptions
    readonly #from: number
    /** Of the readings so far, in W. */
    readonly #seen = { count: 0, least: Number.POSITIVE_INFINITY, most: 0 }
    #cancel: () => void = () => {}

    constructor(options: IdlePowerOptions) {
        this.#o = options
        this.#from = options.clock.monotonic()
        options.signal.addEventListener('abort', () => this.#cancel())
        // Readings come every thirty seconds or more often while the plug can be read, so that there have been enough by then.
        this.#cancel = options.clock.after(options.learnFor + FEWEST * 60_000, () => this.#end({ reason: 'silent' }))
    }

    /** @param power in W */
    take(power: number): void {
        const seen = this.#seen
        seen.count += 1
        seen.least = Math.min(seen.least, power)
        seen.most = Math.max(seen.most, power)
        const isEnough = seen.count >= FEWEST && this.#o.clock.monotonic() - this.#from >= this.#o.learnFor
        if (seen.most - seen.least > this.#o.spread) this.#end({ reason: 'not-idle' })
        else if (isEnough) this.#end({ idlePower: seen.most })
    }

    /** Gives up. */
    fail(reason: NotLearned): void {
        this.#end({ reason })
    }

    #end(result: { idlePower: number } | { reason: NotLearned }): void {
        this.#cancel()
        this.#o.ended(result)
    }
}
