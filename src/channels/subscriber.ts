import type { Frame, Sink } from '../feed/index.ts'
import type { Clock } from '../lib/index.ts'
import type { ChannelMessage } from './channel.ts'
import type { History } from './history.ts'
import { Subscription } from './subscription.ts'

/** Instead of a cursor: all that is kept. */
const EARLIEST = 'earliest'

/** Messages as they are written. */
export interface Batch {
    frames: readonly string[]
    /** The place up to which these are all. */
    upTo: number
}

/** What a subscriber asks for. */
export interface Wanted {
    /** What it calls this subscription; another one of that name ends. */
    name: string
    patterns: readonly string[]
    /** The least severe logs. */
    severity: number
    /** The cursor up to which it was told everything before, or `earliest`; undefined if it is new. */
    since: string | undefined
}

interface SubscriberOptions {
    history(): History
    sink: Sink
    clock: Clock
    /** What is active in the `alarms` channels that a subscription has, by channel; undefined if it has none. */
    active(subscription: Subscription): Promise<[channel: string, items: unknown[]][]> | undefined
    /**
     * Gives what comes after a place for some subscriptions, as much as is handed on at once.
     * @param key the same for all who want the same
     */
    read(from: number, key: string, isWanted: (message: ChannelMessage) => boolean, format: Sink['format']): Batch
}

/** A subscription that is told what there was before, until it is level with the others. */
interface Replay {
    readonly subscription: Subscription
    /** It was told everything up to here. */
    position: number
    /** Losses that it knows of. */
    losses: number
    next: 'messages' | 'active' | 'ready'
}

/** Characters, about, that are handed to a sink at once. */
export const BATCH = 32_768

/**
 * One subscriber. It has a place in the history and no queue: while its sink takes nothing, the history goes on without it, and then it is
 * told what is there. Of a message that several of its subscriptions have it is told once.
 */
export class Subscriber {
    readonly #o: SubscriberOptions
    readonly #subscriptions = new Map<string, Subscription>()
    #replays: Replay[] = []
    /** Of all subscriptions. */
    #key = ''
    #position = 0
    #losses = 0
    #isAsking = false
    #isOver = false
    /** When its sink ceased to take more, in the clock's monotonic milliseconds. */
    #waitingSince: number | undefined

    constructor(options: SubscriberOptions) {
        this.#o = options
    }

    get sink(): Sink {
        return this.#o.sink
    }

    /** For how long its sink has taken nothing, in milliseconds. */
    get waiting(): number {
        return this.#waitingSince === undefined ? 0 : this.#o.clock.monotonic() - this.#waitingSince
    }

    get subscriptions(): number {
        return this.#subscriptions.size
    }

