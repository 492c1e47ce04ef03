import type { Endpoint, Peer } from '../ws/index.ts'
import type { Frame, Sink } from './sink.ts'

/** Characters that may be on their way to a peer before it has received those before. */
const WINDOW = 65_536

/** A reader at the other end of a WebSocket. It gets what was said by server-sent events as `{id, event, topic, payload}`. */
export class PeerSink implements Sink {
    readonly #endpoint: Endpoint
    readonly #peer: Peer
    readonly #over = new AbortController()
    readonly format = format
    #onTheWay = 0
    /** The part of it that was sent after the last question whether the rest was received. */
    #unasked = 0
    #isAsked = false
    #waiting: (() => void) | undefined

    constructor(endpoint: Endpoint, peer: Peer) {
        this.#endpoint = endpoint
        this.#peer = peer
    }

    write(frames: readonly string[]): boolean {
        // Something else that the flow sends it has left no room.
        if (!this.#peer.send(frames)) this.#peer.close(1013, 'too much waits for you, come back')
        const length = frames.reduce((sum, frame) => sum + frame.length, 0)
        this.#onTheWay += length
        this.#unasked += length
        if (!this.#isAsked) this.#ask()
        return this.#onTheWay < WINDOW
    }

    /** Finds out when it has received what was sent by now; one question at a time, as clients take many pings at once for an attack. */
    #ask(): void {
        const length = this.#unasked
        this.#unasked = 0
        this.#isAsked = true
        this.#peer.onReceived(() => {
            this.#isAsked = false
            this.#onTheWay -= length
            if (this.#unasked > 0) this.#ask()
            const run = this.#onTheWay < WINDOW ? this.#waiting : undefined
            if (run) this.#waiting = undefined
            run?.()
        })
    }

    onReady(run: () => void): void {
        this.#waiting = run
    }

    onGone(run: () => void): void {
        const gone = (peer: Peer) => {
            if (peer !== this.#peer) return
            this.#over.abort()
            run()
        }
        this.#endpoint.listen({ disconnected: gone }, this.#over.signal)
        if (!this.#peer.open) gone(this.#peer)
    }

    end(): void {
        this.#peer.close(1012, 'come back, and go on where you were')
    }
}

/** What `json` holds comes after the id and the event. */
function format({ id, event, json }: Frame): string {
    const head = JSON.stringify(id === undefined ? { event } : { id, event })
    return json === '{}' ? head : `${head.slice(0, -1)},${json.slice(1)}`
}
