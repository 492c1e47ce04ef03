import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { afterTurn } from '../lib/index.ts'
import { Bucket } from './bucket.ts'
import type { Identity, Peer } from './endpoint.ts'
import { isPing, markOf, payloadOf, pingFrame, textFrame } from './frame.ts'
import { joined, type Outbound, type Writer } from './outbound.ts'

export interface PeerParts {
    connection: string
    identity: Identity
    request: IncomingMessage
    socket: WebSocket
    /** What the WebSocket writes to, too: whole frames may be put in between its own. */
    stream: Duplex
    outbound: Outbound
    /** Bytes that may be left untaken. */
    highWater: number
    /** Frames a second. */
    rate: number
    now: number
    /** Is told what the callbacks of {@link Peer.onRoom} and {@link Peer.confirmed} throw. */
    failed: (error: unknown) => void
}

/** The longest reason that fits a close frame, in bytes. */
const LONGEST_REASON = 123

/** What `ws` closes with, by the codes of its errors; the rest are 1002. */
const faults = new Map([
    ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 1009],
    ['WS_ERR_TOO_MANY_BUFFERED_PARTS', 1009],
    ['WS_ERR_INVALID_UTF8', 1007],
])

/** A peer at the other end of a WebSocket of `ws`. */
export class WsPeer implements Peer, Writer {
    id: string | undefined
    readonly connection: string
    identity: Identity
    readonly request: IncomingMessage
    readonly remote: string
    readonly subprotocol: string
    readonly compresses: boolean
    /** What it may say. */
    readonly bucket: Bucket
    /** Why we ended it, if we did. */
    ending: { code: number; reason: string } | undefined
    /** Pings in a row that it did not answer. */
    unanswered = 0
    readonly #socket: WebSocket
    readonly #stream: Duplex
    readonly #outbound: Outbound
    readonly #highWater: number
    readonly #failed: (error: unknown) => void
    #frames: Buffer[] = []
    /** Bytes in them. */
    #queued = 0
    #waiting: (() => void)[] = []
    /** Pings that were not answered yet, each by its own pong. */
    #asked = 0
    #mark = 0
    #marks: { mark: number; run: () => void }[] = []
    #isShut = false

    constructor({ connection, identity, request, socket, stream, outbound, highWater, rate, now, failed }: PeerParts) {
        this.connection = connection
        this.identity = identity
        this.request = request
        this.remote = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
        this.subprotocol = socket.protocol.startsWith('bearer.') ? '' : socket.protocol
        this.compresses = socket.extensions.includes('permessage-deflate')
        this.bucket = new Bucket(rate, now)
        this.#socket = socket
        this.#stream = stream
        this.#outbound = outbound
        this.#highWater = highWater
        this.#failed = failed
    }

    get open(): boolean {
        return this.#socket.readyState === this.#socket.OPEN
    }

    get backlog(): number {
        // What `ws` is compressing or holds back meanwhile is not in the stream yet.
        return this.#queued + (this.compresses ? this.#socket.bufferedAmount : this.#stream.writableLength)
    }

    /** Whether a frame would be refused. */
    get full(): boolean {
        return !this.open || this.backlog >= this.#highWater
    }

    send(frames: string | readonly string[]): boolean {
        if (this.full) return false
        if (typeof frames === 'string') this.queue(textFrame(frames))
        else for (const bytes of this.#outbound.built(frames, this.compresses)) this.queue(bytes)
        return true
    }

    /** Queues a frame as it is, whatever the backlog. */
    queue(frame: Buffer): void {
        this.#queued += frame.length
        if (this.#frames.push(frame) === 1) this.#outbound.add(this)
    }

    onRoom(run: () => void): void {
        this.#waiting.push(run)
        if (this.#hasRoom) afterTurn(this.#taken)
    }

    confirmed(run: () => void): void {
        if (!this.open) return
        this.#mark++
        this.#marks.push({ mark: this.#mark, run })
        this.ping()
    }

    /** Asks for a sign of life. The pong also tells what was received, because it may stand for that of an earlier ping. */
    ping(): void {
        this.#asked++
        this.queue(pingFrame(this.#mark))
    }

    /** @returns whether it was asked for */
    pong(data: Buffer): boolean {
        if (this.#asked === 0) return false
        this.#asked--
        this.unanswered = 0
        const mark = markOf(data) ?? 0
        if (mark <= this.#mark) while (this.#marks[0] && this.#marks[0].mark <= mark) this.#call(this.#marks.shift()!.run)
        return true
    }

    close(code: number, reason: string): void {
        if (!this.open) return
        this.ending = { code, reason }
        const frames = this.take()
        if (this.compresses) this.compress(frames)
        else if (frames.length > 0) this.write(joined(frames))
        this.#socket.close(code, shortened(reason))
    }

    /** Closes without reading any further: whoever sends too much would go on. */
    shut(code: number, reason: string): void {
        this.close(code, reason)
        this.#isShut = true
        this.pause()
    }

    pause(): void {
        this.#socket.pause()
    }

    resume(): void {
        if (this.#socket.isPaused && !this.#isShut) this.#socket.resume()
    }

    /** What it said was no WebSocket. */
    broke({ code = '', message }: NodeJS.ErrnoException): void {
        if (code.startsWith('WS_ERR_')) this.ending ??= { code: faults.get(code) ?? 1002, reason: message }
    }

    terminate(): void {
        this.#socket.terminate()
    }

    take(): Buffer[] {
        const frames = this.#frames
        this.#frames = []
        this.#queued = 0
        return frames
    }

    write(bytes: Buffer): void {
        if (this.open) this.#stream.write(bytes, this.#taken)
    }

    /** Leaves the frames to `ws`, which keeps their order. */
    compress(frames: Buffer[]): void {
        if (!this.open) return
        this.#stream.cork()
        for (const frame of frames)
            if (isPing(frame)) this.#socket.ping(payloadOf(frame), false, this.#taken)
            else this.#socket.send(payloadOf(frame), { binary: false }, this.#taken)
        this.#stream.uncork()
    }

    get #hasRoom(): boolean {
        return this.open && this.backlog < this.#highWater / 2
    }

    readonly #taken = (): void => {
        if (this.#waiting.length === 0 || !this.#hasRoom) return
        const waiting = this.#waiting
        this.#waiting = []
        for (const run of waiting) this.#call(run)
    }

    /** One that throws keeps none of the others from being called. */
    #call(run: () => void): void {
        try {
            run()
        } catch (error) {
            this.#failed(error)
        }
    }
}

/** A text's beginning that fits, without half a character at its end. */
function shortened(reason: string): string {
    const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(LONGEST_REASON))
    return reason.slice(0, read)
}
