import { type ChannelClass, type ChannelMessage, classOf, covers } from './channel.ts'

/** Channels of which one who is new is told what is kept. */
const replayed: ReadonlySet<ChannelClass> = new Set(['data', 'logs'])

/** Where a subscription begins: after a place, or where one who is new does. */
export type Start = number | { newAt: number }

/** What one subscriber wants to be told. */
export class Subscription {
    /** What the subscriber calls it. */
    readonly name: string
    readonly patterns: readonly string[]
    readonly severity: number
    readonly start: Start

    constructor({ name, patterns, severity, start }: Pick<Subscription, 'name' | 'patterns' | 'severity' | 'start'>) {
        this.name = name
        this.patterns = patterns
        this.severity = severity
        this.start = start
    }

    /** Subscriptions with the same key are told the same from some place on. */
    get key(): string {
        return `${this.severity} ${this.patterns.join(' ')}`
    }

    /** Whether one who is new may be told what there was before. */
    get beginsEarlier(): boolean {
        return this.patterns.some((pattern) => pattern === '*' || replayed.has(classOf(pattern)))
    }

    has(channel: string): boolean {
        return this.patterns.some((pattern) => covers(pattern, channel))
    }

    matches({ channel, severity }: ChannelMessage): boolean {
        return severity >= this.severity && this.has(channel)
    }

    /** Whether the subscriber is told a message by this subscription, now or before. */
    includes(message: ChannelMessage): boolean {
        return message.seq > this.#startIn(message.channel) && this.matches(message)
    }

    /** One who is new is told the values and logs that there are; of the rest only what comes. */
    #startIn(channel: string): number {
        if (typeof this.start === 'number') return this.start
        return replayed.has(classOf(channel)) ? 0 : this.start.newAt
    }
}
