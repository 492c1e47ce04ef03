import { Listeners, turn } from '../lib/index.ts'
import type { Reading } from './repository.ts'

/** What a monitor is told. `at` is in milliseconds since 1970. */
export type SocketEvent =
    | { kind: 'reading'; at: number; reading: Reading }
    /** The socket went on or off; `owner` as in the power log. */
    | { kind: 'on' | 'off'; at: number; owner: string }
    /** Somebody pressed the button. */
    | { kind: 'manual'; at: number; power: 'on' | 'off' }
    | { kind: 'reachable' | 'unreachable'; at: number }
    | { kind: 'started'; at: number; instanceId: string }
    | { kind: 'stopped'; at: number; instanceId: string; reason: 'stopped' | 'manual' | 'emergency' | 'timeout' }
    | { kind: 'emergency'; at: number; stoppedInstances: string[] }
    | { kind: 'recovered'; at: number }

/** What a node shows of a socket. */
export interface SocketView {
    power: 'on' | 'off' | 'unknown'
    /** Undefined before anything was heard of the plug. */
    reachable?: boolean | undefined
    halted: boolean
    running: number
    /** The active power in W, null if there was no reading since it went on. */
    watts: number | null
    /** Of a kWh, now; null without one. */
    price?: number | null
    trouble?: 'broker' | 'store' | undefined
    /** Whether there is a connection to the broker, and the plug was not said to be away. */
    heard: boolean
    /** What the broker does not let us hear of the plug; undefined if it lets us hear everything. */
    unheard?: string | undefined
}

/** Tells those who listen what happens to a socket, each until its signal aborts. One that throws disturbs neither power nor the others. */
export class SocketEvents {
    readonly #events: Listeners<(event: SocketEvent) => void>
    readonly #views: Listeners<() => void>

    /** @param log is told when a listener throws */
    constructor(log: (text: string) => void) {
        this.#events = new Listeners(log)
        this.#views = new Listeners(log)
    }

    tell(event: SocketEvent): void {
        this.#events.tell((listener) => listener(event))
    }

    /** Tells once what happened is kept, so that whoever hears of it finds it; or cannot be kept, which makes it no less true. */
    tellWhenKept(kept: Promise<void>, ...events: SocketEvent[]): void {
        const tell = () => {
            for (const event of events) this.tell(event)
        }
        kept.then(tell, tell)
    }

    /** As {@link tellWhenKept}, of what somebody waits for: who is answered before others are told. */
    tellOnceAnswered(kept: Promise<void>, ...events: SocketEvent[]): void {
        this.tellWhenKept(kept.catch(() => {}).then(turn), ...events)
    }

    viewChanged(): void {
        this.#views.tell((listener) => listener())
    }

    onEvent(listener: (event: SocketEvent) => void, signal: AbortSignal): void {
        this.#events.add(listener, signal)
    }

    onView(listener: () => void, signal: AbortSignal): void {
        this.#views.add(listener, signal)
    }
}
