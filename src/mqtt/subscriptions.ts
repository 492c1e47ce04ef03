import type { MqttClient } from 'mqtt'
import type { Clock } from '../lib/index.ts'
import { subscriptionRefusal } from './reason.ts'
import type { Router } from './router.ts'
import { covers, named } from './topic.ts'

/** Milliseconds that the broker has to answer a subscription. */
const ANSWER = 10_000
/** Milliseconds after which what was refused is asked for again: somebody may have given us the right to it. */
const AGAIN = 30_000
/** Milliseconds that the broker has to give what it retained: some do that after they have answered the subscription. */
const RETAINED = 2000

export interface SubscriptionsOptions {
    client: MqttClient
    clock: Clock
    router: Router
    /** Called when the last outstanding subscription is answered. */
    settled(): void
    /** Called when one is not answered in time. */
    unanswered(filters: string[]): void
    log(text: string): void
}

/** What one connection subscribes to, so that every listener hears what it asked for. */
export class Subscriptions {
    readonly #o: SubscriptionsOptions
    /** What is subscribed to at the broker, or about to be. */
    #asked = new Set<string>()
    /** What the broker has refused last time it was asked, and how it says so. */
    readonly #refused = new Map<string, string>()
    readonly #timers = new Set<() => void>()
    #again: (() => void) | undefined
    #endBrief: (() => void) | undefined
    #unanswered = 0
    #over = false

    constructor(options: SubscriptionsOptions) {
        this.#o = options
    }

    get isSettled(): boolean {
        return this.#unanswered === 0
    }

    /** What the broker does not let us hear of these filters, or of all. */
    refusal(filters: Iterable<string> = this.#refused.keys()): string | undefined {
        const refused = [...filters].filter((filter) => this.#refused.has(filter))
        if (refused.length === 0) return undefined
        return `the broker refuses the subscription to ${named(refused)}${this.#refused.get(refused[0]!)}`
    }

    /** Brings what is subscribed to in line with what the listeners want. @param fresh filters that want what the broker retained */
    adjust(fresh: readonly string[] = []): void {
        const { client, router } = this.#o
        if (this.#over || !client.connected) return
        for (const filter of this.#refused.keys()) if (!router.wants(filter)) this.#refused.delete(filter)
        const wanted = router.filters(this.#refused)
        const gone = [...this.#asked].filter((filter) => !wanted.has(filter) && !this.#refused.has(filter))
        // Subscribing again to what is subscribed to already is how to get the retained messages (MQTT 3.1.1, section 3.8.4).
        const asked = [...wanted].filter((filter) => !this.#asked.has(filter) || fresh.some((narrow) => covers(filter, narrow)))
        for (const filter of gone) this.#asked.delete(filter)
        this.#ask(asked)
        if (gone.length > 0) client.unsubscribe(gone)
    }

    end(): void {
        this.#over = true
        this.#again?.()
        this.#endBrief?.()
        for (const cancel of this.#timers) cancel()
    }

    #ask(filters: string[]): void {
        if (filters.length === 0) return
        const { client, clock } = this.#o
        for (const filter of filters) this.#asked.add(filter)
        this.#unanswered++
        const late = clock.after(ANSWER, () => !this.#over && this.#o.unanswered(filters))
        this.#timers.add(late)
        client.subscribe(filters, { qos: 0 }, (_error, _granted, packet) => {
            // Without an answer the connection is at its end, and tells why itself.
            const codes: unknown = packet && 'granted' in packet ? packet.granted : undefined
            if (this.#over || !Array.isArray(codes) || codes.length !== filters.length) return
            late()
            this.#timers.delete(late)
            this.#answered(filters, codes)
        })
    }

    #answered(filters: string[], codes: unknown[]): void {
        const before = this.refusal()
        for (const [i, filter] of filters.entries()) {
            const code = Number(codes[i])
            const wasRefused = this.#refused.delete(filter)
            if (code < 0x80) {
                if (wasRefused) this.#o.router.unserved(filter)
                continue
            }
            this.#asked.delete(filter)
            this.#refused.set(filter, subscriptionRefusal(code))
        }
        this.#unanswered--
        const refusal = this.refusal()
        if (refusal && refusal !== before) this.#o.log(refusal)
        if (refusal) this.#again ??= this.#o.clock.after(AGAIN, () => this.#askAgain())
        this.#awaitRetained()
        // Another filter was left out because the refused one would have taken it in; or the other way about.
        this.adjust()
        if (this.isSettled) this.#o.settled()
    }

    /** Whoever wants only what is retained has it a while after the last answer. */
    #awaitRetained(): void {
        const { clock, router } = this.#o
        this.#endBrief?.()
        this.#endBrief = router.isServing
            ? clock.after(RETAINED, () => {
                  if (this.isSettled && router.served()) this.adjust()
              })
            : undefined
    }

    #askAgain(): void {
        this.#again = undefined
        if (this.#over || !this.#o.client.connected) return
        this.#ask([...this.#refused.keys()].filter((filter) => this.#o.router.wants(filter)))
    }
}
