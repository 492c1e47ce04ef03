import type { IncomingMessage } from 'node:http'

/** Who a peer is, as far as its authentication tells. */
export interface Identity {
    /** Undefined where the protocol tells later, or nobody does. */
    id?: string
    /** Whose it is. */
    account?: string
    /** Verified claims of its token, for rules about what it may see. */
    claims?: Readonly<Record<string, unknown>>
}

/** Who was let in. */
export interface Admission {
    identity: Identity
    /** When it has to leave, in milliseconds since 1970. */
    expiresAt?: number
}

/** Whom a message is for. */
export interface Address {
    id: string
    /** Undefined if it was not said. */
    account?: string | undefined
    /** Whether only one will do that proves its id. */
    proven?: boolean
}

/** Whoever holds a WebSocket to us. */
export interface Peer {
    /** One connection's own; a peer that comes back has another. */
    readonly connection: string
    /** What it is addressed by: from its authentication, or set once its protocol has told. */
    id: string | undefined
    readonly identity: Identity
    readonly remote: string
    /** Of the handshake; blank if none was agreed on. */
    readonly subprotocol: string
    readonly request: IncomingMessage
    readonly open: boolean
    /** Why we have closed the connection, if we have. */
    readonly ending: { code: number; reason: string } | undefined
    /** Bytes that it has not taken yet. */
    readonly backlog: number
    /**
     * Sends a frame, or several: all of them or none. What is sent in one turn of the event loop leaves in one write, and a list that many
     * are sent is put together once. Beyond the endpoint's limit of what a peer may leave untaken it is refused: false.
     */
    send(frames: string | readonly string[]): boolean
    /** Calls back once, when the peer has taken so much that there is room again. */
    onRoom(run: () => void): void
    /**
     * Calls back once, when the peer has received all that was sent to it before: its WebSocket answered a ping that left after
     * it. Never, if it goes before that.
     */
    confirmed(run: () => void): void
    /** Reads no more of what it sends, until {@link resume}; what was read already is still told. */
    pause(): void
    resume(): void
    close(code: number, reason: string): void
}

/** What an endpoint's users are told. */
export interface EndpointListener {
    connected?(peer: Peer): void
    /** A peer has an id, or another one than before. One that its authentication named has had it since it connected. */
    identified?(peer: Peer): void
    /** What it said, of a binary frame the UTF-8 text. */
    frame?(peer: Peer, text: string): void
    disconnected?(peer: Peer, code: number, reason: string): void
}

/** How an endpoint does. */
export interface EndpointState {
    connected: number
    /** Frames that could not be read since the endpoint began. */
    unreadable: number
    /** Why peers cannot connect. */
    trouble: string | undefined
}

export interface Endpoint {
    readonly state: EndpointState
    /** Its peers, by their connections. */
    readonly peers: ReadonlyMap<string, Peer>
    /**
     * All connections that a message may leave by, oldest first. Without an account those that have proven the id; if nobody ever has,
     * all that go by it.
     */
    reach(address: Address): readonly Peer[]
    /** An address, completed by what is known of who has proven the id. */
    settle(address: Address): Address
    /**
     * Tells a peer's id, as its protocol found it; applies the rule for a second connection of the same peer, by which this one may
     * be closed.
     * @throws Refusal 403 `FOREIGN_ID` if it was authenticated as somebody else or somebody else of its account has proven the id, 422 `BAD_INPUT` if that is no id
     */
    identify(peer: Peer, id: string): void
    /**
     * Finds out who a peer is that tells it after its handshake. Whom `check` admits, the peer is from then on, and leaves when that expires.
     * @throws Refusal 503 `TOO_LATE`, 403 `FOREIGN_ID` if it was somebody else before, and what `check` throws
     */
    verify(peer: Peer, check: () => Admission | Promise<Admission>): Promise<Identity>
    /** Counts a frame that could not be read, for {@link EndpointState.unreadable}. */
    countUnreadable(): void
    listen(listener: EndpointListener, signal: AbortSignal): void
    /** Calls back at every change of {@link state}. */
    onState(run: () => void, signal: AbortSignal): void
    /** Sends one frame to many, built once. @returns how many took it */
    broadcast(peers: Iterable<Peer>, frame: string): number
    /** Takes no one any more and sends everybody away, with 1012 unless told otherwise. Takes half a second at most. */
    close(code?: number): Promise<void>
}