    subscribe({ name, patterns, severity, since }: Wanted): void {
        this.unsubscribe(name)
        const history = this.#o.history()
        if (this.#subscriptions.size === 0 && this.#replays.length === 0) this.#position = history.last
        this.#losses = this.#subscriptions.size === 0 ? history.losses : this.#losses
        const known = since === undefined ? undefined : placeOf(history, since)
        const subscription = new Subscription({ name, patterns, severity, start: known ?? { newAt: this.#position } })
        this.#subscriptions.set(name, subscription)
        this.#rekey()
        const isResumed = since !== undefined && known !== undefined && since !== EARLIEST
        this.#say('subscribed', name, { resumed: isResumed })
        if (since !== undefined && known === undefined) this.#say('gap', name, { reason: 'restarted' })
        if (isResumed) for (const channel of history.lossesAfter(patterns, known)) this.#say('gap', channel, { reason: 'expired' })
        const position = known ?? (subscription.beginsEarlier ? 0 : this.#position)
        this.#replays.push({ subscription, position, losses: history.losses, next: 'messages' })
        this.proceed()
    }

    /** @returns whether there was one of that name */
    unsubscribe(name: string): boolean {
        this.#replays = this.#replays.filter(({ subscription }) => subscription.name !== name)
        const isGone = this.#subscriptions.delete(name)
        this.#rekey()
        return isGone
    }

    /** Begins all subscriptions anew, as another history has taken the place of that before. */
    restart(): void {
        const all = [...this.#subscriptions.values()]
        this.#subscriptions.clear()
        this.#replays = []
        for (const { name, patterns, severity } of all) this.subscribe({ name, patterns, severity, since: 'another' })
    }

    /** Its sink is gone. */
    end(): void {
        this.#isOver = true
        this.#subscriptions.clear()
        this.#replays = []
    }

    /** Hands its sink what there is for it, as far as that takes it. */
    proceed(): void {
        while (this.#waitingSince === undefined && !this.#isAsking && !this.#isOver && this.#step());
    }

    /** Writes something out of the order, such as an answer. */
    tell(event: string, content: object): void {
        this.#hand([this.sink.format({ event, json: JSON.stringify({ action: event, ...content }) })])
    }

    /** @returns whether there was anything to do */
    #step(): boolean {
        const replay = this.#replays[0]
        if (replay) return this.#replay(replay)
        const history = this.#o.history()
        if (this.#subscriptions.size === 0 || history.last <= this.#position) return false
        if (history.lastLost > this.#position && this.#tellLosses(history)) return true
        const { frames, upTo } = this.#o.read(this.#position, this.#key, this.#isWanted, this.sink.format)
        this.#position = upTo
        return frames.length === 0 || this.#hand(frames)
    }

    #replay(replay: Replay): boolean {
        const { subscription, position, next } = replay
        if (next === 'messages') {
            const history = this.#o.history()
            this.#tellMissed(replay, history)
            const isWanted = (message: ChannelMessage) => subscription.includes(message) && !this.#isTold(message, subscription)
            const { found, upTo } = history.after(position, this.#position, BATCH, isWanted)
            replay.position = upTo
            if (upTo >= this.#position) replay.next = 'active'
            return found.length === 0 || this.#hand(found.map((message) => this.#format(message)))
        }
        if (next === 'active') {
            replay.next = 'ready'
            const asked = this.#o.active(subscription)
            if (asked !== undefined) this.#ask(subscription, asked)
            return true
        }
        this.#replays.shift()
        return this.#say('ready', subscription.name, {})
    }

    readonly #isWanted = (message: ChannelMessage): boolean => this.#isTold(message)

    /** Whether one of its subscriptions has a message, or one but that. */
    #isTold(message: ChannelMessage, but?: Subscription): boolean {
        for (const one of this.#subscriptions.values()) if (one !== but && one.includes(message)) return true
        return false
    }

    /** Tells of channels that have lost messages meanwhile. Alarms may have been among them: those that are active are told anew. */
    #tellLosses(history: History): boolean {
        const all = [...this.#subscriptions.values()]
        const patterns = new Set(all.flatMap((one) => one.patterns))
        const lost = history.lossesAfter([...patterns], this.#position, this.#losses)
        this.#losses = history.losses
        for (const channel of lost) this.#say('gap', channel, { reason: 'expired' })
        const { losses } = history
        for (const subscription of all)
            if (lost.some((channel) => subscription.has(channel)))
                this.#replays.push({ subscription, position: this.#position, losses, next: 'active' })
        return lost.length > 0
    }

    /** Tells of channels that have lost what a subscription was to be told again, while that went on. */
    #tellMissed(replay: Replay, history: History): void {
        const { subscription, position, losses } = replay
        replay.losses = history.losses
        if (typeof subscription.start !== 'number' || losses === history.losses) return
        for (const channel of history.lossesAfter(subscription.patterns, position, losses)) this.#say('gap', channel, { reason: 'expired' })
    }

    #ask(subscription: Subscription, asked: Promise<[channel: string, items: unknown[]][]>): void {
        this.#isAsking = true
        const isStill = () => this.#subscriptions.get(subscription.name) === subscription
        const done = (run: () => void) => {
            this.#isAsking = false
            if (isStill()) run()
            this.proceed()
        }
        asked.then(
            (found) => done(() => found.forEach(([channel, items]) => void this.#tellActive(channel, items))),
            ({ code = 'FAILED', message }) => done(() => this.tell('refused', { channel: subscription.name, code, message })),
        )
    }

    #tellActive(channel: string, data: unknown[]): void {
        const frame = { channel, id: this.#position, time: this.#o.clock.now(), active: true, data }
        this.#hand([this.sink.format({ event: 'active', json: JSON.stringify(frame) })])
    }

    #say(event: 'subscribed' | 'gap' | 'ready', channel: string, more: object): true {
        const cursor = cursorOf(this.#o.history(), this.#position)
        const json = JSON.stringify({ action: event, channel, cursor, ...more })
        // Whoever comes back with the cursor of a frame must have been told everything before it.
        const frame: Frame = event === 'ready' ? { id: cursor, event, json } : { event, json }
        return this.#hand([this.sink.format(frame)])
    }

    #format({ seq, text }: ChannelMessage): string {
        return this.sink.format({ id: cursorOf(this.#o.history(), seq), event: 'message', json: text })
    }

    #rekey(): void {
        const keyOf = ({ key, start }: Subscription) => (typeof start === 'number' && start > this.#position ? `${key} ${start}` : key)
        this.#key = [...this.#subscriptions.values()].map(keyOf).sort().join('\n')
    }

    #hand(frames: readonly string[]): true {
        const { sink, clock } = this.#o
        if (sink.write(frames) || this.#waitingSince !== undefined) return true
        this.#waitingSince = clock.monotonic()
        sink.onReady(() => {
            this.#waitingSince = undefined
            this.proceed()
        })
        return true
    }
}

/** What whoever was told everything up to a place comes back with. */
const cursorOf = ({ epoch }: History, seq: number): string => `${epoch}.${seq}`

/** Undefined for a cursor that this history has not given; one without an epoch counts as one of this history. */
function placeOf({ epoch, last }: History, cursor: string): number | undefined {
    if (cursor === EARLIEST) return 0
    const [, of = epoch, digits] = /^(?:([\w-]{1,64})\.)?(\d{1,15})$/.exec(cursor) ?? []
    return digits !== undefined && of === epoch && Number(digits) <= last ? Number(digits) : undefined
}
