import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { WebSocket } from 'ws'
import { afterTurn } from '../lib/index.ts'
import type { HandshakeHead, Identity, Peer } from './endpoint.ts'
import { isPing, markOf, payloadOf, pingFrame } from './frame.ts'
import { joined, type Outbound, type Writer } from './outbound.ts'
import { TokenBucket } from './token-bucket.ts'

interface PeerParts {
    connection: string
    identity: Identity
    request: HandshakeHead
    socket: WebSocket
    /** The connection below the WebSocket: whole frames may be written to it directly. */
    stream: Duplex
    outbound: Outbound
    /** Bytes that may wait to be sent. */
    highWater: number
    /** Frames a second. */
    rate: number
    now: number
    /** Is told what the callbacks of {@link Peer.onDrain} and {@link Peer.onReceived} throw. */
    failed: (error: unknown) => void
}

/** The longest reason that fits a close frame, in bytes. */
const MAX_REASON = 123

/** The codes that `ws` closes with, by its errors; all others close with 1002. */
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
    readonly request: HandshakeHead
    readonly subprotocol: string
    readonly compresses: boolean
    /** Limits its frames. */
    readonly bucket: TokenBucket
    ending: { code: number; reason: string } | undefined
    /** When its token expires, in milliseconds since 1970. */
    expiresAt: number | undefined
    /** Pings in a row that it did not answer. */
    unanswered = 0
    readonly #socket: WebSocket
    readonly #stream: Duplex
    readonly #outbound: Outbound
    readonly #highWater: number
    readonly #failed: (error: unknown) => void
    #remote: string | undefined
    /** The first frame that is queued, mostly the only one, and the others. */
    #first: Buffer | undefined
    #more: Buffer[] | undefined
    /** Bytes of them. */
    #queued = 0
    #waiting: (() => void)[] = []
    /** Pings that were not answered yet. */
    #openPings = 0
    #mark = 0
    #marks: { mark: number; run: () => void }[] = []
    #isUnread = false

    constructor({ connection, identity, request, socket, stream, outbound, highWater, rate, now, failed }: PeerParts) {
        this.connection = connection
        this.identity = identity
        // A copy: the request itself takes more memory than all the rest.
        this.request = { socket: request.socket, headers: request.headers, url: request.url }
        this.subprotocol = socket.protocol.startsWith('bearer.') ? '' : socket.protocol
        this.compresses = socket.extensions.includes('permessage-deflate')
        this.bucket = new TokenBucket(rate, now)
        this.#socket = socket
        this.#stream = stream
        this.#outbound = outbound
        this.#highWater = highWater
        this.#failed = failed
    }

    /** Asking the operating system costs as much as a frame, and few want to know. */
    get remote(): string {
        this.#remote ??= (this.request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
        return this.#remote
    }

    get open(): boolean {
        return this.#socket.readyState === this.#socket.OPEN
    }

    get buffered(): number {
        // What `ws` is compressing or holds back meanwhile is not in the stream yet.
        return this.#queued + (this.compresses ? this.#socket.bufferedAmount : this.#stream.writableLength)
    }

    /** Whether {@link send} would refuse a frame. */
    get full(): boolean {
        return !this.open || this.buffered >= this.#highWater
    }

    send(frames: string | readonly string[]): boolean {
        if (this.full) return false
        if (typeof frames === 'string') this.queue(this.#outbound.frame(frames))
        else for (const bytes of this.#outbound.built(frames, this.compresses)) this.queue(bytes)
        return true
    }

    /** Queues a frame, however much waits already. */
    queue(frame: Buffer): void {
        this.#queued += frame.length
        if (this.#first) {
            this.#more ??= []
            this.#more.push(frame)
        } else {
            this.#first = frame
            this.#outbound.add(this)
        }
    }

    onDrain(run: () => void): void {
        this.#waiting.push(run)
        if (this.#hasRoom) afterTurn(this.#written)
    }

    onReceived(run: () => void): void {
        if (!this.open) return
        this.#mark++
        this.#marks.push({ mark: this.#mark, run })
        this.ping()
    }

    /** Sends a ping with the latest mark. A client may answer several pings by one pong, so a pong confirms all marks up to its own. */
    ping(): void {
        this.#openPings++
        this.queue(pingFrame(this.#mark))
    }

    /** @returns whether it answers a ping of ours */
    pong(data: Buffer): boolean {
        if (this.#openPings === 0) return false
        this.#openPings--
        this.unanswered = 0
        const mark = markOf(data) ?? 0
        if (mark <= this.#mark) while (this.#marks[0] && this.#marks[0].mark <= mark) this.#call(this.#marks.shift()!.run)
        return true
    }

    close(code: number, reason: string): void {
        if (!this.open) return
        this.ending = { code, reason }
        this.flush()
        this.#socket.close(code, shortened(reason))
    }

    /** Sends what is queued now, not only at the end of this turn. */
    flush(): void {
        const frames = this.take()
        if (this.compresses) this.compress(frames)
        else if (frames.length > 0) this.write(joined(frames))
    }

    /** Closes without reading any further, for a peer that sends too much. */
    closeUnread(code: number, reason: string): void {
        this.close(code, reason)
        this.#isUnread = true
        this.pause()
    }

    pause(): void {
        this.#socket.pause()
    }

    resume(): void {
        if (this.#socket.isPaused && !this.#isUnread) this.#socket.resume()
    }

    /** Remembers the error for which `ws` closes the connection. */
    protocolError({ code = '', message }: NodeJS.ErrnoException): void {
        if (code.startsWith('WS_ERR_')) this.ending ??= { code: faults.get(code) ?? 1002, reason: message }
    }

    terminate(): void {
        this.#socket.terminate()
    }

    reset(code: number, reason: string): void {
        if (!this.open) return
        this.ending = { code, reason }
        this.take()
        // Destroying alone would leave what the kernel has taken to be sent. A socket with TLS cannot be reset.
        if (this.#stream instanceof Socket && !(this.#stream instanceof TLSSocket)) this.#stream.resetAndDestroy()
        else this.terminate()
    }

    take(): Buffer[] {
        const [first, more] = [this.#first, this.#more]
        this.#first = this.#more = undefined
        this.#queued = 0
        return first ? [first, ...(more ?? [])] : []
    }

    write(bytes: Buffer): void {
        if (!this.open) return
        // Most writes leave at once, and calling back costs as much as the write: it is needed only where somebody may come to wait for room.
        const mayFill = this.#waiting.length > 0 || this.#stream.writableLength > 0 || bytes.length >= this.#highWater / 2
        if (mayFill) this.#stream.write(bytes, this.#written)
        else this.#stream.write(bytes)
    }

    /** Has `ws` compress and send the frames. */
    compress(frames: Buffer[]): void {
        if (!this.open) return
        this.#stream.cork()
        for (const frame of frames)
            if (isPing(frame)) this.#socket.ping(payloadOf(frame), false, this.#written)
            else this.#socket.send(payloadOf(frame), { binary: false }, this.#written)
        this.#stream.uncork()
    }

    get #hasRoom(): boolean {
        return this.open && this.buffered < this.#highWater / 2
    }

    readonly #written = (): void => {
        if (this.#waiting.length === 0 || !this.#hasRoom) return
        const waiting = this.#waiting
        this.#waiting = []
        for (const run of waiting) this.#call(run)
    }

    /** A callback that throws does not keep the others from being called. */
    #call(run: () => void): void {
        try {
            run()
        } catch (error) {
            this.#failed(error)
        }
    }
}

/** The part of a close reason that fits into a frame, in whole characters. */
function shortened(reason: string): string {
    const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(MAX_REASON))
    return reason.slice(0, read)
}
