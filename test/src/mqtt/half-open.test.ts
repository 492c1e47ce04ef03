import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { connectBroker } from '../../../src/mqtt/index.ts'
import { startAedes, type TestBroker } from '../../support/broker.ts'
import { stopwatch } from '../../support/stopwatch.ts'

/** Passes everything on, until it passes nothing any more without saying so. */
async function startProxy(port: number) {
    const sockets: Socket[] = []
    const server = createServer((near) => {
        const far = connect(port, '127.0.0.1')
        sockets.push(
            near.on('error', () => {}),
            far.on('error', () => {}),
        )
        near.pipe(far).pipe(near)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return {
        port: (server.address() as AddressInfo).port,
        freeze() {
            for (const socket of sockets) socket.unpipe().pause()
        },
        async close() {
            for (const socket of sockets) socket.destroy()
            server.close()
            await once(server, 'close')
        },
    }
}

describe('a connection to a broker behind something that stops passing', () => {
    let server: TestBroker
    before(async () => {
        server = await startAedes()
    })
    after(() => server.close())

    it('is found dead within one and a half times the keepalive, however much is sent, and made anew', async () => {
        const proxy = await startProxy(server.port)
        const ending = new AbortController()
        const options = { protocol: 'mqtt', host: '127.0.0.1', path: '', clientId: '', version: '3.1.1' } as const
        const broker = connectBroker({ ...options, port: proxy.port, further: { keepalive: 1 }, log: () => {} })
        const reaches = (wanted: string) =>
            new Promise<string | undefined>((resolve) => {
                if (broker.state === wanted) resolve(broker.reason)
                else broker.onState((state, reason) => state === wanted && resolve(reason), ending.signal)
            })
        broker.subscribe(['a'], () => {}, ending.signal)
        await reaches('connected')
        proxy.freeze()
        const took = stopwatch()
        const sending = setInterval(() => broker.state === 'connected' && broker.publish('a', 'x', true), 20)
        const reason = await reaches('disconnected')
        clearInterval(sending)
        const silent = took()
        assert.ok(silent < 4000, `${silent} ms`)
        assert.match(reason ?? '', /stopped answering/)
        await reaches('connected')
        ending.abort()
        await broker.close()
        await proxy.close()
    })
})
