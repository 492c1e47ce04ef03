import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { smartOsDevice } from '../../src/peers/protocols/smart-os-device.ts'
import { Opened } from '../support/session.ts'

export interface Heard {
    id: string
    kind: string
    sequence: number
    set: Record<string, unknown>
}

/** A server that understands devices as the real one does, and answers OK. */
export class Server {
    readonly heard: Heard[] = []
    readonly authorizations: (string | undefined)[] = []
    readonly sockets = new Map<string, WebSocket>()
    readonly #wss: WebSocketServer
    #more = () => {}

    constructor(port = 0) {
        this.#wss = new WebSocketServer({ port, host: '127.0.0.1', path: '/update/' })
        this.#wss.on('connection', (socket, request) => {
            this.authorizations.push(request.headers.authorization)
            for (const frame of new Opened(smartOsDevice).sent) socket.send(frame)
            socket.on('message', (data) => this.#take(socket, data.toString()))
        })
    }

    static async open(port = 0): Promise<Server> {
        const server = new Server(port)
        await once(server.#wss, 'listening')
        return server
    }

    get port(): number {
        return (this.#wss.address() as AddressInfo).port
    }

    get url(): string {
        return `ws://127.0.0.1:${this.port}/update/`
    }

    of(id: string): Heard[] {
        return this.heard.filter((one) => one.id === id)
    }

    async until(holds: () => boolean): Promise<void> {
        while (!holds())
            await new Promise<void>((resolve) => {
                this.#more = resolve
            })
    }

    async close(): Promise<void> {
        for (const client of this.#wss.clients) client.terminate()
        await new Promise((resolve) => this.#wss.close(resolve))
    }

    #take(socket: WebSocket, text: string): void {
        const opened = new Opened(smartOsDevice)
        const { payload, reply }: { payload: Heard; reply?: unknown } = opened.taken(text)
        this.heard.push(payload)
        this.sockets.set(payload.id, socket)
        socket.send(opened.session.reply(reply, payload.set.battery === 13 ? 422 : 200, {}))
        this.#more()
    }
}
