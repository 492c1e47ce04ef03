import { type Bus, defined } from '../bus/index.ts'
import { Agenda, afterTurn, type Clock } from '../lib/index.ts'
import type { SocketView } from './events.ts'
import type { LeaseRequest } from './leases.ts'
import type { InstanceQuery } from './repository.ts'
import type { Socket } from './socket.ts'

/** What is held for a client is given up when nothing is heard of it for so long, in milliseconds. */
export const LEASE = 60_000

/** Where a socket is spoken to: one of its {@link SocketCalls}, or what it publishes: `view` and `event`. */
export const socketTopic = (id: string, what: string): string => `sockets/${id}/${what}`

/** How often a client wants readings, in milliseconds; null once it wants none. To be said again within {@link LEASE}. */
export interface Pace {
    client: string
    pace: number | null
}

/** What a socket can be asked for over the bus, by the last level of the topic. */
export type SocketCalls = ReturnType<typeof callsOf>

function callsOf(socket: Socket, clock: Clock, signal: AbortSignal) {
    const { records } = socket
    const files = new Holds<AsyncGenerator<string>>(clock, (file) => void file.return(undefined), signal)
    const whenReady = <T>(run: () => T) => socket.ready().then(run)
    return {
        start: ({ timeout, weight, owner }: { timeout: number; weight?: number | undefined; owner?: string | undefined }) =>
            socket.start(timeout, weight, owner),
        lease: (request: LeaseRequest) => socket.lease(request),
        endLease: (name: string) => socket.endLease(name),
        stop: (id: string) => socket.stop(id),
        end: (id: string) => socket.end(id),
        delete: (id: string) => socket.delete(id),
        emergencyStop: () => socket.emergencyStop(),
        recover: () => socket.recover(),
        setPrice: (price: number | null) => socket.setPrice(price),
        view: async () => viewOf(socket),
        status: () => whenReady(() => records.status),
        get: ({ id, most }: { id: string; most?: number | undefined }) => records.get(id, most),
        list: ({ query, most }: { query: Omit<InstanceQuery, 'socket'>; most?: number | undefined }) => records.list(query, most),
        download: () => whenReady(() => records.download()),
        /** The nth piece, from 0, of the file that is read under this id; null at its end. */
        piece: async ({ id, n }: { id: string; n: number }): Promise<string | null> => {
            await socket.ready()
            const open = () => {
                if (n > 0) throw new Error('the file was given up, as nothing more of it was asked for')
                return records.file()
            }
            const { value = null, done } = await files.use(id, open, (file) => file.next())
            if (done) files.end(id)
            return value
        },
        /** Gives up the file that is read under this id. */
        close: async (id: string) => files.end(id),
    }
}

/** Lets a socket be spoken to over the bus, until the signal aborts: see `SocketClient`. */
export function serveSocket(socket: Socket, bus: Bus, clock: Clock, signal: AbortSignal): void {
    const topic = (what: string) => socketTopic(socket.id, what)
    for (const [name, call] of Object.entries(callsOf(socket, clock, signal))) bus.respond<never>(topic(name), call, signal)

    const readers = new Holds<AbortController>(clock, (reader) => reader.abort(), signal)
    const setPace = ({ client, pace }: Pace) => {
        if (pace === null) return readers.end(client)
        readers.take(client, () => {
            const reader = new AbortController()
            socket.readEvery(pace, reader.signal)
            return reader
        })
    }
    bus.subscribe(topic('pace'), setPace, signal)

    let isDue = false
    const tell = () => {
        isDue = false
        if (!signal.aborted) bus.publish(topic('view'), viewOf(socket))
    }
    // What changes in one turn is told once.
    const changed = () => {
        if (!isDue) afterTurn(tell)
        isDue = true
    }
    socket.events.onView(changed, signal)
    socket.events.onEvent((event) => bus.publish(topic('event'), event), signal)
    tell()
}

const viewOf = (socket: Socket): SocketView => defined(socket.view)

/** What is held for clients, each until it gives that up or is not heard of for {@link LEASE}. */
class Holds<T> {
    readonly #held = new Map<string, T>()
    readonly #ends: Agenda<string>
    readonly #release: (thing: T) => void

    constructor(clock: Clock, release: (thing: T) => void, signal: AbortSignal) {
        this.#release = release
        this.#ends = new Agenda(clock, (id) => this.end(id))
        signal.addEventListener('abort', () => {
            for (const id of this.#held.keys()) this.end(id)
            this.#ends.clear()
        })
    }

    /** Gives what is held under an id, made if need be, and begins its lease anew. */
    take(id: string, make: () => T): T {
        const thing = this.#held.get(id) ?? make()
        this.#held.set(id, thing)
        this.#ends.after(id, LEASE)
        return thing
    }

    /** As {@link take}, for some work that the client waits for: the lease does not run out before it is done. What fails is given up. */
    async use<R>(id: string, make: () => T, work: (thing: T) => Promise<R>): Promise<R> {
        const thing = this.take(id, make)
        this.#ends.delete(id)
        try {
            return await work(thing)
        } catch (error) {
            this.end(id)
            throw error
        } finally {
            if (this.#held.has(id)) this.#ends.after(id, LEASE)
        }
    }

    end(id: string): void {
        const thing = this.#held.get(id)
        this.#held.delete(id)
        this.#ends.delete(id)
        if (thing !== undefined) this.#release(thing)
    }
}
