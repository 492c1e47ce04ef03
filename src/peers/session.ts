import type { Identity, Peer, Subprotocols } from '../ws/index.ts'
import type { Odd } from './protocols/odd.ts'

/** What a frame said. */
export interface Incoming {
    /** What `msg.payload` becomes. Without one the flow gets no message: the frame only told who the peer is. */
    payload?: unknown
    /** The id by which the peer is addressed from now on. */
    id?: string
    /** A frame that the peer is sent once it has that id, before anybody is told of it. */
    greeting?: string
    /** What became of a command that the peer was sent. */
    commandAnswer?: CommandAnswer
    /** What an answer has to repeat; travels as `msg.peer.reply` and comes back to {@link Session.reply}. */
    reply?: unknown
    /** Values that were not understood as they were sent, and what became of them; missing if there are none. */
    odd?: Odd[]
}

/** What a peer says of a command. */
export interface CommandAnswer {
    /** The id of the command. */
    id: string
    /** It has arrived; it is done; the peer will not do it; it was tried and failed. All but the first are final. */
    status: 'received' | 'done' | 'refused' | 'failed'
    /** What came of it. */
    value?: unknown
    reason?: string
}

/** A frame cannot be read; the message says why. */
export class Unreadable extends Error {
    /** The frame that the peer is answered with, if any. */
    readonly answer: string | undefined

    constructor(reason: string, answer?: string) {
        super(reason)
        this.answer = answer
    }
}

/** One peer's conversation, from handshake to close. */
export interface Session {
    /**
     * Takes the peer's next frame. While a promise is pending, later frames of this peer wait; other peers go on.
     * @throws {@link Unreadable}
     */
    receive(text: string): Incoming | undefined | Promise<Incoming | undefined>
    /** A frame that is no answer. */
    encode(payload: unknown): string
    /** A frame that answers an {@link Incoming}: a `statusCode` below 400 means that it was done. */
    reply(ref: unknown, statusCode: number, payload: unknown): string
    /** Sessions with the same one make the same frames of a payload, so that what many are sent is encoded once. */
    readonly encoding?: string
    /** Whether the peer answers commands by {@link Incoming.commandAnswer}: they have to carry their id then. */
    readonly answersCommands?: boolean
    /** What the peer has said of itself. */
    readonly about?: Readonly<Record<string, unknown>> | undefined
    /** The frame that tells the peer that its token expires soon. @param at milliseconds since 1970 */
    expiring?(at: number): string
    /** The peer is gone. */
    end?(): void
}

/** What a session can do beside sending. */
export interface SessionTools {
    /**
     * Checks a token by the settings of the endpoint. The peer has the identity in the token from then on, and is disconnected when that expires.
     * @throws {@link Refusal} 401 `UNAUTHORIZED`, 403 `FOREIGN_ID` if it has proven another identity before, 429 `TOO_MANY_GUESSES`, 503
     */
    verify(token: string): Identity | Promise<Identity>
    /** Closes the connection once all that was sent before has left. Frames that wait are not received any more. */
    close(code: number, reason: string): void
}

/** How an endpoint speaks with its peers; one file each. */
export interface Protocol {
    readonly subprotocols?: Subprotocols
    /** Whether a frame tells who a peer is: flows hear nothing of the peer before that. */
    readonly tellsId?: boolean
    /** Milliseconds within which it has to; undefined for no limit. */
    readonly idWithin?: number
    /** Whether a frame brings the token: the handshake asks for none then, and the session calls {@link SessionTools.verify}. */
    readonly tokenInFrame?: boolean
    /** The claim of a JSON Web Token with the account of a peer, where the endpoint names none; `account` by default. */
    readonly accountClaim?: string
    /** The file, in the user directory, with the key of tokens, where the endpoint names neither a key nor where there are some. */
    readonly keyFile?: string
    /** What a peer gets before it is disconnected with 1007 or 1009, for a frame that is binary or otherwise wrong, or too large. */
    readonly badFrame?: string
    /** Whether web pages speak it, so that their origins are checked: always, or only where the endpoint lists origins. */
    readonly pages?: 'always' | 'listed'
    /** How its peers are shown live views, if they can be: each event as a payload, or all rows as a SMART-OS table and then what changes. */
    readonly viewers?: 'events' | 'tables'
    /** Begins a session, and sends what every peer is sent first. */
    open(peer: Peer, tools: SessionTools): Session
}
