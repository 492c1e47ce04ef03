import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP proxy that may stop to pass bytes on, as one does whose network is gone: nobody is told that a connection ended. */
export class StallingProxy {
    readonly #server: Server
    readonly #sockets = new Set<Socket>()
    /** Its connections to the server. */
    readonly #targets: Socket[] = []
    #isStalled = false

    /** @param port of this machine, to which it passes everything */
    static async open(port: number): Promise<StallingProxy> {
        const server = createServer({ allowHalfOpen: true })
        const proxy = new StallingProxy(server, port)
        server.listen(0, '127.0.0.1')
        await once(server, 'listening')
        return proxy
    }

    private constructor(server: Server, port: number) {
        this.#server = server
        server.on('connection', (client) => {
            this.#keep(client)
            if (this.#isStalled) return
            const target = this.#keep(connect(port, '127.0.0.1'))
            this.#targets.push(target)
            client.pipe(target)
            target.pipe(client)
        })
    }

    get port(): number {
        return (this.#server.address() as AddressInfo).port
    }

    /** Nothing passes from now on. New connections are made, and hang. */
    stall(): void {
        this.#isStalled = true
        for (const socket of this.#sockets) socket.unpipe().pause()
    }

    /** Resolves once the server has given up the connections that stalled, of which their clients hear nothing. */
    async givenUp(): Promise<void> {
        const ends = this.#targets.filter(({ closed }) => !closed).map((target) => once(target.resume(), 'close'))
        await Promise.all(ends)
    }

    /** New connections work again; nothing ever comes of the others. */
    resume(): void {
        this.#isStalled = false
    }

    close(): void {
        this.#server.close()
        for (const socket of this.#sockets) socket.destroy()
    }

    #keep(socket: Socket): Socket {
        this.#sockets.add(socket)
        socket.on('error', () => {})
        return socket
    }
}
