import { type Clock, Refusal, stackOf } from '../lib/index.ts'
import type { Bus, RequestOptions } from './bus.ts'

export interface LocalBusOptions {
    clock: Clock
    log: (text: string) => void
}

type Handler = (message: never) => unknown

interface Subscriber {
    handler: Handler
    signal: AbortSignal
}

/** The bus within one process: a request is a call of the responder, a message one of each subscriber. */
export class LocalBus implements Bus {
    readonly #clock: Clock
    readonly #log: (text: string) => void
    /** A list is replaced rather than changed, as a message may just be on its way through it. */
    readonly #subscribers = new Map<string, readonly Subscriber[]>()
    readonly #responders = new Map<string, Handler>()
    /** What subscribers published while a message was being delivered: everybody gets it after that one. */
    readonly #waiting: [topic: string, message: unknown][] = []
    #isDelivering = false

    constructor({ clock, log }: LocalBusOptions) {
        this.#clock = clock
        this.#log = log
    }

    publish(topic: string, message?: unknown): void {
        if (!this.#subscribers.has(topic)) return
        if (this.#isDelivering) return void this.#waiting.push([topic, message])
        this.#isDelivering = true
        try {
            this.#deliver(topic, message)
            for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) this.#deliver(...next)
        } finally {
            this.#isDelivering = false
        }
    }

    isHeard(topic: string): boolean {
        return this.#subscribers.has(topic)
    }

    #deliver(topic: string, message: unknown): void {
        for (const { handler, signal } of this.#subscribers.get(topic) ?? []) {
            if (signal.aborted) continue
            try {
                handler(message as never)
            } catch (error) {
                this.#log(`a subscriber of ${topic} failed: ${stackOf(error)}`)
            }
        }
    }

    subscribe<Message>(topic: string, handler: (message: Message) => void, signal: AbortSignal): void {
        if (signal.aborted) return
        const subscriber = { handler, signal }
        const others = () => (this.#subscribers.get(topic) ?? []).filter((other) => other !== subscriber)
        this.#subscribers.set(topic, [...others(), subscriber])
        const leave = () => {
            const left = others()
            if (left.length > 0) this.#subscribers.set(topic, left)
            else this.#subscribers.delete(topic)
        }
        signal.addEventListener('abort', leave, { once: true })
    }

    request<Answer>(topic: string, message?: unknown, { timeout, signal }: RequestOptions = {}): Promise<Answer> {
        if (signal?.aborted) return Promise.reject(signal.reason)
        const handler = this.#responders.get(topic)
        if (!handler)
            return Promise.reject(
                new Refusal(
                    503,
                    'NO_RESPONDER',
                    `nobody answers requests to ${topic}: its node is missing, disabled or just being deployed anew`,
                ),
            )
        const answer = called<Answer>(handler, message)
        return timeout === undefined && !signal ? answer : this.#bounded(topic, answer, timeout, signal)
    }

    #bounded<Answer>(topic: string, answer: Promise<Answer>, timeout: number | undefined, signal?: AbortSignal): Promise<Answer> {
        const { promise, resolve, reject } = Promise.withResolvers<Answer>()
        const late = () => reject(new Refusal(504, 'NO_ANSWER', `a request to ${topic} was not answered within ${timeout} ms`))
        const abort = () => reject(signal?.reason)
        const cancel = timeout === undefined ? undefined : this.#clock.after(timeout, late)
        signal?.addEventListener('abort', abort)
        answer.then(resolve, reject)
        return promise.finally(() => {
            cancel?.()
            signal?.removeEventListener('abort', abort)
        })
    }

    respond<Message>(topic: string, handler: (message: Message) => unknown, signal: AbortSignal): void {
        if (signal.aborted) return
        this.#responders.set(topic, handler)
        const leave = () => {
            if (this.#responders.get(topic) === handler) this.#responders.delete(topic)
        }
        signal.addEventListener('abort', leave, { once: true })
    }
}

/** What a handler gives or throws, as a promise. */
function called<Answer>(handler: Handler, message: unknown): Promise<Answer> {
    try {
        return Promise.resolve(handler(message as never) as Answer)
    } catch (error) {
        return Promise.reject(error)
    }
}
