import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Aedes } from 'aedes'

/** What becomes of a subscription: a broker that says nothing never acknowledges it. */
export type Verdict = 'granted' | 'refused' | 'silence'

export interface PickyBroker {
    readonly port: number
    /** Every filter that was asked for. */
    readonly asked: string[]
    /** Every filter that was given up. */
    readonly left: string[]
    /** Keeps a message under a topic. */
    retain(topic: string, payload: string): Promise<void>
    /** Cuts every connection. */
    cut(): void
    close(): Promise<void>
}

/** A real broker that does not let everybody subscribe to everything. */
export async function startPickyBroker(judge: (filter: string) => Verdict): Promise<PickyBroker> {
    const asked: string[] = []
    const left: string[] = []
    const aedes = await Aedes.createBroker({
        authorizeSubscribe(_client, subscription, callback) {
            asked.push(subscription.topic)
            const verdict = judge(subscription.topic)
            if (verdict !== 'silence') callback(null, verdict === 'granted' ? subscription : null)
        },
    })
    aedes.on('unsubscribe', (filters, client) => client.connected && left.push(...filters))
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
        sockets.add(socket)
        aedes.handle(socket)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return {
        port: (server.address() as AddressInfo).port,
        asked,
        left,
        retain: (topic, payload) =>
            new Promise((resolve, reject) =>
                aedes.publish({ cmd: 'publish', topic, payload, qos: 1, retain: true, dup: false }, (error) =>
                    error ? reject(error) : resolve(),
                ),
            ),
        cut() {
            for (const socket of sockets) socket.destroy()
        },
        async close() {
            const closed = once(server, 'close')
            server.close()
            for (const socket of sockets) socket.destroy()
            await Promise.all([closed, new Promise<void>((resolve) => aedes.close(resolve))])
        },
    }
}
