import { type Clock, messageOf, retryUntil } from '../lib/index.ts'
import type { Task, Worker } from '../tasks/index.ts'
import type { Address, Peer } from '../ws/index.ts'
import { contentOf } from './kept.ts'

/** Messages that are read at once, and that may be unconfirmed by one peer. */
const TOGETHER = 16
const MOST_SENT = 64

interface RecipientQueueOptions {
    worker: Worker
    clock: Clock
    /** Encodes a payload in the protocol of a peer. */
    encode: (peer: Peer, payload: unknown) => string
    /** Is told of confirmed messages. */
    delivered: (tasks: Task[]) => void
    /** Is called when there is nothing more to send. */
    idle: () => void
    log: (text: string) => void
    signal: AbortSignal
}

/** Sends the stored messages of a recipient that is connected, in order. Only as many are read as the connection takes. */
export class RecipientQueue {
    readonly address: Address
    readonly #key: string
    readonly #o: RecipientQueueOptions
    #peer: Peer | undefined
    /** Messages that were read and not confirmed. */
    #tasks: Task[] = []
    /** How many of them were sent. */
    #sent = 0
    #isWaiting = false
    #isReading = false
    #hasMore = false
    /** Counts connections: what was read for an earlier one is put back. */
    #turn = 0

    constructor(key: string, address: Address, options: RecipientQueueOptions) {
        this.#key = key
        this.address = address
        this.#o = options
    }

    get peer(): Peer | undefined {
        return this.#peer
    }

    /** Whether messages are being read: nobody else may read those of the same recipient before they are put back. */
    get isReading(): boolean {
        return this.#isReading
    }

    /** Changes to another connection, or none. What was sent and not confirmed is sent again. */
    turnTo(peer: Peer | undefined): void {
        if (peer === this.#peer) return
        this.#peer = peer
        this.#turn++
        this.#isWaiting = false
        this.#sent = 0
        this.#putBack(this.#tasks.splice(0))
    }

    /** Reads messages, as far as they can be sent. */
    async read(): Promise<void> {
        this.#hasMore = true
        if (this.#isReading) return
        this.#isReading = true
        const { worker, clock, signal } = this.#o
        while (this.#hasMore && this.#hasRoom && !signal.aborted) {
            this.#hasMore = false
            const turn = this.#turn
            const read = (await retryUntil(clock, signal, () => worker.take(this.#key, TOGETHER))) ?? []
            if (turn !== this.#turn) {
                this.#putBack(read)
                this.#hasMore = true
            } else {
                this.#hasMore ||= read.length > 0
                this.#tasks.push(...read)
                this.#send()
            }
        }
        this.#isReading = false
        if (!this.#peer || (this.#tasks.length === 0 && !this.#hasMore)) this.#o.idle()
    }

    get #hasRoom(): boolean {
        return this.#peer !== undefined && !this.#isWaiting && this.#tasks.length < MOST_SENT
    }

    #putBack(tasks: readonly Task[]): void {
        if (tasks.length > 0) void this.#o.worker.park(tasks.map(({ id }) => id))
    }

    /** Sends as much as the connection takes. */
    #send(): void {
        const peer = this.#peer
        if (!peer || this.#isWaiting) return
        const before = this.#sent
        for (let task = this.#tasks[this.#sent]; task; task = this.#tasks[this.#sent]) {
            const frame = this.#frame(peer, task)
            if (frame !== undefined && !peer.send(frame)) {
                this.#waitForRoom(peer)
                break
            }
            this.#sent++
        }
        if (this.#sent === before) return
        const last = this.#tasks[this.#sent - 1]!
        peer.onReceived(() => peer === this.#peer && this.#received(last))
    }

    /** Undefined for what the store has damaged: it must not keep the others from being sent. */
    #frame(peer: Peer, task: Task): string | undefined {
        try {
            return this.#o.encode(peer, contentOf(task))
        } catch (error) {
            this.#o.log(`a message kept for ${this.address.id} cannot be read and is left out: ${messageOf(error)}`)
            return undefined
        }
    }

    #waitForRoom(peer: Peer): void {
        this.#isWaiting = true
        peer.onDrain(() => {
            if (peer !== this.#peer) return
            this.#isWaiting = false
            this.#send()
            void this.read()
        })
    }

    #received(last: Task): void {
        const done = this.#tasks.splice(0, this.#tasks.indexOf(last) + 1)
        this.#sent -= done.length
        this.#o.delivered(done)
        void this.read()
    }
}
