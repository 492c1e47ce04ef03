import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { NodeAPI } from 'node-red'
import { type WebSocket, WebSocketServer } from 'ws'
import { servePage } from '../../src/node-red/pages.ts'
import type { ViewAnswer, ViewEvent, ViewRequest, ViewRow } from '../../src/views/view-event.ts'

type Handler = (req: IncomingMessage, res: ServerResponse, next: () => void) => void
type Unnumbered = ViewEvent extends infer E ? (E extends ViewEvent ? Omit<E, 'seq'> : never) : never

/** A server with the observer page and a viewers' endpoint that does what a test tells it, on real connections. */
export class ViewersEndpoint {
    readonly url: string
    /** All that pages have asked for, in the order it came. */
    readonly asked: ViewRequest[] = []
    /** The subprotocols that each connection offered. */
    readonly offers: string[][] = []
    /** What every snapshot tells. */
    rows: ViewRow[] = []
    columns: string[] = []
    /** Fewer than there are, if a page asks for a part. */
    epoch = 'one'
    seq = 1
    /** Instead of a snapshot: what is answered to a page that comes back. */
    resumed: ((request: Extract<ViewRequest, { type: 'resume' }>) => void) | undefined
    /** Lets in only those who say this. */
    token = ''
    readonly #news = new EventEmitter()
    readonly #http: Server
    readonly #sockets: WebSocketServer

    static async open(root = ''): Promise<ViewersEndpoint> {
        const routes = new Map<string, Handler>()
        const RED = { settings: {}, httpNode: { use: (path: string, handler: Handler) => routes.set(root + path, handler) } }
        servePage(RED as unknown as NodeAPI, 'observer')
        const http = createServer((req, res) => {
            const missing = () => res.writeHead(404).end()
            const [path, serve] = [...routes].find(([known]) => req.url?.startsWith(known)) ?? []
            if (!path || !serve) return missing()
            const mounted = Object.assign(req, { originalUrl: req.url, url: req.url?.slice(path.length).replace(/^(?!\/)/, '/') })
            serve(mounted, res, missing)
        })
        http.listen(0, '127.0.0.1')
        await once(http, 'listening')
        return new ViewersEndpoint(http, root)
    }

    constructor(http: Server, root: string) {
        this.#http = http
        this.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}${root}/socketworks/observer/`
        this.#sockets = new WebSocketServer({
            server: http,
            path: `${root}/client/`,
            handleProtocols: (offered) => (offered.has('socketworks.view.1') ? 'socketworks.view.1' : false),
            verifyClient: ({ req }: { req: IncomingMessage }) => {
                const offered = String(req.headers['sec-websocket-protocol']).split(/, ?/)
                this.offers.push(offered)
                return !this.token || offered.includes(`bearer.${this.token}`)
            },
        })
        this.#sockets.on('connection', (socket) => {
            socket.on('message', (data) => this.#hear(socket, JSON.parse(String(data))))
        })
    }

    get connections(): number {
        return this.#sockets.clients.size
    }

    /** Resolves with what a page asks next for, of a kind, also when that came since `asked` was last emptied. */
    async next<T extends ViewRequest['type']>(type: T): Promise<Extract<ViewRequest, { type: T }>> {
        for (;;) {
            const found = this.asked.findIndex((request) => request.type === type)
            if (found >= 0) return this.asked.splice(found, 1)[0] as Extract<ViewRequest, { type: T }>
            await once(this.#news, 'asked', { signal: AbortSignal.timeout(30_000) })
        }
    }

    /** Tells all pages. */
    tell(...events: Unnumbered[]): void {
        for (const event of events) this.say({ ...event, seq: ++this.seq } as ViewEvent)
    }

    /** Tells something as it is. */
    say(frame: ViewEvent | ViewAnswer): void {
        const text = JSON.stringify(frame)
        for (const socket of this.#sockets.clients) socket.send(text)
    }

    snapshot(rows = this.rows, total = rows.length): ViewEvent {
        return { kind: 'snapshot', epoch: this.epoch, seq: this.seq, rows, total, recovered: false, columns: this.columns }
    }

    /** Ends all connections without a word. */
    cut(): void {
        for (const socket of this.#sockets.clients) socket.terminate()
    }

    async close(): Promise<void> {
        this.cut()
        this.#sockets.close()
        this.#http.closeAllConnections()
        this.#http.close()
        await once(this.#http, 'close')
    }

    #hear(socket: WebSocket, request: ViewRequest): void {
        if (request.type === 'ping') return void socket.send(JSON.stringify({ kind: 'pong' } satisfies ViewAnswer))
        this.asked.push(request)
        if (request.type === 'resume' && this.resumed) this.resumed(request)
        else if (request.type === 'view' || request.type === 'resume') {
            const { offset, limit = this.rows.length } = request
            socket.send(JSON.stringify(this.snapshot(this.rows.slice(offset, offset + limit), this.rows.length)))
        }
        this.#news.emit('asked')
    }
}
