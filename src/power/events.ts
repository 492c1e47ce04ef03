import { EventEmitter } from 'node:events'
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
    trouble?: 'broker' | 'store' | undefined
    /** Whether there is a connection to the broker, and the plug was not said to be away. */
    heard: boolean
    /** What the broker does not let us hear of the plug; undefined if it lets us hear everything. */
    unheard?: string | undefined
}

/** Tells those who listen, each until its signal aborts. */
export class Announcer {
    readonly #emitter = new EventEmitter<{ event: [SocketEvent]; view: [] }>().setMaxListeners(0)
    readonly #log: (text: string) => void

    /** @param log is told when a listener throws: neither power nor the other listeners depend on it */
    constructor(log: (text: string) => void) {
        this.#log = log
    }

    /** Whether anybody listens to events: what nobody hears need not be made. */
    get isHeard(): boolean {
        return this.#emitter.listenerCount('event') > 0
    }

    event(event: SocketEvent): void {
        this.#emitter.emit('event', event)
    }

    /** Tells once what happened is kept, so that whoever hears of it finds it; or cannot be kept, which makes it no less true. */
    after(kept: Promise<void>, ...events: SocketEvent[]): void {
        if (!this.isHeard) return void kept.catch(() => {})
        const tell = () => {
            for (const event of events) this.event(event)
        }
        kept.then(tell, tell)
    }

    view(): void {
        this.#emitter.emit('view')
    }

    onEvent(listener: (event: SocketEvent) => void, signal: AbortSignal): void {
        const safe = this.#safe(listener)
        this.#emitter.on('event', safe)
        signal.addEventListener('abort', () => this.#emitter.off('event', safe))
    }

    onView(listener: () => void, signal: AbortSignal): void {
        const safe = this.#safe(listener)
        this.#emitter.on('view', safe)
        signal.addEventListener('abort', () => this.#emitter.off('view', safe))
    }

    #safe<A extends unknown[]>(listener: (...values: A) => void): (...values: A) => void {
        return (...values) => {
            try {
                listener(...values)
            } catch (error) {
                this.#log(`a listener failed: ${error instanceof Error ? error.stack : String(error)}`)
            }
        }
    }
}
