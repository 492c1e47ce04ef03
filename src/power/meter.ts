import type { Clock } from '../lib/index.ts'
import type { Reading } from './repository.ts'

/** A plug that can be read. */
export interface Readable {
    readonly connected: boolean
    readonly relay: 'on' | 'off' | 'unknown'
    /** Whether a reading is under way that it may not have heard itself asked for. */
    readonly measuring: boolean
    measure(): Promise<Reading>
}

export interface MeterOptions {
    clock: Clock
    /** Milliseconds between readings while an instance runs. */
    interval: number
    /** Milliseconds between readings otherwise; 0 means none. */
    idleInterval: number
    signal: AbortSignal
}

/** How old a reading may be that a start takes as its own, in milliseconds. */
const FRESH = 5000

/** Readings that are kept in a second, on average, and how many may come at once. */
const [PER_SECOND, AT_ONCE] = [10, 100]

/** Reads the plug's meter now and then: once for all instances, however many run. */
export class Meter {
    readonly #o: MeterOptions
    readonly #plug: Readable
    #pace = 0
    /** The interval that the socket is set to, and those that clients want. */
    #own = 0
    readonly #wanted = new Map<AbortSignal, number>()
    #cancel: (() => void) | undefined
    /** When the last reading came, in monotonic time. */
    #takenAt = Number.NEGATIVE_INFINITY
    /** The last reading of this process, and the first. */
    latest: Reading | undefined
    first: Reading | undefined
    /** How many more readings may be kept, and when that was counted: the number grows with time. */
    #room = { count: AT_ONCE, at: 0 }

    constructor(plug: Readable, options: MeterOptions) {
        this.#plug = plug
        this.#o = options
        options.signal.addEventListener('abort', () => this.#cancel?.())
    }

    take(reading: Reading): void {
        this.latest = reading
        this.#takenAt = this.#o.clock.monotonic()
        this.first ??= reading
    }

    /** Whether a reading is to be kept: a plug that reports without end fills no disk. @param at when it was read */
    isKept(at: number): boolean {
        const passed = Math.max(0, at - this.#room.at) / 1000
        const count = Math.min(AT_ONCE, this.#room.count + passed * PER_SECOND)
        this.#room = { count: count < 1 ? count : count - 1, at }
        return count >= 1
    }

    /** What it draws in W, by the last reading; null if there is none since then, in monotonic time. */
    wattsSince(since: number): number | null {
        return this.latest && this.#takenAt >= since ? this.latest.power : null
    }

    /** @param running whether an instance runs */
    adjust(running: boolean): void {
        this.#own = running ? this.#o.interval : this.#o.idleInterval
        this.#adjust()
    }

    /** Has it read at least so often while the plug is on, whoever runs. @param pace milliseconds */
    readEvery(pace: number, signal: AbortSignal): void {
        if (signal.aborted) return
        this.#wanted.set(signal, pace)
        signal.addEventListener('abort', () => {
            this.#wanted.delete(signal)
            this.#adjust()
        })
        this.#adjust()
    }

    #adjust(): void {
        const paces = [this.#own, ...this.#wanted.values()].filter((pace) => pace > 0)
        const pace = paces.length > 0 ? Math.min(...paces) : 0
        if (pace === this.#pace) return
        this.#pace = pace
        this.#schedule()
    }

    /** The last reading, if it is one of now and not from before `since`, in monotonic time. */
    fresh(since: number): Reading | undefined {
        const oldest = Math.max(since, this.#o.clock.monotonic() - Math.min(this.#o.interval, FRESH))
        return this.#takenAt >= oldest ? this.latest : undefined
    }

    /** A reading that shows that the plug is alive, and is not from before `since`, in monotonic time: the last one, or else a new one. */
    async current(since: number): Promise<Reading> {
        const fresh = this.fresh(since)
        if (fresh) return fresh
        const isDoubtful = this.#plug.measuring
        const reading = await this.#plug.measure().catch((error: unknown) => {
            if (isDoubtful) return this.#plug.measure()
            throw error
        })
        // The answer to an earlier question may have come before `since`.
        return this.#takenAt >= since ? reading : await this.#plug.measure()
    }

    /** Reads once, if the plug answers. */
    async readOnce(): Promise<void> {
        // That the plug is silent is reported elsewhere; the next reading will do.
        if (this.#plug.connected) await this.#plug.measure().catch(() => {})
    }

    #schedule(): void {
        this.#cancel?.()
        this.#cancel = undefined
        if (this.#pace === 0 || this.#o.signal.aborted) return
        this.#cancel = this.#o.clock.after(this.#pace, () => {
            this.#schedule()
            if (this.#isDue()) void this.readOnce()
        })
    }

    /** A plug that is off has no more to tell than it is set to. */
    #isDue(): boolean {
        if (this.#wanted.size === 0 || this.#plug.relay === 'on') return true
        return this.#own > 0 && this.#o.clock.monotonic() - this.#takenAt >= this.#own
    }
}
