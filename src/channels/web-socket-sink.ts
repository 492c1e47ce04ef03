import type { Frame, Sink } from '../feed/index.ts'
import type { Peer } from '../ws/index.ts'

/** A subscriber at the other end of a WebSocket. A frame of its is the JSON alone, so that all get the same. */
export class WebSocketSink implements Sink {
    readonly format = format
    readonly #peer: Peer
    /** What it did not take. */
    #left: readonly string[] | undefined
    #gone: (() => void)[] = []

    constructor(peer: Peer) {
        this.#peer = peer
    }

    write(frames: readonly string[]): boolean {
        if (this.#peer.send(frames)) return true
        this.#left = frames
        return false
    }

    onReady(run: () => void): void {
        this.#peer.onDrain(() => {
            const left = this.#left
            this.#left = undefined
            if (left && !this.write(left)) this.onReady(run)
            else run()
        })
    }

    onGone(run: () => void): void {
        this.#gone.push(run)
    }

    /** To be called when the peer has disconnected. */
    gone(): void {
        for (const run of this.#gone) run()
    }

    end(): void {
        this.#peer.close(1013, 'too much waits for you, come back')
    }
}

const format = ({ json }: Frame): string => json
