import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { EventStream, Feed, PeerSink, ReplayBuffer } from '../../../src/feed/index.ts'
import { systemClock } from '../../../src/lib/index.ts'
import { Port } from '../../support/endpoint.ts'
import { EventClient } from '../../support/event-client.ts'

const make = () => {
    const buffer = new ReplayBuffer('e', { most: 10_000, mostBytes: 100_000_000 })
    return new Feed({ buffer, mostReaders: 1000, clock: systemClock })
}
const tick = () => new Promise((resolve) => setImmediate(resolve))
/** About 1 kB, and 10. */
const text = 'x'.repeat(1000)
const longText = 'x'.repeat(10_000)

describe('server-sent events', () => {
    let server: Server
    let feed: Feed
    const responses: ServerResponse[] = []
    beforeEach(async () => {
        feed = make()
        responses.length = 0
        server = createServer((request: IncomingMessage, response) => {
            responses.push(response)
            feed.open(new EventStream(response, 1234), request.headers['last-event-id'] as string | undefined, '{"payload":1}')
        })
        await once(server.listen(0, '127.0.0.1'), 'listening')
    })
    afterEach(async () => {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
    })
    const port = () => (server.address() as AddressInfo).port
    const url = () => `http://127.0.0.1:${port()}/`
    const raw = async (): Promise<Socket> => {
        const socket = connect(port(), '127.0.0.1')
        socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
        await once(server, 'request')
        return socket
    }

    it('come at once, with what keeps proxies from holding them back', async () => {
        const client = await EventClient.open(url())
        await client.first(({ event }) => event === 'ready')
        assert.deepEqual(client.names(), ['state', 'ready'])
        feed.publish('on', JSON.stringify({ text: 'a\nb\r\u2028é' }))
        const { id, data } = await client.first(({ event }) => event === 'on')
        assert.deepEqual([id, data], ['e-1', { text: 'a\nb\r\u2028é' }])
        assert.equal(client.retry, 1234)
        assert.match(client.headers.get('content-type')!, /^text\/event-stream/)
        assert.match(client.headers.get('cache-control')!, /no-cache.*no-transform/)
        assert.equal(client.headers.get('x-accel-buffering'), 'no')
        client.leave()
        await once(responses[0]!, 'close')
        assert.equal(feed.readers, 0)
    })

    it('keep little in memory for one that takes nothing, and are told it when it does', async () => {
        const socket = await raw()
        socket.pause()
        let most = 0
        for (let n = 1; n <= 3000; n++) {
            feed.publish('reading', JSON.stringify({ n, text: longText }), 'a')
            await tick()
            most = Math.max(most, responses[0]!.writableLength)
        }
        assert.ok(responses[0]!.writableNeedDrain, 'it is slow')
        assert.ok(most < 200_000, `${most} bytes`)
        let got = ''
        socket.setEncoding('utf8').on('data', (data) => {
            got += data
        })
        socket.resume()
        while (!got.includes('"n":3000,')) await once(socket, 'data')
        const numbers = [...got.matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n))
        assert.ok(numbers.length < 2000, `${numbers.length} of 3000`)
        assert.deepEqual(
            numbers,
            numbers.toSorted((a, b) => a - b),
        )
        socket.destroy()
    })

    it('end whole for one who keeps up, and by a cut for one who does not', async () => {
        const client = await EventClient.open(url())
        const socket = await raw()
        socket.pause()
        while (!responses[1]!.writableNeedDrain) {
            feed.publish('on', JSON.stringify({ text: longText }))
            await tick()
        }
        feed.publish('off', '{}')
        feed.close()
        await client.until(() => client.isOver)
        assert.equal(client.names().at(-1), 'off')
        if (!responses[1]!.closed) await once(responses[1]!, 'close')
        assert.equal(feed.readers, 0)
        // Nothing comes of what is written to those who are gone.
        feed.publish('on', '{}')
        await tick()
        socket.destroy()
    })

    it('do no harm to one who left before', async () => {
        server.removeAllListeners('request')
        const answered = once(server, 'request')
        const socket = connect(port(), '127.0.0.1')
        socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
        const [, response] = (await answered) as [IncomingMessage, ServerResponse]
        socket.destroy()
        await once(response, 'close')
        feed.open(new EventStream(response, 1), undefined, undefined)
        feed.publish('on', '{}')
        await tick()
        assert.equal(feed.readers, 0)
    })
})

describe('a feed over WebSockets', () => {
    let port: Port
    let feed: Feed
    beforeEach(async () => {
        feed = make()
        port = await Port.open()
    })
    afterEach(() => port.close())

    const reader = async (lastId?: string) => {
        const endpoint = port.endpoint()
        const client = await port.connect()
        const frames: any[] = []
        client.on('message', (data) => frames.push(JSON.parse(String(data))))
        const [{ peer }] = await port.hears('connected')
        feed.open(new PeerSink(endpoint, peer), lastId, '{"payload":1}')
        return { endpoint, client, frames, peer }
    }
    const until = async (client: WebSocket, holds: () => boolean) => {
        while (!holds()) await once(client, 'message')
    }

    it('tells the same as server-sent events', async () => {
        const { client, frames } = await reader()
        await until(client, () => frames.length === 2)
        feed.publish('on', '{"topic":"t","payload":{"n":1}}')
        feed.publish('off', '{}')
        await until(client, () => frames.length === 4)
        assert.deepEqual(frames, [
            { event: 'state', payload: 1 },
            { id: 'e-0', event: 'ready', resumed: false },
            { id: 'e-1', event: 'on', topic: 't', payload: { n: 1 } },
            { id: 'e-2', event: 'off' },
        ])
        client.close()
        await port.hears('disconnected')
        assert.equal(feed.readers, 0)
    })

    it('keeps little in memory for one that takes nothing, and tells it the latest when it does', async () => {
        const { client, frames, peer } = await reader()
        await until(client, () => frames.length === 2)
        client.pause()
        let most = 0
        for (let n = 1; n <= 5000; n++) {
            feed.publish(n % 1000 === 0 ? 'on' : 'reading', JSON.stringify({ n, text }), n % 1000 === 0 ? undefined : 'a')
            if (n % 10 === 0) await tick()
            most = Math.max(most, peer.buffered)
        }
        assert.ok(most < 200_000, `${most} bytes`)
        const before = frames.length
        client.resume()
        await until(client, () => frames.at(-1).n === 5000)
        const events = frames.filter(({ event }) => event === 'on').map(({ n }) => n)
        assert.deepEqual(events, [1000, 2000, 3000, 4000, 5000])
        assert.ok(frames.length < 500, `${frames.length}`)
        assert.ok(before < 200, `${before}`)
        client.close()
    })

    it('has its readers come back', async () => {
        const { client } = await reader()
        const closed = once(client, 'close')
        feed.close()
        assert.equal((await closed)[0], 1012)
        await port.hears('disconnected')
        assert.equal(feed.readers, 0)
    })
})
