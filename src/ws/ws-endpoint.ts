import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { type Clock, Listeners, Refusal } from '../lib/index.ts'
import { Admissions } from './admissions.ts'
import { Answering, hearing } from './answering.ts'
import { type Authenticate, queryOf } from './authentication.ts'
import { Deadlines } from './deadlines.ts'
import type { Address, Admission, Endpoint, EndpointListener, EndpointState, Identity, Peer } from './endpoint.ts'
import { FlapDetector } from './flapping.ts'
import { textFrame, textOf } from './frame.ts'
import { agreeSubprotocol, destroySocket, refuseHandshake, type Subprotocols } from './handshake.ts'
import { Heartbeat } from './heartbeat.ts'
import { Outbound, untakenShare } from './outbound.ts'
import { WsPeer } from './peer.ts'
import { type Duplicate, PeerRegistry } from './peer-registry.ts'
import { takePath } from './upgrades.ts'

export interface EndpointOptions {
    server: Server
    /** From the root of the server. */
    path: string
    /** Handshakes wait until it resolves, so that no peer connects before there are listeners. */
    ready?: Promise<void>
    subprotocols: Subprotocols
    authenticate: Authenticate
    /** Whether a peer without a proven id may claim one in its address, as `?id=`. */
    idInAddress: boolean
    /** Milliseconds within which a peer must have got an id; undefined, by default, for no limit. */
    idWithin?: number | undefined
    /** What a peer gets before it is disconnected with 1007 or 1009. Binary frames, which may be text otherwise, are wrong then. */
    badFrame?: string | undefined
    /** Whether the page that a handshake comes from may connect. */
    isAllowedOrigin: (request: IncomingMessage) => boolean
    /** Bytes. */
    maxFrame: number
    /** Whether peers that offer `permessage-deflate` get it. */
    compression: boolean
    /** Frames a second and peer; 0 means no limit. */
    rate: number
    maxConnections: number
    /** Milliseconds. */
    pingInterval: number
    duplicate: Duplicate
    /** Bytes that may wait to be sent to a peer. */
    highWater: number
    clock: Clock
    newId: () => string
    log: (text: string) => void
}

/** Close code: the peer may connect again at once. */
const RESTARTING = 1012
/** Close code of a connection that ended without a close frame. */
const ABNORMAL = 1006
/** Milliseconds that a peer has to answer a close frame. */
const CLOSE_TIMEOUT = 2000
/** The same, when the endpoint itself closes. */
const SHUTDOWN_TIMEOUT = 400
/** No context is kept between frames, which would cost memory for each peer. */
const DEFLATE = { threshold: 1024, concurrencyLimit: 4, serverNoContextTakeover: true, clientNoContextTakeover: true }

/**
 * A path for WebSockets on an HTTP server.
 * @throws {@link Refusal} 409 `PATH_TAKEN` when it is made
 */
