import { Socket } from 'node:net'
import { connect, type MqttClient } from 'mqtt'
import { backoff, type Clock, Listeners, Refusal } from '../lib/index.ts'
import type { Broker, BrokerOptions, BrokerState, Message } from './broker.ts'
import { clientOptions } from './client-options.ts'
import { NagleWorkaround } from './nagle-workaround.ts'
import { reasonOf } from './reason.ts'
import { Router } from './router.ts'
import { Subscriptions } from './subscriptions.ts'
import { fault, isFilter, isTopic, named } from './topic.ts'

/** Bytes not yet taken by the network above which nothing more is sent: the other end is gone or does not keep up. */
const MOST_UNSENT = 1 << 20
/** Milliseconds that saying goodbye may take. */
const GOODBYE = 500

type StateListener = (state: BrokerState, reason?: string) => void

/** A {@link Broker} on MQTT.js, with one of its clients for each connection, so that no handler or message outlives the connection. */
export class Connection implements Broker {
    readonly #options: BrokerOptions
    readonly #clock: Clock
    readonly #clientId: string
    readonly #router: Router
    readonly #listeners: Listeners<StateListener>
    /** Called when the last outstanding subscription is answered. */
    readonly #settled = new Set<() => void>()
    #client: MqttClient | undefined
    /** Those of the current connection. */
    #subscriptions: Subscriptions | undefined
    #nagle: NagleWorkaround | undefined
    #state: BrokerState = 'connecting'
    #reason: string | undefined
    #tries = 0
    #cancelRetry: (() => void) | undefined
    #closed = false

    constructor(options: BrokerOptions, clock: Clock, clientId: string) {
        this.#options = options
        this.#clock = clock
        this.#clientId = clientId
        this.#listeners = new Listeners((text) => options.log(text))
        this.#router = new Router((text) => options.log(text))
        this.#open()
    }

    get state(): BrokerState {
        return this.#state
    }

    get reason(): string | undefined {
        return this.#reason
    }

    subscribe(filters: string[], listener: (message: Message) => void, signal: AbortSignal): void {
        this.#hear(filters, listener, false, signal)
    }

    retained(filters: string[], listener: (message: Message) => void, signal: AbortSignal): void {
        this.#hear(filters, listener, true, signal)
    }

    #hear(filters: string[], listener: (message: Message) => void, isBrief: boolean, signal: AbortSignal): void {
        const wrong = filters.find((filter) => !isFilter(filter))
        if (wrong !== undefined) throw new TypeError(fault(wrong, 'an MQTT topic filter'))
        if (signal.aborted || this.#closed) return
        const route = this.#router.add([...filters], listener, isBrief)
        signal.addEventListener(
            'abort',
            () => {
                this.#router.delete(route)
                this.#subscriptions?.adjust()
            },
            { once: true },
        )
        this.#subscriptions?.adjust(filters)
    }

