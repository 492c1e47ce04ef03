import type { Bus } from '../bus/index.ts'
import type { Sink } from '../feed/index.ts'
import { type Clock, jsonText, Listeners, Refusal } from '../lib/index.ts'
import { type ChannelMessage, classOf, covers, type Draft, messageOf } from './channel.ts'
import { History, type HistoryLimits, usualLimits } from './history.ts'
import type { ChannelRepository, Kept } from './store.ts'
import { BATCH, type Batch, Subscriber } from './subscriber.ts'
import type { Subscription } from './subscription.ts'
import { survivors } from './survivors.ts'

export interface ChannelsOptions {
    repository: ChannelRepository
    bus: Bus
    clock: Clock
    newId(): string
    log(text: string): void
    limits?: HistoryLimits
}

/** What is published. */
export interface Publication {
    channel: string
    /** Anything that JSON can express. */
    data: unknown
    /** Of messages of a `data` channel with the same key only the latest counts. */
    key?: string | undefined
    /** The peer that publishes it; undefined if a flow does. */
    peer?: unknown
}

/** A message as flows hear it. */
export interface Heard {
    channel: string
    key: string
    /** Milliseconds since 1970. */
    at: number
    /** JSON. */
    data: string
    /** Missing for what a peer says to an `alarms` channel, which only flows hear. */
    seq?: number
    peer?: unknown
}

interface Pending extends Draft {
    peer: unknown
    resolve(seq: number): void
    reject(error: unknown): void
}

/** Milliseconds between two signs of life: proxies cut a connection that is silent for a minute, or for 30 seconds. */
const KEEP_ALIVE = 15_000
/** A subscriber that takes nothing for so long, in milliseconds, is gone. */
const STALLED = 60_000
/** Characters of a message. */
const LARGEST = 262_144
/** Characters that may wait to be written. */
const MOST_PENDING = 16_777_216
/** Subscribers at once. */
const MOST_SUBSCRIBERS = 10_000
const HEARD = 'channels/heard'

/**
 * The channels of a store: what is published on them is written first, and then told to flows and to subscribers, each as fast as it takes
 * it. The latest messages are kept, so that whoever comes back is told what it has missed, or that not all of it is kept any more.
 */
export class Channels {
    readonly #o: ChannelsOptions
    readonly #subscribers = new Set<Subscriber>()
    readonly #active = new Map<string, (() => Promise<unknown[]>)[]>()
    #history: History
    #ready: Promise<void> | undefined
    #pending: Pending[] = []
    #waiting = 0
    #isWriting = false
    #cancel: (() => void) | undefined
    /** What was made for a subscriber while all are told, as the next one mostly wants the same. */
    #made: { from: number; key: string; format: Sink['format']; batch: Batch } | undefined
    readonly #watchers: Listeners<() => void>

    constructor(options: ChannelsOptions) {
        this.#o = options
        this.#watchers = new Listeners(options.log)
        this.#history = new History('', options.limits ?? usualLimits)
    }

    get size(): number {
        return this.#subscribers.size
    }

    /** Calls back whenever there are more subscribers, or fewer. */
    onSize(run: () => void, signal: AbortSignal): void {
        this.#watchers.add(run, signal)
    }

    /** Resolves once it is known what is kept. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    ready(): Promise<void> {
        this.#ready ??= this.#load().catch((error: unknown) => {
            this.#ready = undefined
            throw error
        })
        return this.#ready
    }

    /**
     * Publishes a message; resolves with its place once it is committed. What a peer says to an `alarms` channel only flows hear, as they
     * make of it what becomes of an alarm: it has no place.
     * @throws {@link Refusal} 413 `TOO_LARGE`, 422 `BAD_INPUT`, 503 `STORE_UNAVAILABLE` or `TOO_BUSY`
     */
    async publish({ channel, data, key = '', peer }: Publication): Promise<number | undefined> {
        const text = jsonText('data', data)
        if (text.length > LARGEST) throw new Refusal(413, 'TOO_LARGE', `data has more than ${LARGEST} characters as JSON`)
        const draft = { channel, key, at: this.#o.clock.now(), data: text }
        if (peer !== undefined && classOf(channel) === 'alarms')
            return void this.#o.bus.publish(HEARD, [{ ...draft, peer }] satisfies Heard[])
        if (this.#waiting + text.length > MOST_PENDING) throw new Refusal(503, 'TOO_BUSY', 'too much waits to be written')
        this.#waiting += text.length
        try {
            await this.ready()
            return await new Promise<number>((resolve, reject) => {
                this.#pending.push({ ...draft, peer, resolve, reject })
                if (!this.#isWriting) void this.#write()
            })
        } finally {
            this.#waiting -= text.length
        }
    }

    /** Calls back with what is published on channels, until the signal aborts. */
    hear(pattern: string, listener: (heard: Heard) => void, signal: AbortSignal): void {
        const take = (all: readonly Heard[]) => {
            for (const heard of all) if (covers(pattern, heard.channel)) listener(heard)
        }
        this.#o.bus.subscribe(HEARD, take, signal)
    }

    /** As {@link hear}, with what is kept first, oldest first. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async hearAll(pattern: string, listener: (heard: Heard) => void, signal: AbortSignal): Promise<void> {
        await this.ready()
        if (signal.aborted) return
        const isWanted = ({ channel }: ChannelMessage) => covers(pattern, channel)
        for (const message of this.#history.after(0, this.#history.last, Number.POSITIVE_INFINITY, isWanted).found) listener(message)
        this.hear(pattern, listener, signal)
    }

    /** Says what is active in an `alarms` channel, which new subscribers are told first; until the signal aborts. */
    provide(channel: string, active: () => Promise<unknown[]>, signal: AbortSignal): void {
        // Several may know the same: whoever came first is asked.
        this.#active.set(channel, [...(this.#active.get(channel) ?? []), active])
        const leave = () => {
            const left = this.#active.get(channel)!.filter((other) => other !== active)
            if (left.length > 0) this.#active.set(channel, left)
            else this.#active.delete(channel)
        }
        signal.addEventListener('abort', leave, { once: true })
    }

    /** @throws {@link Refusal} 503 `FULL` if nobody else may subscribe */
    checkRoom(): void {
        if (this.#subscribers.size >= MOST_SUBSCRIBERS) throw new Refusal(503, 'FULL', `at most ${MOST_SUBSCRIBERS} may subscribe at once`)
    }

    /** Lets somebody subscribe, once {@link ready}, until its sink is gone. @throws {@link Refusal} 503 `FULL` */
    open(sink: Sink): Subscriber {
        this.checkRoom()
        const { clock } = this.#o
        const subscriber = new Subscriber({
            history: () => this.#history,
            sink,
            clock,
            active: (subscription) => this.#activeIn(subscription),
            read: (...wanted) => this.#read(...wanted),
        })
        this.#subscribers.add(subscriber)
        sink.onGone(() => {
            this.#subscribers.delete(subscriber)
            subscriber.end()
            this.#sized()
        })
        this.#sized()
        this.#cancel ??= clock.after(KEEP_ALIVE, () => this.#keepAlive())
        return subscriber
    }

    #sized(): void {
        if (this.#subscribers.size === 0) {
            this.#cancel?.()
            this.#cancel = undefined
        }
        this.#watchers.tell((run) => run())
    }

    async #load(): Promise<void> {
        this.#begin(await this.#o.repository.load(this.#o.newId()))
    }

    #begin({ epoch, last, messages, lost }: Kept): void {
        this.#made = undefined
        this.#history = new History(epoch, this.#o.limits ?? usualLimits, last, lost)
        for (const message of messages) this.#history.add(messageOf(message, message.seq), true)
    }

    /** Writes what waits, all that has come meanwhile at once. */
    async #write(): Promise<void> {
        this.#isWriting = true
        // What comes in this turn is written together.
        await new Promise<void>((resolve) => queueMicrotask(resolve))
        for (let batch = this.#pending; batch.length > 0; batch = this.#pending) {
            this.#pending = []
            await this.#commit(batch)
        }
        this.#isWriting = false
    }

