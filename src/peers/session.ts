import type { Identity, Peer, Subprotocols } from '../ws/index.ts'
import type { Odd } from './protocols/odd.ts'

/** What a frame said. */
export interface Incoming {
    /** What `msg.payload` becomes. Without one the flow gets no message: the frame only told who the peer is. */
    payload?: unknown
    /** The id by which the peer is addressed from now on. */
    id?: string
    /** What an answer has to repeat; travels as `msg.peer.reply` and comes back to {@link Session.reply}. */
    reply?: unknown
    /** Values that were not understood as they were sent, and what became of them; missing if there are none. */
    odd?: Odd[]
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
    /** The peer is gone. */
    end?(): void
}

/** What a session can do beside sending. */
export interface SessionTools {
    /**
     * Checks a token by the settings of the endpoint. The peer has the identity in the token from then on, and is disconnected when that expires.
     * @throws {@link Refusal} 401 `UNAUTHORIZED`, 403 `FOREIGN_ID` if it has proven another identity before, 429 `TOO_MANY_GUESSES`, 503
     */
    verify(token: string): Promise<Identity>
    /** Closes the connection once all that was sent before has left. Frames that wait are not received any more. */
    close(code: number, reason: string): void
}

/** How an endpoint speaks with its peers; one file each. */
export interface Protocol {
    readonly subprotocols?: Subprotocols
    /** Whether a frame tells who a peer is: flows hear nothing of the peer before that. */
    readonly tellsId?: boolean
    /** Whether a frame brings the token: the handshake asks for none then, and the session calls {@link SessionTools.verify}. */
    readonly tokenInFrame?: boolean
    /** Whether web pages speak it, so that their origins are checked: always, or only where the endpoint lists origins. */
    readonly pages?: 'always' | 'listed'
    /** How its peers are shown live views, if they can be: each event as a payload, or all rows as a SMART-OS table and then what changes. */
    readonly viewers?: 'events' | 'tables'
    /** Begins a session, and sends what every peer is sent first. */
    open(peer: Peer, tools: SessionTools): Session
}
