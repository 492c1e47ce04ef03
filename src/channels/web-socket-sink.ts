import type { Frame, Sink } from '../feed/index.ts'
import type { Peer } from '../ws/index.ts'

/** Frames that may be left: more than a batch has. */
const MOST_LEFT = 2000

/** A subscriber at the other end of a WebSocket. A frame of its is the JSON alone, so that all get the same. */
export class WebSocketSink implements Sink {
    readonly format = format
    readonly #peer: Peer
    /** What it did not take: one batch, and answers to what it asked meanwhile. */
    #left: readonly string[] = []

    constructor(peer: Peer) {
        this.#peer = peer
    }

    write(frames: readonly string[]): boolean {
        if (this.#left.length === 0 && this.#peer.send(frames)) return true
        this.#left = [...this.#left, ...frames]
        if (this.#left.length > MOST_LEFT) this.end()
        return false
    }

    onReady(run: () => void): void {
        this.#peer.onDrain(() => {
            const left = this.#left
            this.#left = []
            if (this.write(left)) run()
            else this.onReady(run)
        })
    }

    /** By the connection itself: an endpoint that is deployed anew tells nobody any more who has gone. */
    onGone(run: () => void): void {
        this.#peer.request.socket.once('close', run)
    }

    end(): void {
        this.#peer.close(1013, 'too much waits for you, come back')
    }
}

const format = ({ json }: Frame): string => json