    async #commit(batch: Pending[]): Promise<void> {
        const { repository, newId } = this.#o
        const known = { epoch: this.#history.epoch, last: this.#history.last }
        const leftovers = this.#history.takeLeftovers()
        const messages = survivors(batch)
        try {
            const { epoch, last } = await repository.add({ count: batch.length, messages, known, ...leftovers }, newId())
            if (epoch === known.epoch && last === known.last + batch.length) this.#take(batch, messages, known.last)
            else await this.#startOver()
            batch.forEach(({ resolve }, i) => void resolve(last - batch.length + i + 1))
            this.#publish(batch, last - batch.length)
        } catch (error) {
            this.#history.putBack(leftovers)
            for (const { reject } of batch) reject(error)
        }
    }

    #take(batch: Pending[], messages: ReturnType<typeof survivors>, before: number): void {
        let room = this.#portion()
        for (const message of messages) {
            this.#history.add(messageOf(message, before + message.index + 1))
            room.messages--
            room.characters -= message.data.length
            if (room.messages > 0 && room.characters > 0) continue
            this.#tell()
            room = this.#portion()
        }
        this.#history.advance(before + batch.length)
        this.#tell()
    }

    /** What is told at once: much less than a channel keeps, as nothing must be lost before those who keep up are told. */
    #portion(): { messages: number; characters: number } {
        const { most, mostBytes } = this.#o.limits ?? usualLimits
        return { messages: most / 4, characters: mostBytes / 16 }
    }

    /** The database is another one than before: whoever subscribes begins anew. */
    async #startOver(): Promise<void> {
        await this.#load()
        for (const subscriber of this.#subscribers) subscriber.restart()
    }

    #publish(batch: readonly Pending[], before: number): void {
        const heard = batch.map(({ channel, key, at, data, peer }, i): Heard => {
            const message = { channel, key, at, data, seq: before + i + 1 }
            return peer === undefined ? message : { ...message, peer }
        })
        this.#o.bus.publish(HEARD, heard)
    }

    #tell(): void {
        for (const subscriber of this.#subscribers) subscriber.proceed()
        this.#made = undefined
    }

    #read(from: number, key: string, isWanted: (message: ChannelMessage) => boolean, format: Sink['format']): Batch {
        const made = this.#made
        if (made && made.from === from && made.key === key && made.format === format) return made.batch
        const { epoch, last } = this.#history
        const { found, upTo } = this.#history.after(from, last, BATCH, isWanted)
        const frames = found.map(({ seq, text }) => format({ id: `${epoch}.${seq}`, event: 'message', json: text }))
        const batch = { frames, upTo }
        this.#made = { from, key, format, batch }
        return batch
    }

    #activeIn(subscription: Subscription): Promise<[channel: string, items: unknown[]][]> | undefined {
        const meant = [...this.#active].filter(([channel]) => subscription.has(channel))
        if (meant.length === 0) return undefined
        return Promise.all(meant.map(async ([channel, [active]]): Promise<[string, unknown[]]> => [channel, await active!()]))
    }

    #keepAlive(): void {
        this.#cancel = this.#o.clock.after(KEEP_ALIVE, () => this.#keepAlive())
        for (const { waiting, sink } of [...this.#subscribers]) {
            if (waiting >= STALLED) sink.end()
            else if (waiting === 0) sink.keepAlive?.()
        }
    }
}