export class WsEndpoint implements Endpoint {
    readonly #options: EndpointOptions
    readonly #peers = new Map<string, WsPeer>()
    readonly #registry: PeerRegistry
    readonly #outbound = new Outbound()
    readonly #listeners: Listeners<EndpointListener>
    readonly #watchers: Listeners<() => void>
    readonly #sockets: WebSocketServer
    readonly #hear = hearing({
        message: (peer, data, isBinary) => this.#receive(peer, data, isBinary),
        ping: (peer) => this.#allow(peer),
        pong: (peer, data) => peer.pong(data) || this.#allow(peer),
        close: (peer, code, reason) => this.#leave(peer, code, reason),
    })
    readonly #heartbeat: Heartbeat
    readonly #deadlines: Deadlines
    readonly #closing = new AbortController()
    readonly #admissions: Admissions
    #unreadable = 0
    /** Of the connection that is being opened. */
    #subprotocol: string | false = false
    readonly #leavePath: (isHeld: boolean) => void
    #trouble: string | undefined
    #emptied = () => {}

    constructor(options: EndpointOptions) {
        const { server, path, maxFrame, compression, duplicate, clock, pingInterval, log, idWithin } = options
        this.#options = options
        this.#registry = new PeerRegistry(duplicate, new FlapDetector(clock, log))
        this.#listeners = new Listeners(log)
        this.#watchers = new Listeners(log)
        this.#admissions = new Admissions(clock, (trouble) => this.fail(trouble))
        const perMessageDeflate = compression && DEFLATE
        const limits = { maxPayload: maxFrame, maxFragments: 1024, closeTimeout: CLOSE_TIMEOUT, perMessageDeflate }
        const handleProtocols = () => this.#subprotocol
        // One frame of each peer in a turn of the event loop: a peer that sends very much would keep all others waiting.
        const manner = { noServer: true, clientTracking: false, allowSynchronousEvents: false, WebSocket: Answering }
        this.#sockets = new WebSocketServer({ ...manner, ...limits, handleProtocols })
        const expiring = (peer: WsPeer, at: number) => this.#listeners.tell((listener) => listener.expiring?.(peer, at))
        this.#deadlines = new Deadlines({ clock, idWithin, expiring, log })
        this.#leavePath = takePath(server, path, (request, socket, head) => void this.#handshake(request, socket, head), clock)
        this.#heartbeat = new Heartbeat(this.#peers, clock, pingInterval)
    }

    get peers(): ReadonlyMap<string, Peer> {
        return this.#peers
    }

    get state(): EndpointState {
        return { connected: this.#peers.size, unreadable: this.#unreadable, trouble: this.#trouble }
    }

    find(address: Address): readonly Peer[] {
        return this.#registry.find(address)
    }

    resolve(address: Address): Address {
        return this.#registry.resolve(address)
    }

    identify(peer: Peer, id: string, greeting?: string): void {
        const own = this.#peers.get(peer.connection)
        if (!own?.open) return
        const isNew = own.id !== id
        if (isNew && !this.#registry.register(own, id)) return
        this.#deadlines.identified(own)
        if (greeting !== undefined) own.send(greeting)
        if (isNew) this.#listeners.tell((listener) => listener.identified?.(own))
    }

    verify(peer: Peer, check: () => Admission | Promise<Admission>): Identity | Promise<Identity> {
        const own = peer as WsPeer
        const admit = (admission: Admission) => {
            this.#registry.admit(own, admission.identity)
            if (own.open) this.#deadlines.admitted(own, admission)
            return own.identity
        }
        const checked = this.#admissions.run(check, 'the check of the token')
        return checked instanceof Promise ? checked.then(admit) : admit(checked)
    }

    countUnreadable(): void {
        this.#unreadable++
        this.#changed()
    }

    listen(listener: EndpointListener, signal: AbortSignal): void {
        this.#listeners.add(listener, signal)
    }

    onState(run: () => void, signal: AbortSignal): void {
        this.#watchers.add(run, signal)
    }

    /** Sets the reason why peers cannot connect, or undefined once that is over. */
    fail(trouble: string | undefined): void {
        if (trouble === this.#trouble) return
        this.#trouble = trouble
        this.#changed()
    }

    broadcast(peers: Iterable<Peer>, frame: string): number {
        const bytes = textFrame(frame)
        let count = 0
        for (const { connection } of peers) {
            const peer = this.#peers.get(connection)
            if (!peer || peer.full) continue
            peer.queue(bytes)
            count++
        }
        return count
    }

    async close(code = RESTARTING): Promise<void> {
        if (this.#closing.signal.aborted) return
        const closing = new Refusal(503, 'CLOSING', 'the endpoint is being closed')
        this.#closing.abort(closing)
        this.#leavePath(code === RESTARTING)
        this.#admissions.refuse(closing)
        this.#heartbeat.end()
        this.#deadlines.clear()
        if (this.#peers.size === 0) return
        const emptied = new Promise<void>((resolve) => {
            this.#emptied = resolve
        })
        for (const peer of this.#peers.values()) peer.close(code, code === RESTARTING ? 'restarting' : 'closed')
        const cancel = this.#options.clock.after(SHUTDOWN_TIMEOUT, () => {
            for (const peer of this.#peers.values()) peer.terminate()
        })
        await emptied
        cancel()
    }

    async #handshake(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
        socket.on('error', destroySocket)
        try {
            await this.#options.ready
            this.#closing.signal.throwIfAborted()
            const subprotocol = this.#check(request)
            const admission = await this.#admissions.handshake(() => this.#options.authenticate(request))
            this.#closing.signal.throwIfAborted()
            // Others may have connected during the authentication.
            this.#checkRoom()
            if (socket.destroyed || this.#isTaken(socket)) return
            this.#subprotocol = subprotocol
            this.#sockets.handleUpgrade(request, socket, head, (opened) => {
                socket.off('error', destroySocket)
                this.#open(opened as Answering, socket, request, admission)
            })
        } catch (error) {
            if (this.#isTaken(socket)) return
            if (!(error instanceof Refusal)) this.#options.log(`a handshake failed: ${error}`)
            refuseHandshake(socket, error instanceof Refusal ? error : new Refusal(500, 'FAILED', 'the handshake failed'))
        }
    }

    /** Whether another listener of the server has answered the request: a second answer would break the connection. */
    #isTaken(socket: Duplex): boolean {
        const { bytesWritten } = socket as Socket
        const isTaken = bytesWritten > 0 && socket.listenerCount('data') > 0
        if (isTaken) this.fail(`${this.#options.path} is the path of something else, too`)
        return isTaken
    }

    /** The checks before authentication. @returns the subprotocol */
    #check(request: IncomingMessage): string | false {
        const { isAllowedOrigin, subprotocols } = this.#options
        if (!isAllowedOrigin(request)) throw new Refusal(403, 'FOREIGN_ORIGIN', 'pages of this origin may not connect')
        this.#checkRoom()
        this.#admissions.checkRoom()
        return agreeSubprotocol(request, subprotocols)
    }

    #checkRoom(): void {
        if (this.#peers.size >= this.#options.maxConnections) throw new Refusal(503, 'FULL', 'too many are connected')
    }

    #open(socket: Answering, stream: Duplex, request: IncomingMessage, admission: Admission): void {
        const { newId, rate, clock, idInAddress, badFrame } = this.#options
        const highWater = untakenShare(this.#options.highWater, this.#peers.size + 1)
        const own = { connection: newId(), identity: admission.identity, request, socket, stream, now: clock.monotonic() }
        const peer = new WsPeer({ ...own, outbound: this.#outbound, highWater, rate, failed: this.#failed })
        this.#hear(socket, peer, badFrame)
        const claimed = idInAddress ? queryOf(request).get('id') : null
        if (!this.#enter(peer, peer.identity.id ?? claimed ?? undefined)) return
        this.#peers.set(peer.connection, peer)
        this.#deadlines.admitted(peer, admission)
        this.#deadlines.connected(peer)
        this.#listeners.tell((listener) => listener.connected?.(peer))
        this.#changed()
    }

    #enter(peer: WsPeer, id: string | undefined): boolean {
        try {
            return id === undefined || this.#registry.register(peer, id)
        } catch (error) {
            peer.close(1008, (error as Error).message)
            return false
        }
    }

    #allow(peer: WsPeer): boolean {
        if (!peer.open) return false
        const isAllowed = peer.bucket.take(this.#options.clock.monotonic())
        if (!isAllowed) peer.closeUnread(1008, 'too many frames')
        return isAllowed
    }

    #receive(peer: WsPeer, data: Buffer, isBinary: boolean): void {
        if (!this.#allow(peer)) return
        peer.unanswered = 0
        const text = !isBinary ? data.toString() : this.#options.badFrame === undefined ? textOf(data) : undefined
        if (text === undefined) peer.close(1007, 'not UTF-8')
        else this.#listeners.tell((listener) => listener.frame?.(peer, text))
    }

    #leave(peer: WsPeer, theirs: number, told: Buffer): void {
        // One that was not let in has not been told of.
        if (!this.#peers.delete(peer.connection)) return
        const { code, reason } = theirs === ABNORMAL && peer.ending ? peer.ending : { code: theirs, reason: told.toString() }
        this.#registry.unregister(peer)
        this.#deadlines.left(peer)
        this.#listeners.tell((listener) => listener.disconnected?.(peer, code, reason))
        this.#changed()
        if (this.#peers.size === 0) this.#emptied()
    }

    readonly #failed = (error: unknown): void => this.#options.log(`a listener failed: ${error}`)

    #changed(): void {
        this.#watchers.tell((run) => run())
    }
}
