import { createServer, type Server } from 'node:http'
import { backoff, type Clock, Refusal } from '../lib/index.ts'
import { destroySocket, refuseHandshake } from './handshake.ts'
import { pathOf, plainPath } from './upgrades.ts'

/** Milliseconds that a client may take to send its request. */
const REQUEST_TIMEOUT = 10_000
/** Connections that are no WebSockets yet, in addition to those that are. */
const MAX_PENDING = 1000

/** Makes an HTTP server for the WebSockets of one path. It does not listen yet. */
export function ownServer(path: string, mostConnections: number): Server {
    const options = { headersTimeout: REQUEST_TIMEOUT, requestTimeout: REQUEST_TIMEOUT, connectionsCheckingInterval: 1000 }
    const server = createServer(options, (_request, response) => {
        response.writeHead(426, { Connection: 'close', Upgrade: 'websocket', 'Content-Type': 'text/plain' }).end('WebSockets only')
    })
    server.maxConnections = mostConnections + MAX_PENDING
    server.on('upgrade', (request, socket) => {
        if (plainPath(pathOf(request)) === plainPath(path)) return
        socket.on('error', destroySocket)
        refuseHandshake(socket, new Refusal(404, 'NOT_FOUND', 'nothing is here'))
    })
    return server
}

/** The ports of endpoints that have their own. */
const listening = new Set<{ port: number }>()

export const ownPorts = (): number[] => [...listening].map(({ port }) => port)

interface Listening {
    server: Server
    port: number
    /** The address of this machine to listen at. */
    host: string
    clock: Clock
    /** Is told why it does not listen, and `undefined` once it does. */
    changed: (trouble: string | undefined) => void
    signal: AbortSignal
}

/** Has a server listen until the signal aborts; tries again for as long as it cannot. */
export function keepListening({ server, port, host, clock, changed, signal }: Listening): void {
    const entry = { port }
    listening.add(entry)
    let tries = 0
    let cancel = () => {}
    server.on('listening', () => changed(undefined))
    server.on('error', (error: NodeJS.ErrnoException) => {
        changed(error.code === 'EADDRINUSE' ? `port ${port} is in use` : error.message)
        if (!server.listening && !signal.aborted) cancel = clock.after(backoff(++tries), () => server.listen(port, host))
    })
    signal.addEventListener('abort', () => {
        cancel()
        listening.delete(entry)
        server.close()
    })
    server.listen(port, host)
}
