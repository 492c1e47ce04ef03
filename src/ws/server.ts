import { createServer, type Server } from 'node:http'
import { backoff, type Clock, Refusal } from '../lib/index.ts'
import { drop, turnAway } from './handshake.ts'
import { pathOf, plainPath } from './upgrades.ts'

/** Milliseconds that a client may take to ask for something. */
const PATIENCE = 10_000
/** Connections that have not become WebSockets yet, besides those that have. */
const UNDECIDED = 1000

/** An HTTP server for nothing but one path's WebSockets. It does not listen yet. */
export function ownServer(path: string, mostConnections: number): Server {
    const options = { headersTimeout: PATIENCE, requestTimeout: PATIENCE, connectionsCheckingInterval: 1000 }
    const server = createServer(options, (_request, response) => {
        response.writeHead(426, { Connection: 'close', Upgrade: 'websocket', 'Content-Type': 'text/plain' }).end('WebSockets only')
    })
    server.maxConnections = mostConnections + UNDECIDED
    server.on('upgrade', (request, socket) => {
        if (plainPath(pathOf(request)) === plainPath(path)) return
        socket.on('error', drop)
        turnAway(socket, new Refusal(404, 'NOT_FOUND', 'nothing is here'))
    })
    return server
}

/** The ports that are listened on, besides Node-RED's own. */
const listening = new Set<{ port: number }>()

export const ownPorts = (): number[] => [...listening].map(({ port }) => port)

export interface Listening {
    server: Server
    port: number
    /** The address of this machine to listen at. */
    host: string
    clock: Clock
    /** Told why it does not listen, and `undefined` once it does. */
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
