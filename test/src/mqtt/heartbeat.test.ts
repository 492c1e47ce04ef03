import assert from 'node:assert/strict'
import { connectAsync } from 'mqtt'
import { connectBroker, heartbeat } from '../../../src/mqtt/index.ts'
import { startAedes } from '../../support/broker.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('a heartbeat', () => {
    it('is published once the broker is connected, again and again, and no longer when it ends', async () => {
        const server = await startAedes()
        const listener = await connectAsync(server.url)
        await listener.subscribeAsync('alive')
        const heard: string[] = []
        const next = () =>
            new Promise((resolve) => listener.once('message', (topic, payload) => resolve(heard.push(`${topic}=${payload}`))))
        const options = { protocol: 'mqtt', host: '127.0.0.1', port: server.port, path: '', clientId: '', version: '3.1.1' } as const
        const broker = connectBroker({ ...options, log: () => {} })
        const [clock, ending] = [new FakeClock(), new AbortController()]
        const first = next()
        heartbeat({ broker, topic: 'alive', payload: 'websocket-server', every: 5000, clock, signal: ending.signal })
        await first
        for (let i = 0; i < 2; i++) {
            const beat = next()
            clock.advance(4999)
            await clock.advanceAsync(1)
            await beat
        }
        ending.abort()
        await clock.advanceAsync(60_000)
        const last = next()
        broker.publish('alive', 'last')
        await last
        assert.deepEqual(heard, [...Array(3).fill('alive=websocket-server'), 'alive=last'])
        assert.equal(clock.pending, 0)
        await Promise.all([broker.close(), listener.endAsync()])
        await server.close()
    })
})
