import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Aedes } from 'aedes'

export interface EmbeddedBroker {
    readonly port: number
    readonly url: string
    /** How many clients are connected. */
    readonly connectionCount: number
    /** Cuts every connection without a word, as a failing network does. */
    kickAll(): void
    close(): Promise<void>
}

/**
 * A real MQTT 3.1.1 broker in this process, for trying flows without installing one. It keeps nothing when it is closed.
 * @param port 0 means any that is free
 */
export async function startBroker(port = 1883, host = '127.0.0.1'): Promise<EmbeddedBroker> {
    const aedes = await Aedes.createBroker()
    const end = () => new Promise<void>((resolve) => aedes.close(resolve))
    aedes.on('client', (client) => Reflect.set(client, 'duplicates', forgetful()))
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
        sockets.add(socket)
        socket.setNoDelay(true)
        socket.once('close', () => sockets.delete(socket))
        aedes.handle(socket)
    })
    try {
        await once(server.listen(port, host), 'listening')
    } catch (error) {
        // Its timers would keep the process alive.
        await end()
        throw error
    }
    const kickAll = () => {
        for (const socket of sockets) socket.destroy()
    }
    const actual = portOf(server)
    return {
        port: actual,
        url: `mqtt://${host}:${actual}`,
        get connectionCount() {
            return sockets.size
        },
        kickAll,
        async close() {
            const closed = once(server, 'close')
            server.close()
            kickAll()
            await Promise.all([closed, end()])
        },
    }
}

/**
 * Aedes takes a message for a copy when a later one has overtaken it, and drops it; retained ones are overtaken often, for keeping them
 * takes a moment. Without that memory nothing is lost, and overlapping subscriptions get copies, as from other brokers.
 */
const forgetful = () => new Proxy({}, { get: () => undefined, set: () => true })

function portOf(server: Server): number {
    const address: AddressInfo | string | null = server.address()
    return typeof address === 'object' && address ? address.port : 0
}
