import type { Odd } from './protocols/odd.ts'

/** What a peer said, as a flow sees it. */
export interface Said {
    /** What `msg.payload` becomes. */
    payload: unknown
    /** Who it turned out to be. */
    id?: string
    /** What an answer to it has to repeat; travels as `msg.peer.reply` and comes back to {@link Protocol.answer}. */
    reply?: unknown
    /** Values that were not understood as they were sent, and what became of them; missing if there are none. */
    odd?: Odd[]
}

/** How an endpoint speaks with its peers. Holds no state of its own; one file each. */
export interface Protocol {
    readonly name: string
    /** Subprotocols of the handshake; with `required`, one of them has to be agreed on. */
    readonly subprotocols?: { names: readonly string[]; required: boolean }
    /** Whether it is what peers say that tells who they are: nobody is told of one before that. */
    readonly tellsId?: boolean
    /** What is spoken instead with a peer that agreed on one of the subprotocols. */
    readonly others?: ReadonlyMap<string, Protocol>
    /** What every peer is sent first. */
    readonly greeting?: string
    /** Reads a frame. What is no message of this protocol is answered with `error`, if that is given, and told to nobody. */
    read(text: string): Said | { error: string | undefined; reason: string }
    /** The answer to a frame that only asks for a sign of life: nobody is told of it. */
    pong?(text: string): string | undefined
    /** A frame of its own accord. */
    write(payload: unknown): string
    /** A frame in answer to what was said: `statusCode` below 400 means that it was done. */
    answer(reply: unknown, statusCode: number, payload: unknown): string
}

/** What is spoken with a peer that agreed on that subprotocol. */
export const spoken = (protocol: Protocol, subprotocol: string): Protocol => protocol.others?.get(subprotocol) ?? protocol
