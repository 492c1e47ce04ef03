import type { Clock } from '../lib/index.ts'
import type { WsPeer } from './peer.ts'

/** Pings in a row that may go unanswered. */
const MAX_UNANSWERED = 2

/** Pings all peers in every interval, with one timer for all, and ends the connections of those that do not answer. */
export class Heartbeat {
    readonly #peers: ReadonlyMap<string, WsPeer>
    readonly #clock: Clock
    readonly #interval: number
    #cancel: () => void

    /** @param interval milliseconds */
    constructor(peers: ReadonlyMap<string, WsPeer>, clock: Clock, interval: number) {
        this.#peers = peers
        this.#clock = clock
        this.#interval = interval
        this.#cancel = clock.after(interval, this.#beat)
    }

    end(): void {
        this.#cancel()
    }

    readonly #beat = (): void => {
        this.#cancel = this.#clock.after(this.#interval, this.#beat)
        for (const peer of this.#peers.values()) {
            if (peer.unanswered >= MAX_UNANSWERED) peer.terminate()
            else {
                peer.unanswered++
                peer.ping()
            }
        }
    }
}
