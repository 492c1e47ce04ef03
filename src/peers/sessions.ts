import { Deduplicator, Listeners, Refusal, stackOf } from '../lib/index.ts'
import type { Admission, Endpoint, Peer } from '../ws/index.ts'
import { type CommandAnswer, type Incoming, type Protocol, type Session, Unreadable } from './session.ts'

/** What happens in the sessions of an endpoint. */
export interface SessionListener {
    connected?(peer: Peer): void
    message?(peer: Peer, incoming: Incoming): void
    commandAnswer?(peer: Peer, answer: CommandAnswer): void
    /** A frame could not be read. @param text its beginning */
    unreadable?(peer: Peer, reason: string, text: string): void
    disconnected?(peer: Peer, code: number, reason: string): void
}

interface SessionsOptions {
    endpoint: Endpoint
    protocol: Protocol
    /** Checks a token that a peer brings after its handshake. @throws {@link Refusal} */
    check: (token: string, peer: Peer) => Admission | Promise<Admission>
    log: (text: string) => void
    signal: AbortSignal
}

/** Properties whose odd values are logged, as a device may have any number of them. */
const MAX_LOGGED = 100
/** Characters of an unreadable frame that flows are told. */
const MAX_TEXT = 1000
/** Frames of one peer that may wait before no more are read of it. */
const MAX_WAITING = 16

interface State {
    readonly session: Session
    /** Whether listeners were told that the peer has connected. */
    isIntroduced: boolean
    /** Frames that came while the session was busy; undefined if it is not. */
    waiting: string[] | undefined
    /** Ends the session once it is not busy any more, of a peer that has disconnected. */
    end: (() => void) | undefined
}

/** The sessions of an endpoint's peers. */
export class Sessions {
    readonly protocol: Protocol
    readonly #options: SessionsOptions
    readonly #listeners: Listeners<SessionListener>
    readonly #states = new WeakMap<Peer, State>()
    readonly #logged = new Deduplicator(MAX_LOGGED)

    constructor(options: SessionsOptions) {
        const { endpoint, protocol, log, signal } = options
        this.#options = options
        this.protocol = protocol
        this.#listeners = new Listeners(log)
        endpoint.listen(
            {
                connected: (peer) => this.#open(peer),
                identified: (peer) => this.#introduce(peer),
                expiring: (peer, at) => this.#warn(peer, at),
                frame: (peer, text) => this.#hear(peer, text),
                disconnected: (peer, code, reason) => this.#close(peer, code, reason),
            },
            signal,
        )
    }

    /** The session of a peer that has connected. */
    of(peer: Peer): Session {
        return this.#states.get(peer)!.session
    }

    listen(listener: SessionListener, signal: AbortSignal): void {
        this.#listeners.add(listener, signal)
    }

