import { type ChannelMessage, classOf, covers } from './channel.ts'

export interface HistoryLimits {
    /** Messages of a channel, and bytes. */
    most: number
    mostBytes: number
    /** Keys of a `data` channel, and bytes. */
    mostKeys: number
    mostKeyBytes: number
    channels: number
    /** Bytes of all channels. */
    total: number
}

export const usualLimits: HistoryLimits = {
    ...{ most: 1000, mostBytes: 1_048_576, mostKeys: 10_000, mostKeyBytes: 4_194_304 },
    ...{ channels: 1000, total: 67_108_864 },
}

/** A place in the order of all messages. */
interface Slot {
    readonly seq: number
    /** Undefined once it is not kept any more. */
    message: ChannelMessage | undefined
}

interface Channel {
    readonly name: string
    /** What is kept, oldest first. */
    readonly slots: Map<number, Slot>
    readonly byKey: Map<string, Slot>
    bytes: number
    /** The place of the latest message that is not kept any more, although none took its place; 0 if there is none. */
    lost: number
    /** What {@link History.losses} was after that. */
    lostAt: number
}

/** A part of the history. */
interface Page {
    found: ChannelMessage[]
    upTo: number
}

/** What is to be deleted where messages are kept, and up to where channels have lost some. */
export interface Leftovers {
    removed: number[]
    lost: Map<string, number>
}

/** Bytes that a message takes besides its text, about. */
const OVERHEAD = 400

/** The messages of all channels that are kept, bounded in number and bytes. */
export class History {
    /** Tells these messages from those of another store. */
    readonly epoch: string
    readonly #limits: HistoryLimits
    /** Those published to last are the last. */
    readonly #channels = new Map<string, Channel>()
    /** In the order of their places. */
    #slots: Slot[] = []
    #kept = 0
    #bytes = 0
    #last = 0
    #losses = 0
    #lastLost = 0
    /** Channels that are forgotten have lost messages up to here. */
    #forgotten = 0
    /** What {@link losses} was after that. */
    #forgottenAt = 0
    #leftovers: Leftovers = { removed: [], lost: new Map() }

    /** @param lost up to where channels have lost messages; a blank name means channels that are forgotten */
    constructor(epoch: string, limits: HistoryLimits, last = 0, lost: ReadonlyMap<string, number> = new Map()) {
        this.epoch = epoch
        this.#limits = limits
        this.#last = last
        this.#forgotten = lost.get('') ?? 0
        for (const [name, seq] of lost) if (name !== '') this.#make(name, seq)
    }

    /** The place of the latest message, 0 before there was any. */
    get last(): number {
        return this.#last
    }

    get size(): number {
        return this.#kept
    }

    get bytes(): number {
        return this.#bytes
    }

    /** The latest place of which a message was dropped although none took its place. */
    get lastLost(): number {
        return this.#lastLost
    }

    /** Counts how often that happened. */
    get losses(): number {
        return this.#losses
    }

    /** @param isRestored whether it was kept before: it is known what its channel has lost */
    add(message: ChannelMessage, isRestored = false): void {
        const channel = this.#channels.get(message.channel) ?? this.#make(message.channel, isRestored ? 0 : this.#forgotten)
        if (channel.slots.size === 0 && channel.lost > 0) this.#leftovers.lost.set(channel.name, channel.lost)
        this.#channels.delete(channel.name)
        this.#channels.set(channel.name, channel)
        this.#last = Math.max(this.#last, message.seq)
        const isData = classOf(channel.name) === 'data'
        const before = isData ? channel.byKey.get(message.key) : undefined
        if (before) this.#remove(channel, before)
        const slot = { seq: message.seq, message }
        this.#slots.push(slot)
        this.#kept++
        channel.slots.set(slot.seq, slot)
        if (isData) channel.byKey.set(message.key, slot)
        channel.bytes += weight(message)
        this.#bytes += weight(message)
        this.#shrink(channel, isData)
    }

    /**
     * Kept messages after one place and up to another, oldest first, and up to which place these are all.
     * @param most ends the list before it has more characters, but not before the first message
     */
    after(from: number, to: number, most: number, isWanted: (message: ChannelMessage) => boolean): Page {
        const found: ChannelMessage[] = []
        let characters = 0
        for (let i = this.#placeAfter(from); i < this.#slots.length; i++) {
            const { seq, message } = this.#slots[i]!
            if (seq > to) break
            if (!message || !isWanted(message)) continue
            characters += message.text.length
            if (characters > most && found.length > 0) return { found, upTo: found.at(-1)!.seq }
            found.push(message)
        }
        return { found, upTo: to }
    }

