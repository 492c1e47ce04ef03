import { Refusal } from '../lib/index.ts'

/** A message of a feed. */
export interface FeedMessage {
    /** Its place in the feed, ascending. */
    readonly seq: number
    readonly event: string
    /** An object as JSON. */
    readonly json: string
    /** Of messages with the same key only the latest counts. */
    readonly key: string | undefined
}

export interface BufferLimits {
    /** Messages. */
    most: number
    mostBytes: number
}

/** Bytes that a message takes besides its text, about. */
const OVERHEAD = 200

/** The latest messages of a feed, bounded in number and bytes. A message with a key takes the place of the one before it. */
export class ReplayBuffer {
    /** Tells this buffer from that of another process, or of another feed. */
    readonly epoch: string
    /** Oldest first. */
    readonly #kept = new Map<number, FeedMessage>()
    readonly #byKey = new Map<string, number>()
    #limits: BufferLimits
    #bytes = 0
    #last = 0
    #lost = 0

    /** @param epoch letters and digits */
    constructor(epoch: string, limits: BufferLimits) {
        this.epoch = epoch
        this.#limits = limits
    }

    /** The place of the latest message, 0 before there was any. */
    get last(): number {
        return this.#last
    }

    /** The place of the latest message that is not kept any more, although none took its place; 0 if there is none. */
    get lost(): number {
        return this.#lost
    }

    get size(): number {
        return this.#kept.size
    }

    get bytes(): number {
        return this.#bytes
    }

    limit(limits: BufferLimits): void {
        this.#limits = limits
        this.#shrink()
    }

    /** @throws {@link Refusal} 413 `TOO_LARGE` for a message that takes more than all may */
    add(event: string, json: string, key?: string): void {
        const message = { seq: this.#last + 1, event, json, key }
        if (weight(message) > this.#limits.mostBytes)
            throw new Refusal(
                413,
                'TOO_LARGE',
                `the message takes more than the ${this.#limits.mostBytes} bytes that all kept messages may`,
            )
        this.#last = message.seq
        const before = key === undefined ? undefined : this.#byKey.get(key)
        if (before !== undefined) this.#remove(this.#kept.get(before)!)
        this.#kept.set(message.seq, message)
        if (key !== undefined) this.#byKey.set(key, message.seq)
        this.#bytes += weight(message)
        this.#shrink()
    }

    /**
     * The kept messages after one place and up to another, oldest first.
     * @param select which of them; all, unless given
     * @param mostBytes ends the list before it takes more, but not before the first message
     */
    after(from: number, to: number, mostBytes: number, select: (message: FeedMessage) => boolean = () => true): FeedMessage[] {
        const found: FeedMessage[] = []
        let bytes = 0
        for (const message of this.#kept.values()) {
            if (message.seq <= from || !select(message)) continue
            bytes += weight(message)
            if (message.seq > to || (bytes > mostBytes && found.length > 0)) break
            found.push(message)
        }
        return found
    }

    #remove(message: FeedMessage): void {
        this.#kept.delete(message.seq)
        this.#bytes -= weight(message)
        if (message.key !== undefined) this.#byKey.delete(message.key)
    }

    #shrink(): void {
        const { most, mostBytes } = this.#limits
        for (const message of this.#kept.values()) {
            if (this.#kept.size <= most && this.#bytes <= mostBytes) return
            this.#remove(message)
            this.#lost = message.seq
        }
    }
}

/** Strings take two bytes for a character at worst. */
const weight = ({ event, json, key = '' }: FeedMessage): number => 2 * (event.length + json.length + key.length) + OVERHEAD