    subscribed(signal: AbortSignal): Promise<void> {
        return new Promise((resolve, reject) => {
            const stop = () => {
                this.#settled.delete(done)
                reject(signal.reason)
            }
            const done = () => {
                signal.removeEventListener('abort', stop)
                this.#settled.delete(done)
                resolve()
            }
            if (signal.aborted) return stop()
            if (this.#state === 'connected' && this.#subscriptions?.isSettled) return resolve()
            this.#settled.add(done)
            signal.addEventListener('abort', stop, { once: true })
        })
    }

    refusal(filters: readonly string[]): string | undefined {
        return this.#subscriptions?.refusal(filters)
    }

    publish(topic: string, payload: string, isUrgent = false): void {
        if (!isTopic(topic)) throw new Refusal(422, 'BAD_INPUT', fault(topic, 'the topic of an MQTT message'))
        if (this.#state !== 'connected' || !this.#client?.connected)
            throw new Refusal(500, 'BROKER_OFFLINE', `not connected to the broker: ${this.#reason ?? 'still connecting'}`)
        if (this.#client.stream.writableLength > MOST_UNSENT)
            throw new Refusal(500, 'BROKER_OFFLINE', 'the broker has stopped taking messages')
        if (isUrgent) this.#nagle?.urgent()
        this.#client.publish(topic, payload, { qos: 0, retain: false })
    }

    answered(): void {
        this.#nagle?.answered()
    }

    onState(listener: StateListener, signal: AbortSignal): void {
        this.#listeners.add(listener, signal)
    }

    async close(): Promise<void> {
        if (this.#closed) return
        this.#closed = true
        this.#cancelRetry?.()
        this.#subscriptions?.end()
        const client = this.#client
        this.#client = undefined
        this.#change('disconnected', 'closed')
        if (client) await this.#end(client)
    }

    async #end(client: MqttClient): Promise<void> {
        if (!client.connected) return void client.end(true)
        await new Promise<void>((resolve) => {
            const cancel = this.#clock.after(GOODBYE, () => {
                client.stream.destroy()
                resolve()
            })
            client.end(false, () => {
                cancel()
                resolve()
            })
        })
    }

    #open(): void {
        let client: MqttClient
        try {
            client = connect(clientOptions(this.#options, this.#clientId))
        } catch (error) {
            this.#lost(error)
            return
        }
        this.#client = client
        this.#listen(client)
    }

    #listen(client: MqttClient): void {
        let failure: unknown
        client.on('error', (error) => {
            failure ??= error
        })
        client.on('disconnect', (packet) => {
            failure ??= Object.assign(new Error('disconnected by the broker'), { code: packet.reasonCode })
        })
        client.on('connect', () => {
            if (client === this.#client) this.#greet(client)
        })
        client.on('message', (topic, payload, packet) => {
            if (client === this.#client) this.#router.give({ topic, payload, retained: packet.retain })
        })
        client.once('close', () => {
            if (client === this.#client) this.#lost(failure)
        })
    }

    /** Ends a connection that is of no use, to try with another one. */
    #giveUp(client: MqttClient, reason: string): void {
        client.end(true)
        if (client === this.#client) this.#lost(new Error(reason))
    }

    get #where(): string {
        const { hostname, port } = clientOptions(this.#options, this.#clientId)
        return `${hostname}:${port}`
    }

    #greet(client: MqttClient): void {
        const stream: unknown = client.stream
        if (stream instanceof Socket) stream.setNoDelay(true)
        const nagle = new NagleWorkaround({ clock: this.#clock, ping: () => client.connected && client.sendPing() })
        this.#nagle = nagle
        client.on('packetsend', () => nagle.sent())
        client.on('packetreceive', ({ cmd }) => nagle.heard(cmd === 'pingresp'))
        this.#router.restart()
        this.#subscriptions = new Subscriptions({
            client,
            clock: this.#clock,
            router: this.#router,
            settled: () => this.#settle(),
            unanswered: (filters) =>
                this.#giveUp(client, `the broker at ${this.#where} does not answer the subscription to ${named(filters)}`),
            log: this.#options.log,
        })
        this.#subscriptions.adjust()
        if (this.#subscriptions.isSettled) this.#settle()
    }

    #lost(failure: unknown): void {
        const wasConnected = this.#state === 'connected'
        this.#client = undefined
        this.#subscriptions?.end()
        this.#subscriptions = undefined
        this.#cancelRetry = this.#clock.after(backoff(++this.#tries), () => this.#open())
        this.#change('disconnected', reasonOf(failure, this.#where, wasConnected))
    }

    #settle(): void {
        this.#tries = 0
        this.#change('connected', this.#subscriptions?.refusal())
        for (const done of [...this.#settled]) done()
    }

    #change(state: BrokerState, reason: string | undefined): void {
        if (state === this.#state && reason === this.#reason) return
        this.#state = state
        this.#reason = reason
        this.#listeners.tell((listener) => listener(state, reason))
    }
}
