import type { IClientOptions } from 'mqtt'

export interface Message {
    topic: string
    payload: Buffer
    /** The broker kept it from earlier: it says how things were, not that something happened just now. */
    retained: boolean
}

export type BrokerState = 'connecting' | 'connected' | 'disconnected'

/** One MQTT connection, shared by however many listeners, that comes back by itself for as long as it is not closed. */
export interface Broker {
    /** `connecting` until the first attempt has ended; `disconnected` while it goes on trying after that. */
    readonly state: BrokerState
    /** Why it is not connected, if known; once it is, what the broker does not let it hear, if anything. */
    readonly reason: string | undefined
    /**
     * Subscribes (QoS 0) for as long as the signal lives, over every reconnect. The listener gets each message once, however many of
     * its own or others' filters match; what the broker retained is given to it anew on each connection.
     * @throws TypeError when a filter is not one
     */
    subscribe(filters: string[], listener: (message: Message) => void, signal: AbortSignal): void
    /**
     * As {@link subscribe}, but only for what the broker retained: it is listened for at the beginning of each connection, and when this is
     * called, and no longer, so that what is sent under these filters costs nothing.
     */
    retained(filters: string[], listener: (message: Message) => void, signal: AbortSignal): void
    /**
     * Resolves once every filter asked for so far is answered on the current connection, be it with a refusal.
     * @throws the signal's reason when it aborts first
     */
    subscribed(signal: AbortSignal): Promise<void>
    /** Says which of these filters, as they were given to {@link subscribe}, the broker refuses; undefined if it refuses none. They are asked for again. */
    refusal(filters: readonly string[]): string | undefined
    /**
     * Sends now, QoS 0, not retained. Nothing is kept to be sent after a reconnect: a command that comes late is worse than none.
     * @param isUrgent whether somebody waits for what comes of it, until {@link answered}
     * @throws {@link Refusal} 500 `BROKER_OFFLINE` when it cannot be sent now, 422 `BAD_INPUT` when it never can
     */
    publish(topic: string, payload: string, isUrgent?: boolean): void
    /** Tells that nobody waits any more for what came of an urgent message. */
    answered(): void
    /** Told at each change of state or of the reason until the signal aborts. `connected` is told once all subscriptions are answered. */
    onState(listener: (state: BrokerState, reason?: string) => void, signal: AbortSignal): void
    /** Says goodbye, so that the last will is not published. Takes less than a second, also while connecting. */
    close(): Promise<void>
}

export interface BrokerOptions {
    protocol: 'mqtt' | 'mqtts' | 'ws' | 'wss'
    host: string
    /** 0 means the protocol's own: 1883, 8883, 80, 443. */
    port: number
    /** Only for ws and wss. */
    path: string
    /** Blank means one that nobody else has, the same over every reconnect. */
    clientId: string
    version: '3.1.1' | '5'
    user?: string | undefined
    password?: string | undefined
    /** Certificates and the like, as node:tls takes them; of mqtts and wss. */
    tls?: Record<string, unknown> | undefined
    will?: { topic: string; payload: string; qos: 0 | 1 | 2; retain: boolean } | undefined
    /** Further options of MQTT.js, which come before all of the above. */
    further?: IClientOptions | undefined
    /** Told what nobody else hears of: a listener that threw, a subscription that was refused. */
    log(text: string): void
}
