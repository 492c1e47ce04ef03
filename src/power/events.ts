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
    reachable: boolean | undefined
    halted: boolean
    running: number
    /** The latest active power, in W. */
    watts: number | null
    trouble: 'broker' | 'store' | undefined
}

/** Tells those who listen, each until its signal aborts. */
export class Announcer {
    readonly #emitter = new EventEmitter<{ event: [SocketEvent]; view: [] }>().setMaxListeners(0)

    event(event: SocketEvent): void {
        this.#emitter.emit('event', event)
    }

    /** Tells once what happened is kept, so that whoever hears of it finds it; or cannot be kept, which makes it no less true. */
    after(kept: Promise<void>, ...events: SocketEvent[]): void {
        const tell = () => {
            for (const event of events) this.event(event)
        }
        kept.then(tell, tell)
    }

    view(): void {
        this.#emitter.emit('view')
    }

    onEvent(listener: (event: SocketEvent) => void, signal: AbortSignal): void {
        this.#emitter.on('event', listener)
        signal.addEventListener('abort', () => this.#emitter.off('event', listener))
    }

    onView(listener: () => void, signal: AbortSignal): void {
        this.#emitter.on('view', listener)
        signal.addEventListener('abort', () => this.#emitter.off('view', listener))
    }
}
