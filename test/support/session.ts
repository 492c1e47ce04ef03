import assert from 'node:assert/strict'
import { type Protocol, type Session, Unreadable } from '../../src/peers/index.ts'
import type { Incoming } from '../../src/peers/session.ts'
import type { Peer } from '../../src/ws/index.ts'

/** A session of a protocol that waits for nothing, and what it has sent. */
export class Opened {
    readonly sent: string[] = []
    readonly session: Session

    constructor(protocol: Protocol, subprotocol = '') {
        const send = (frame: string) => this.sent.push(frame) > 0
        const never = () => assert.fail('neither verifies nor closes')
        this.session = protocol.open({ subprotocol, send } as unknown as Peer, { verify: never, close: never })
    }

    /** What a frame says; undefined if there is nothing to tell a flow. */
    read(text: string): Incoming | undefined {
        const incoming = this.session.receive(text)
        return incoming instanceof Promise ? assert.fail('waits for something') : incoming
    }

    /** What a frame says that is a message. */
    taken(text: string): Incoming & { payload: any } {
        const incoming = this.read(text)
        return incoming && 'payload' in incoming ? (incoming as Incoming & { payload: any }) : assert.fail(`${text} was not taken`)
    }

    /** Why a frame cannot be read, and what is answered. */
    refusal(text: string): Unreadable {
        try {
            this.read(text)
        } catch (error) {
            if (error instanceof Unreadable) return error
            throw error
        }
        return assert.fail(`${text.slice(0, 80)} was taken`)
    }
}
