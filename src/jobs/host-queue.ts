import type { Clock } from '../lib/index.ts'

/** How many may work at once: with one host, and in all. And how many may wait, for how many milliseconds. */
const usual = { host: 4, all: 32, waiting: 10_000, patience: 120_000 }

interface Waiter {
    host: string
    begin(): void
}

/**
 * Lets few work with the same host at once, and not many in all. The others wait, first come first served, but nobody waits for those who
 * want another host.
 */
export class HostQueue {
    readonly #clock: Clock
    readonly #limits: typeof usual
    readonly #waiting = new Set<Waiter>()
    readonly #busy = new Map<string, number>()
    #all = 0

    constructor(clock: Clock, limits: Partial<typeof usual> = {}) {
        this.#clock = clock
        this.#limits = { ...usual, ...limits }
    }

    /**
     * Does something once it is its turn.
     * @param host with its port
     * @throws an Error if too many wait, or it would have to wait too long; the reason of the signal if that aborts before its turn
     */
    async run<T>(host: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
        if (this.#hasPlace(host)) this.#enter(host)
        else await this.#turn(host, signal)
        try {
            return await work()
        } finally {
            this.#leave(host)
        }
    }

    async #turn(host: string, signal: AbortSignal): Promise<void> {
        const { waiting, patience } = this.#limits
        signal.throwIfAborted()
        if (this.#waiting.size >= waiting) throw new Error(`${waiting} others wait for their turn`)
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        const waiter = { host, begin: resolve }
        this.#waiting.add(waiter)
        const giveUp = () => {
            // At once: a place that is given to who has just left is lost.
            this.#waiting.delete(waiter)
            reject(signal.aborted ? signal.reason : new Error(`it was not its turn within ${patience / 1000} s`))
        }
        const cancel = this.#clock.after(patience, giveUp)
        signal.addEventListener('abort', giveUp)
        try {
            await promise
        } finally {
            cancel()
            signal.removeEventListener('abort', giveUp)
        }
    }

    #hasPlace(host: string): boolean {
        return this.#all < this.#limits.all && (this.#busy.get(host) ?? 0) < this.#limits.host
    }

    #enter(host: string): void {
        this.#all++
        this.#busy.set(host, (this.#busy.get(host) ?? 0) + 1)
    }

    #leave(host: string): void {
        this.#all--
        const left = this.#busy.get(host)! - 1
        if (left > 0) this.#busy.set(host, left)
        else this.#busy.delete(host)
        for (const waiter of this.#waiting) {
            if (!this.#hasPlace(waiter.host)) continue
            this.#enter(waiter.host)
            this.#waiting.delete(waiter)
            waiter.begin()
            return
        }
    }
}
