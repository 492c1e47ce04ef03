import type { Clock } from '../lib/index.ts'
import type { WsPeer } from './peer.ts'

/** Pings in a row that may go unanswered. */
const PATIENCE = 2

/** Asks everybody for a sign of life in every interval, with one timer for all, and ends the connections of those that give none. */
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
            if (peer.unanswered >= PATIENCE) peer.terminate()
            else {
                peer.unanswered++
                peer.ping()
            }
        }
    }
}
