import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type ClientOptions, WebSocket } from 'ws'
import { systemClock } from '../../src/lib/index.ts'
import { anyone, originRule, type Peer, WsEndpoint } from '../../src/ws/index.ts'
import type { EndpointOptions } from '../../src/ws/ws-endpoint.ts'

/** What an endpoint told of its peers. */
export type Told =
    | { kind: 'connected'; peer: Peer }
    | { kind: 'identified'; peer: Peer }
    | { kind: 'frame'; peer: Peer; text: string }
    | { kind: 'disconnected'; peer: Peer; code: number; reason: string }

type Some<T> = [T, ...T[]]

/** An HTTP server with endpoints on it, and clients of the `ws` package and without. */
export class Port {
    readonly server: Server
    readonly told: Told[] = []
    readonly logged: string[] = []
    readonly #endpoints = new Set<WsEndpoint>()
    readonly #ears = new Set<() => void>()

    /** The server's ends of its connections. */
    readonly sockets = new Set<Socket>()

    private constructor(server: Server) {
        this.server = server
        server.on('connection', (socket) => {
            this.sockets.add(socket)
            socket.on('close', () => this.sockets.delete(socket))
        })
    }

    static async open(server = createServer((_request, response) => response.end('hello'))): Promise<Port> {
        server.listen(0, '127.0.0.1')
        await once(server, 'listening')
        return new Port(server)
    }

    get port(): number {
        return (this.server.address() as AddressInfo).port
    }

    endpoint(options: Partial<EndpointOptions> = {}): WsEndpoint {
        const endpoint = new WsEndpoint({
            server: this.server,
            path: '/devices',
            subprotocols: { names: [], required: false },
            authenticate: anyone,
            idInAddress: true,
            isAllowedOrigin: originRule(''),
            ...{ maxFrame: 65_536, rate: 0, maxConnections: 10_000, pingInterval: 25_000, highWater: 1_048_576 },
            compression: false,
            duplicate: 'close-old',
            clock: systemClock,
            newId: randomUUID,
            log: (text) => this.logged.push(text),
            ...options,
        })
        this.#endpoints.add(endpoint)
        const tell = (told: Told) => {
            this.told.push(told)
            for (const ear of this.#ears) ear()
        }
        endpoint.listen(
            {
                connected: (peer) => tell({ kind: 'connected', peer }),
                identified: (peer) => tell({ kind: 'identified', peer }),
                frame: (peer, text) => tell({ kind: 'frame', peer, text }),
                disconnected: (peer, code, reason) => tell({ kind: 'disconnected', peer, code, reason }),
            },
            new AbortController().signal,
        )
        return endpoint
    }

    /** Resolves with what was told of that kind once there is so much of it. */
    async hears<K extends Told['kind']>(kind: K, count = 1): Promise<Some<Extract<Told, { kind: K }>>> {
        const found = () => this.told.filter((told) => told.kind === kind) as Some<Extract<Told, { kind: K }>>
        while (found().length < count)
            await new Promise<void>((resolve) => {
                const ear = () => {
                    this.#ears.delete(ear)
                    resolve()
                }
                this.#ears.add(ear)
            })
        return found()
    }

    /** A client that may or may not get in. */
    client(path = '/devices', options: ClientOptions = {}, subprotocols: string[] = []): WebSocket {
        return new WebSocket(`ws://127.0.0.1:${this.port}${path}`, subprotocols, options)
    }

    /** A client that is in. */
    async connect(path = '/devices', options: ClientOptions = {}, subprotocols: string[] = []): Promise<WebSocket> {
        const client = this.client(path, options, subprotocols)
        await once(client, 'open')
        return client
    }

    /** Status and body that a handshake is refused with; 101 if it is not. */
    refusal(path = '/devices', options: ClientOptions = {}, subprotocols: string[] = []): Promise<{ status: number; body: string }> {
        const client = this.client(path, options, subprotocols)
        return new Promise((resolve, reject) => {
            client.on('open', () => {
                client.terminate()
                resolve({ status: 101, body: '' })
            })
            client.on('unexpected-response', (_request, response) => {
                let body = ''
                response.on('data', (data) => {
                    body += data
                })
                response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
            })
            client.on('error', reject)
        })
    }

    /** A connection that asks for a handshake. */
    raw(path = '/devices'): Socket {
        const socket = connect(this.port, '127.0.0.1')
        socket.on('error', () => {})
        socket.write(
            `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16, 1).toString('base64')}\r\n\r\n`,
        )
        return socket
    }

    /** A connection after its handshake that answers to nothing. */
    async mute(path = '/devices'): Promise<Socket> {
        const socket = this.raw(path)
        await once(socket, 'readable')
        socket.read()
        return socket
    }

    async close(): Promise<void> {
        for (const endpoint of this.#endpoints) await endpoint.close()
        this.server.closeAllConnections()
        this.server.close()
        await once(this.server, 'close')
    }
}

/** Code and reason of a close. */
export async function closing(client: WebSocket): Promise<[number, string]> {
    const [code, reason] = await once(client, 'close')
    return [code, String(reason)]
}

/** The next text that comes in. */
export async function heard(client: WebSocket): Promise<string> {
    const [data] = await once(client, 'message')
    return String(data)
}
