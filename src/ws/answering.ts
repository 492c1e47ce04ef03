import { WebSocket } from 'ws'
import type { WsPeer } from './peer.ts'

/** Close codes for a frame that is not what it should be, or too large. `ws` closes with them by itself. */
const WRONG: readonly unknown[] = [1007, 1009]

/** A WebSocket that answers before it is closed for a wrong frame. */
export class Answering extends WebSocket {
    peer: WsPeer | undefined
    /** What it answers, if anything. */
    answer: string | undefined

    override close(code?: number, reason?: string): void {
        if (WRONG.includes(code) && this.readyState === this.OPEN && this.answer !== undefined) {
            this.peer?.send(this.answer)
            this.peer?.flush()
        }
        super.close(code, reason)
    }
}

/** What is heard of the WebSockets of an endpoint. */
interface SocketListener {
    message(peer: WsPeer, data: Buffer, isBinary: boolean): void
    ping(peer: WsPeer): void
    pong(peer: WsPeer, data: Buffer): void
    close(peer: WsPeer, code: number, reason: Buffer): void
}

/**
 * Has somebody hear of WebSockets, by functions that all of them share: functions of their own would be much of the memory that each takes.
 * @returns begins to listen to that of a peer, which answers so when it is closed for a wrong frame
 */
export function hearing(listener: SocketListener): (socket: Answering, peer: WsPeer, answer: string | undefined) => void {
    function message(this: Answering, data: Buffer, isBinary: boolean): void {
        listener.message(this.peer!, data, isBinary)
    }
    function ping(this: Answering): void {
        listener.ping(this.peer!)
    }
    function pong(this: Answering, data: Buffer): void {
        listener.pong(this.peer!, data)
    }
    function close(this: Answering, code: number, reason: Buffer): void {
        listener.close(this.peer!, code, reason)
    }
    function error(this: Answering, cause: Error): void {
        this.peer!.protocolError(cause)
    }
    const all = Object.entries({ message, ping, pong, close, error }) as [string, () => void][]
    return (socket, peer, answer) => {
        socket.peer = peer
        socket.answer = answer
        for (const [event, heard] of all) socket.on(event, heard)
    }
}
