import type { IncomingMessage } from 'node:http'

/** Who a peer has proven to be. */
export interface Identity {
    /** Undefined if it has proven no id. */
    id?: string
    /** The account it belongs to. */
    account?: string
    /** Verified claims of its token, for rules about what it may see. */
    claims?: Readonly<Record<string, unknown>>
}

/** The outcome of a successful authentication. */
export interface Admission {
    identity: Identity
    /** When the connection has to end, in milliseconds since 1970. */
    expiresAt?: number
}

/** The recipient of a message. */
export interface Address {
    id: string
    /** Undefined means any, see {@link Endpoint.find}. */
    account?: string | undefined
    /** Whether the recipient must have proven its id. */
    proven?: boolean
}

/** What is kept of the request of a handshake. */
export type HandshakeHead = Pick<IncomingMessage, 'socket' | 'headers' | 'url'>

/** A client with an open WebSocket to an endpoint. */
export interface Peer {
    /** The id of this connection; a peer that reconnects has another one. */
    readonly connection: string
    /** What it is addressed by: from its authentication, from its address, or told by its protocol later. */
    id: string | undefined
    readonly identity: Identity
    /** The address that it comes from; blank if nobody has asked for it as long as it was connected. */
    readonly remote: string
    /** As agreed on in the handshake; blank if none was. */
    readonly subprotocol: string
    readonly request: HandshakeHead
    readonly open: boolean
    /** Why we have closed the connection, if we have. */
    readonly ending: { code: number; reason: string } | undefined
    /** Bytes that wait to be sent to it. */
    readonly buffered: number
    /**
     * Sends a frame, or several: all of them or none. What is sent in one turn of the event loop leaves in one write, and a list that is
     * sent to many peers is built once.
     * @returns false if more waits for this peer already than the endpoint allows
     */
    send(frames: string | readonly string[]): boolean
    /** Calls back once, when so much was sent that {@link send} works again. */
    onDrain(run: () => void): void
    /**
     * Calls back once, when the peer has received all that was sent to it before: its WebSocket has answered a ping that was sent after
     * it. Never, if the connection ends before.
     */
    onReceived(run: () => void): void
    /** Stops reading from the connection until {@link resume}; what was read already is still told. */
    pause(): void
    resume(): void
    close(code: number, reason: string): void
    /**
     * Ends the connection at once, without a close frame: what the peer was sent and has not received yet does not arrive any more. With TLS
     * what the operating system has taken already still may.
     * @param code what the connection counts as closed with, as it does with `reason`
     */
    reset(code: number, reason: string): void
}

/** What happens at an endpoint. */
export interface EndpointListener {
    connected?(peer: Peer): void
    /** A peer that has connected has got an id, or another one than before. */
    identified?(peer: Peer): void
    /** @param text also of a binary frame, which has to be UTF-8 */
    frame?(peer: Peer, text: string): void
    disconnected?(peer: Peer, code: number, reason: string): void
    /** The token of a peer expires soon, and its connection with it. @param at milliseconds since 1970 */
    expiring?(peer: Peer, at: number): void
}

export interface EndpointState {
    connected: number
    /** Frames that could not be read since the endpoint began. */
    unreadable: number
    /** Why peers cannot connect, if they cannot. */
    trouble: string | undefined
}

export interface Endpoint {
    readonly state: EndpointState
    /** Its peers, by their connections. */
    readonly peers: ReadonlyMap<string, Peer>
    /**
     * The connections of a recipient, oldest first. Without an account: all that have proven the id or, if no peer ever has, all that
     * claim it.
     */
    find(address: Address): readonly Peer[]
    /** Completes an address by the account that has proven the id, and whether it has to be proven. */
    resolve(address: Address): Address
    /**
     * Sets the id that a peer's protocol has found out, and applies the rule for a second connection of the same peer, by which this
     * one may be closed.
     * @param greeting a frame that the peer is sent before anybody hears that it has that id, also if it had it before
     * @throws Refusal 403 `FOREIGN_ID` if its token names another id or another peer of its account has proven this one, 422 `BAD_INPUT`
     */
    identify(peer: Peer, id: string, greeting?: string): void
    /**
     * Authenticates a peer after its handshake. It has the identity that `check` resolves with from then on, until that expires.
     * @throws Refusal 503 `TOO_LATE`, 403 `FOREIGN_ID` if it has proven another identity before, and what `check` throws
     */
    verify(peer: Peer, check: () => Admission | Promise<Admission>): Identity | Promise<Identity>
    /** Counts a frame that could not be read, for {@link EndpointState.unreadable}. */
    countUnreadable(): void
    listen(listener: EndpointListener, signal: AbortSignal): void
    /** Calls back at every change of {@link state}. */
    onState(run: () => void, signal: AbortSignal): void
    /** Sends one frame to many, built once. @returns how many took it */
    broadcast(peers: Iterable<Peer>, frame: string): number
    /** Refuses new peers and closes all connections, with 1012 unless told otherwise. Takes half a second at most. */
    close(code?: number): Promise<void>
}
