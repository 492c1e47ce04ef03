import type { Address, Peer } from '../ws/index.ts'
import type { OutboxRow } from './repository.ts'

/** A message in a queue. */
export interface Entry {
    row: OutboxRow
    /** The message of the flow; undefined after a restart. */
    msg: object | undefined
    /** Whether it expired after it was sent and before it was confirmed. */
    isLate: boolean
}

/** The messages for one recipient, in order. */
export class RecipientQueue {
    readonly address: Address
    readonly #write: (peer: Peer, payload: unknown) => string
    readonly #settled: (entries: Entry[]) => void
    #entries: Entry[] = []
    #peer: Peer | undefined
    /** How many of them were sent and are not confirmed. */
    #sent = 0
    #isWaiting = false

    /** @param settled is told of confirmed messages */
    constructor(address: Address, write: (peer: Peer, payload: unknown) => string, settled: (entries: Entry[]) => void) {
        this.address = address
        this.#write = write
        this.#settled = settled
    }

    get size(): number {
        return this.#entries.length
    }

    /** The connection that messages are sent by. */
    get peer(): Peer | undefined {
        return this.#peer
    }

    push(entry: Entry): void {
        this.#entries.push(entry)
    }

    /** Adds messages from before a restart. */
    unshift(entries: Entry[]): void {
        this.#entries.unshift(...entries)
    }

    /** Removes an expired message. @returns undefined if it was sent already, as it may still be confirmed */
    take(id: string): Entry | undefined {
        const place = this.#entries.findIndex(({ row }) => row.id === id)
        const entry = this.#entries[place]
        if (!entry) return
        if (place >= this.#sent) return this.#entries.splice(place, 1)[0]
        entry.isLate = true
        return
    }

    /**
     * Changes to another connection. What was sent by the one before and not confirmed is sent again.
     * @returns what has expired in the meantime
     */
    turnTo(peer: Peer | undefined): Entry[] {
        if (peer === this.#peer) return []
        this.#peer = peer
        this.#sent = 0
        this.#isWaiting = false
        const late = this.#entries.filter(({ isLate }) => isLate)
        if (late.length > 0) this.#entries = this.#entries.filter(({ isLate }) => !isLate)
        return late
    }

    /** Sends as much as the connection takes. */
    pump(): void {
        const peer = this.#peer
        if (!peer || this.#isWaiting) return
        const before = this.#sent
        for (let entry = this.#entries[this.#sent]; entry; entry = this.#entries[this.#sent]) {
            if (!peer.send(this.#write(peer, JSON.parse(entry.row.payload)))) {
                this.#wait(peer)
                break
            }
            this.#sent++
        }
        if (this.#sent === before) return
        const last = this.#entries[this.#sent - 1]!
        peer.onReceived(() => peer === this.#peer && this.#settle(last))
    }

    #wait(peer: Peer): void {
        this.#isWaiting = true
        peer.onDrain(() => {
            if (peer !== this.#peer) return
            this.#isWaiting = false
            this.pump()
        })
    }

    #settle(last: Entry): void {
        const done = this.#entries.splice(0, this.#entries.indexOf(last) + 1)
        this.#sent -= done.length
        this.#settled(done)
    }
}
