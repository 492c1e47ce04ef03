import type { Share } from '../tasks/index.ts'

/** Hosts of which it is remembered how they did. */
const MOST_HOSTS = 10_000

/**
 * How many are sent to at the same time: those that answer soon, those that nothing is known of, and those that do not answer, or only
 * after a while, each with room of their own, so that they delay nobody else.
 */
const SHARES = {
    good: { group: 'good', limit: 32, each: 4 },
    unknown: { group: 'unknown', limit: 32, each: 4 },
    slow: { group: 'slow', limit: 128, each: 1 },
} as const satisfies Record<string, Share>

/** How hosts did, with their ports: it decides how many they are sent at the same time. */
export class Hosts {
    /** Whether the last answer came soon. */
    readonly #wasSoon = new Map<string, boolean>()

    note(host: string, wasSoon: boolean): void {
        // The one that was sent to longest ago is the first to be forgotten.
        this.#wasSoon.delete(host)
        this.#wasSoon.set(host, wasSoon)
        const [oldest] = this.#wasSoon.keys()
        if (this.#wasSoon.size > MOST_HOSTS) this.#wasSoon.delete(oldest!)
    }

    isSlow(host: string): boolean {
        return this.#wasSoon.get(host) === false
    }

    share(host: string): Share {
        const wasSoon = this.#wasSoon.get(host)
        return SHARES[wasSoon === undefined ? 'unknown' : wasSoon ? 'good' : 'slow']
    }
}