    /**
     * The channels that have lost a message after a place; in the place of those that are forgotten, the patterns that may have had them.
     * @param losses only what was lost since there were so many {@link losses}
     */
    lossesAfter(patterns: readonly string[], from: number, losses = -1): string[] {
        const isMeant = ({ name, lost, lostAt }: Channel) => lost > from && lostAt > losses && patterns.some((one) => covers(one, name))
        const known = [...this.#channels.values()].filter(isMeant).map(({ name }) => name)
        if (this.#forgotten <= from || this.#forgottenAt <= losses) return known
        return [...known, ...patterns.filter((one) => one.endsWith('*') || !this.#channels.has(one))]
    }

    /** Notes a place up to which all messages have come, also those that are not kept. */
    advance(seq: number): void {
        this.#last = Math.max(this.#last, seq)
    }

    /** What has piled up since it was asked for last. */
    takeLeftovers(): Leftovers {
        const taken = this.#leftovers
        this.#leftovers = { removed: [], lost: new Map() }
        return taken
    }

    /** Takes back what could not be written. */
    putBack({ removed, lost }: Leftovers): void {
        this.#leftovers.removed.unshift(...removed)
        for (const [channel, seq] of lost) if (!this.#leftovers.lost.has(channel)) this.#leftovers.lost.set(channel, seq)
    }

    /** A channel that was forgotten may have lost messages: nobody knows of which it was. */
    #make(name: string, lost: number): Channel {
        const channel = { name, slots: new Map(), byKey: new Map(), bytes: 0, lost, lostAt: 0 }
        this.#channels.set(name, channel)
        return channel
    }

    #placeAfter(seq: number): number {
        let low = 0
        for (let high = this.#slots.length; low < high; ) {
            const middle = (low + high) >> 1
            if (this.#slots[middle]!.seq <= seq) low = middle + 1
            else high = middle
        }
        return low
    }

    #shrink(channel: Channel, isData: boolean): void {
        const { most, mostBytes, mostKeys, mostKeyBytes, channels, total } = this.#limits
        while (channel.slots.size > (isData ? mostKeys : most) || channel.bytes > (isData ? mostKeyBytes : mostBytes)) this.#lose(channel)
        while (this.#bytes > total) this.#lose(this.#dispensable((one) => one.slots.size > 0)!)
        if (this.#channels.size > channels) this.#forget(this.#dispensable((one) => one !== channel)!)
    }

    /** The channel that nobody has published to for the longest time, one without a class of its own before others. */
    #dispensable(isMeant: (channel: Channel) => boolean): Channel | undefined {
        const all = [...this.#channels.values()].filter(isMeant)
        return all.find(({ name }) => classOf(name) === 'custom') ?? all[0]
    }

    #forget(channel: Channel): void {
        while (channel.slots.size > 0) this.#lose(channel)
        this.#channels.delete(channel.name)
        this.#forgotten = Math.max(this.#forgotten, channel.lost)
        this.#forgottenAt = this.#losses
        this.#leftovers.lost.set(channel.name, 0).set('', this.#forgotten)
    }

    #lose(channel: Channel): void {
        const [oldest] = channel.slots.values()
        this.#remove(channel, oldest!)
        channel.lost = oldest!.seq
        channel.lostAt = ++this.#losses
        this.#lastLost = Math.max(this.#lastLost, channel.lost)
        this.#leftovers.lost.set(channel.name, channel.lost)
    }

    #remove(channel: Channel, slot: Slot): void {
        const message = slot.message!
        slot.message = undefined
        channel.slots.delete(slot.seq)
        if (channel.byKey.get(message.key) === slot) channel.byKey.delete(message.key)
        channel.bytes -= weight(message)
        this.#bytes -= weight(message)
        this.#kept--
        this.#leftovers.removed.push(slot.seq)
        // Empty places go once there are as many as messages.
        if (this.#slots.length > 64 && this.#kept < this.#slots.length / 2) this.#slots = this.#slots.filter((one) => one.message)
    }
}

/** Its text and its data, of which strings take two bytes for a character at worst. */
const weight = ({ text, data, key }: ChannelMessage): number => 2 * (text.length + data.length + key.length) + OVERHEAD
