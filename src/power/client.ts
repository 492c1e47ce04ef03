import { type Bus, defined } from '../bus/index.ts'
import { type Clock, pause } from '../lib/index.ts'
import type { SocketEvent, SocketView } from './events.ts'
import type { LeaseRequest } from './leases.ts'
import type { InstanceQuery } from './repository.ts'
import { LEASE, type SocketCalls, socketTopic } from './service.ts'

export interface SocketClientOptions {
    /** The socket's. */
    id: string
    name: string
    bus: Bus
    clock: Clock
    newId(): string
    /** Ends what it hears; whoever waits for an answer gets it all the same. */
    signal: AbortSignal
}

/** Milliseconds for calls that the socket answers without its plug, even while its store is being opened. */
const SOON = 30_000

/** The view before anything was heard of a socket. */
const UNHEARD: SocketView = { power: 'unknown', halted: false, running: 0, watts: null, heard: false }

type Answer<K extends keyof SocketCalls> = Promise<Awaited<ReturnType<SocketCalls[K]>>>

/** A socket as everybody but its owner has it, over the bus: see `Socket` for what the calls do, give and throw. */
export class SocketClient {
    readonly #o: SocketClientOptions
    #view: SocketView | undefined

    constructor(options: SocketClientOptions) {
        this.#o = options
        const { bus, signal } = options
        const hear = (view: SocketView) => {
            this.#view = view
        }
        bus.subscribe(this.#topic('view'), hear, signal)
        // A socket that opens later publishes its view by itself.
        this.#askShortly('view').then(
            (view) => this.#view ?? hear(view),
            () => {},
        )
    }

    get id(): string {
        return this.#o.id
    }

    get name(): string {
        return this.#o.name
    }

    #topic(what: string): string {
        return socketTopic(this.#o.id, what)
    }

    #ask<K extends keyof SocketCalls>(call: K, ...[message]: Parameters<SocketCalls[K]>): Answer<K> {
        return this.#o.bus.request(this.#topic(call), message)
    }

    #askShortly<K extends 'view' | 'status'>(call: K): Answer<K> {
        return this.#o.bus.request(this.#topic(call), undefined, { timeout: SOON })
    }

    /** What was last heard of it. */
    get view(): SocketView {
        return this.#view ?? UNHEARD
    }

    /** Calls back at each change of {@link view}, until the signal aborts. */
    onView(listener: () => void, signal: AbortSignal): void {
        this.#o.bus.subscribe(this.#topic('view'), listener, signal)
    }

    /** Calls back at each event, until the signal aborts. */
    onEvent(listener: (event: SocketEvent) => void, signal: AbortSignal): void {
        this.#o.bus.subscribe(this.#topic('event'), listener, signal)
    }

    /** Has the meter read at least so often while the plug is on, until the signal aborts. @param pace milliseconds */
    readEvery(pace: number, signal: AbortSignal): void {
        void this.#keepPace(pace, signal)
    }

    async #keepPace(pace: number, signal: AbortSignal): Promise<void> {
        const { bus, clock, newId } = this.#o
        const client = newId()
        while (!signal.aborted) {
            bus.publish(this.#topic('pace'), { client, pace })
            await pause(clock, LEASE / 3, signal)
        }
        bus.publish(this.#topic('pace'), { client, pace: null })
    }

    start(timeout = 0, weight?: number, owner?: string) {
        return this.#ask('start', defined({ timeout, weight, owner }))
    }

    lease(request: LeaseRequest) {
        return this.#ask('lease', defined(request))
    }

    endLease(name: string) {
        return this.#ask('endLease', name)
    }

    stop(id: string) {
        return this.#ask('stop', id)
    }

    end(id: string) {
        return this.#ask('end', id)
    }

    delete(id: string) {
        return this.#ask('delete', id)
    }

    emergencyStop() {
        return this.#ask('emergencyStop')
    }

    setPrice(price: number | null) {
        return this.#ask('setPrice', price)
    }

    recover() {
        return this.#ask('recover')
    }

    status() {
        return this.#askShortly('status')
    }

    get(id: string, most?: number) {
        return this.#ask('get', defined({ id, most }))
    }

    list(query: Omit<InstanceQuery, 'socket'>, most?: number) {
        return this.#ask('list', defined({ query: defined(query), most }))
    }

    download() {
        return this.#ask('download')
    }

    async *file(): AsyncGenerator<string> {
        const id = this.#o.newId()
        try {
            for (let n = 0; ; n++) {
                const piece = await this.#ask('piece', { id, n })
                if (piece === null) return
                yield piece
            }
        } finally {
            this.#ask('close', id).catch(() => {})
        }
    }
}