    #open(peer: Peer): void {
        const { endpoint, protocol, check } = this.#options
        const session = protocol.open(peer, {
            verify: (token) => endpoint.verify(peer, () => check(token, peer)),
            close: (code, reason) => peer.close(code, reason),
        })
        this.#states.set(peer, { session, isIntroduced: false, waiting: undefined, end: undefined })
        if (!protocol.tellsId || peer.id !== undefined) this.#introduce(peer)
    }

    #introduce(peer: Peer): void {
        const state = this.#states.get(peer)
        if (!state || state.isIntroduced) return
        state.isIntroduced = true
        this.#listeners.tell((listener) => listener.connected?.(peer))
    }

    #warn(peer: Peer, at: number): void {
        const notice = this.#states.get(peer)?.session.expiring?.(at)
        if (notice !== undefined) peer.send(notice)
    }

    #hear(peer: Peer, text: string): void {
        const state = this.#states.get(peer)
        if (!state) return
        if (!state.waiting) {
            const result = this.#receive(peer, state, text)
            if (result !== undefined) void this.#drain(peer, state, text, result)
            return
        }
        if (state.waiting.push(text) >= MAX_WAITING) peer.pause()
    }

    /** @returns what has to be waited for, if anything */
    #receive(peer: Peer, state: State, text: string): Promise<Incoming | undefined> | undefined {
        try {
            const incoming = state.session.receive(text)
            if (incoming instanceof Promise) return incoming
            if (incoming !== undefined) this.#take(peer, state, incoming)
        } catch (error) {
            this.#fail(peer, text, error)
        }
        return undefined
    }

    /** Waits until a frame is received, and then receives those that came meanwhile, in their order. */
    async #drain(peer: Peer, state: State, first: string, result: Promise<Incoming | undefined>): Promise<void> {
        const waiting: string[] = []
        state.waiting = waiting
        let pending: Promise<Incoming | undefined> | undefined = result
        for (let text: string | undefined = first; text !== undefined; ) {
            if (pending !== undefined) await this.#settle(peer, state, text, pending)
            if (peer.ending) waiting.length = 0
            text = waiting.shift()
            if (waiting.length < MAX_WAITING / 2) peer.resume()
            pending = text === undefined ? undefined : this.#receive(peer, state, text)
        }
        state.waiting = undefined
        state.end?.()
    }

    async #settle(peer: Peer, state: State, text: string, pending: Promise<Incoming | undefined>): Promise<void> {
        try {
            const incoming = await pending
            if (incoming && !peer.ending) this.#take(peer, state, incoming)
        } catch (error) {
            this.#fail(peer, text, error)
        }
    }

    #take(peer: Peer, state: State, incoming: Incoming): void {
        if (incoming.id !== undefined && !this.#identify(peer, state, incoming)) return
        if (incoming.odd) this.#log(incoming)
        if (incoming.commandAnswer) this.#listeners.tell((listener) => listener.commandAnswer?.(peer, incoming.commandAnswer!))
        if (incoming.payload === undefined) return
        let message = incoming
        this.#listeners.tell((listener) => {
            if (!listener.message) return
            listener.message(peer, message)
            // Each flow gets a message of its own, which it may change.
            if (this.#listeners.size > 1) message = structuredClone(incoming)
        })
    }

    #fail(peer: Peer, text: string, error: unknown): void {
        if (!(error instanceof Unreadable)) {
            this.#options.log(`a session failed: ${stackOf(error)}`)
            peer.close(1011, 'internal error')
            return
        }
        if (error.answer !== undefined) peer.send(error.answer)
        this.#options.endpoint.countUnreadable()
        this.#listeners.tell((listener) => listener.unreadable?.(peer, error.message, text.slice(0, MAX_TEXT)))
    }

    /** Whether a peer may have an id. */
    #identify(peer: Peer, { session }: State, { id = '', greeting, reply }: Incoming): boolean {
        try {
            this.#options.endpoint.identify(peer, id, greeting)
            if (!peer.open && peer.identity.id === id) this.#identifyGone(peer, id)
            return peer.open || peer.id === id
        } catch (error) {
            if (!(error instanceof Refusal)) throw error
            peer.send(session.reply(reply, error.status, { message: error.message }))
            return false
        }
    }

    /** A peer that has disconnected meanwhile replaces no other one, but its frames from before count. */
    #identifyGone(peer: Peer, id: string): void {
        peer.id = id
        this.#introduce(peer)
    }

    /** Logs the first odd value of each property, as a device that sends one sends many. */
    #log({ id, odd = [] }: Incoming): void {
        const from = id === undefined ? 'a peer' : `the device ${shown(id)}`
        for (const { path, text, value } of odd)
            if (this.#logged.isNew(path)) {
                const kept = value === text ? 'as text' : `as ${shown(value)}`
                this.#options.log(`${from} sent for ${shown(path)} what is neither JSON nor a Python literal: ${shown(text)}, kept ${kept}`)
            }
    }

    /** Frames from before the peer has disconnected are received first, unless we have closed the connection. */
    #close(peer: Peer, code: number, reason: string): void {
        const state = this.#states.get(peer)
        if (!state) return
        const end = () => {
            state.session.end?.()
            if (state.isIntroduced) this.#listeners.tell((listener) => listener.disconnected?.(peer, code, reason))
        }
        if (state.waiting) state.end = end
        else end()
    }
}

const shown = (value: unknown): string => JSON.stringify(value).slice(0, 100)
