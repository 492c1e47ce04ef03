import { Once, Refusal } from '../lib/index.ts'
import type { Endpoint, Peer } from '../ws/index.ts'
import { type Protocol, type Said, spoken } from './protocol.ts'

/** Who is told what an endpoint's peers do. */
export interface Guest {
    connected?(peer: Peer): void
    said?(peer: Peer, said: Said): void
    disconnected?(peer: Peer, code: number, reason: string): void
}

export interface ReceptionOptions {
    endpoint: Endpoint
    protocol: Protocol
    log: (text: string) => void
    signal: AbortSignal
}

/** Properties whose odd values are logged: a device may have any number of them. */
const MOST_LOGGED = 100

/** Receives an endpoint's peers: greets them, reads what they say once for everybody who wants to hear it, and tells who they are. */
export class Reception {
    readonly #options: ReceptionOptions
    readonly #guests = new Set<Guest>()
    /** Of whom everybody was told. */
    readonly #known = new WeakSet<Peer>()
    readonly #logged = new Once(MOST_LOGGED)

    constructor(options: ReceptionOptions) {
        const { endpoint, protocol, signal } = options
        this.#options = options
        const listener = {
            connected: (peer: Peer) => {
                const { greeting } = this.protocol(peer)
                if (greeting !== undefined) peer.send(greeting)
                if (!protocol.tellsId || peer.id !== undefined) this.#introduce(peer)
            },
            identified: (peer: Peer) => this.#introduce(peer),
            frame: (peer: Peer, text: string) => this.#hear(peer, text),
            disconnected: (peer: Peer, code: number, reason: string) => {
                if (this.#known.has(peer)) this.#tell((guest) => guest.disconnected?.(peer, code, reason))
            },
        }
        endpoint.listen(listener, signal)
    }

    /** What is spoken with a peer. */
    protocol({ subprotocol }: Peer): Protocol {
        return spoken(this.#options.protocol, subprotocol)
    }

    attach(guest: Guest, signal: AbortSignal): void {
        if (signal.aborted) return
        this.#guests.add(guest)
        signal.addEventListener('abort', () => this.#guests.delete(guest), { once: true })
    }

    #introduce(peer: Peer): void {
        if (this.#known.has(peer)) return
        this.#known.add(peer)
        this.#tell((guest) => guest.connected?.(peer))
    }

    #hear(peer: Peer, text: string): void {
        const protocol = this.protocol(peer)
        const pong = protocol.pong?.(text)
        if (pong !== undefined) return void peer.send(pong)
        const said = protocol.read(text)
        if ('error' in said) {
            if (said.error !== undefined) peer.send(said.error)
            return
        }
        if (said.id !== undefined && !this.#isAllowed(peer, said.id, said, protocol)) return
        if (said.odd) this.#log(said)
        let rest: Said = said
        this.#tell((guest) => {
            if (!guest.said) return
            guest.said(peer, rest)
            // What one flow does to a message is none of another's business.
            if (this.#guests.size > 1) rest = structuredClone(said)
        })
    }

    /** The first odd value of each property: whoever sends one sends many. */
    #log({ id, odd = [] }: Said): void {
        const from = id === undefined ? 'a peer' : `the device ${shown(id)}`
        for (const { path, text, value } of odd)
            if (this.#logged.isNew(path)) {
                const kept = value === text ? 'as text' : `as ${shown(value)}`
                this.#options.log(`${from} sent for ${shown(path)} what is neither JSON nor a Python literal: ${shown(text)}, kept ${kept}`)
            }
    }

    /** Whether a peer is, or may become, who it says. */
    #isAllowed(peer: Peer, id: string, { reply }: Said, protocol: Protocol): boolean {
        try {
            this.#options.endpoint.identify(peer, id)
            return peer.open
        } catch (error) {
            if (!(error instanceof Refusal)) throw error
            peer.send(protocol.answer(reply, error.status, { message: error.message }))
            return false
        }
    }

    #tell(call: (guest: Guest) => void): void {
        for (const guest of this.#guests) {
            try {
                call(guest)
            } catch (error) {
                this.#options.log(`a listener failed: ${error}`)
            }
        }
    }
}

const shown = (value: unknown): string => JSON.stringify(value).slice(0, 100)
