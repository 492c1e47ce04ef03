import assert from 'node:assert/strict'
import { WebSocket } from 'ws'
import { Refusal } from '../../../src/lib/index.ts'
import { closing, heard, Port } from '../../support/endpoint.ts'

describe('an endpoint and its peers', () => {
    let port: Port

    beforeEach(async () => {
        port = await Port.open()
    })
    afterEach(() => port.close())

    describe('with its peers', () => {
        it('tells who comes, what they say and how they go', async () => {
            const endpoint = port.endpoint()
            const client = await port.connect()
            const [{ peer }] = await port.hears('connected')
            assert.equal(endpoint.peers.get(peer.connection), peer)
            assert.deepEqual([peer.remote, peer.id, endpoint.state.connected], ['127.0.0.1', undefined, 1])
            client.send('hello')
            client.send(Buffer.from('bytes'))
            assert.deepEqual(
                (await port.hears('frame', 2)).map(({ text }) => text),
                ['hello', 'bytes'],
            )
            client.close(4000, 'bye')
            const [{ code, reason }] = await port.hears('disconnected')
            assert.deepEqual([code, reason, endpoint.peers.size], [4000, 'bye', 0])
        })

        it('resets a connection, so that nothing arrives any more that was on its way', async () => {
            port.endpoint({ highWater: 100_000_000 })
            const client = await port.connect()
            let received = 0
            client.on('message', (data: Buffer) => {
                received += data.length
            })
            const [{ peer }] = await port.hears('connected')
            client.pause()
            const frame = 'x'.repeat(100_000)
            // More than the kernel takes.
            while (peer.buffered < 5_000_000) {
                assert.ok(peer.send(frame))
                await new Promise(setImmediate)
            }
            peer.reset(4408, 'too late')
            const [{ code, reason }] = await port.hears('disconnected')
            const sent = received
            client.resume()
            client.on('error', () => {})
            assert.equal((await closing(client))[0], 1006)
            assert.deepEqual([code, reason, sent], [4408, 'too late', 0])
            assert.ok(received < 5_000_000, `${received} bytes arrived`)
        })

        it('sends frames of every size', async () => {
            port.endpoint({ highWater: 10_000_000 })
            const client = await port.connect()
            const [{ peer }] = await port.hears('connected')
            for (const size of [0, 1, 125, 126, 127, 65_535, 65_536, 300_000]) {
                const text = 'é'.repeat(Math.floor(size / 2)) + 'x'.repeat(size % 2)
                const got = heard(client)
                assert.ok(peer.send(text))
                assert.equal(await got, text)
            }
            client.terminate()
        })

        it('writes the frames of a turn at once, to each in order', async () => {
            const endpoint = port.endpoint()
            const clients = await Promise.all([port.connect(), port.connect()])
            const peers = (await port.hears('connected', 2)).map(({ peer }) => peer)
            const writes = peers.map((peer) => {
                const socket = peer.request.socket
                const [before, write] = [socket.write, { count: 0 }]
                socket.write = function (this: unknown, ...args: unknown[]) {
                    write.count++
                    return Reflect.apply(before, socket, args)
                } as never
                return write
            })
            const got = clients.map(
                (client) =>
                    new Promise<string[]>((resolve) => {
                        const texts: string[] = []
                        client.on('message', (data) => texts.push(String(data)) === 3 && resolve(texts))
                    }),
            )
            peers[0]!.send('own')
            assert.equal(endpoint.broadcast(peers, 'a'), 2)
            assert.equal(endpoint.broadcast(peers, 'b'), 2)
            peers[1]!.send('own')
            assert.deepEqual(await Promise.all(got), [
                ['own', 'a', 'b'],
                ['a', 'b', 'own'],
            ])
            assert.deepEqual(writes, [{ count: 1 }, { count: 1 }])
            for (const client of clients) client.terminate()
        })

        it('sends what was sent before a close before it', async () => {
            port.endpoint()
            const client = await port.connect()
            const [{ peer }] = await port.hears('connected')
            const got = heard(client)
            const closed = closing(client)
            peer.send('last words')
            peer.close(4001, 'é'.repeat(100))
            assert.equal(peer.send('too late'), false)
            assert.equal(await got, 'last words')
            const [code, reason] = await closed
            assert.equal(code, 4001)
            assert.match(reason, /^é{61}/)
        })

        it('knows when a peer has received what was sent', async () => {
            port.endpoint()
            const client = await port.connect()
            const [{ peer }] = await port.hears('connected')
            let received = 0
            client.on('message', () => received++)
            peer.send('a')
            peer.send('b')
            await new Promise<void>((resolve) => peer.onReceived(resolve))
            assert.equal(received, 2)
            client.pause()
            let isConfirmed = false
            peer.send('c')
            peer.onReceived(() => {
                isConfirmed = true
            })
            client.terminate()
            await port.hears('disconnected')
            assert.equal(isConfirmed, false)
        })

        it('one listener that throws keeps none of the others from hearing', async () => {
            const endpoint = port.endpoint()
            const second: string[] = []
            const signal = new AbortController().signal
            endpoint.listen({ frame: () => assert.fail('broken') }, signal)
            endpoint.listen({ frame: (_peer, text) => second.push(text) }, signal)
            const client = await port.connect()
            client.send('x')
            await port.hears('frame')
            assert.deepEqual(second, ['x'])
            assert.match(port.logged[0]!, /a listener failed.*broken/)
            client.terminate()
        })

        it('one that throws when its peer has received something, or has room, keeps none of the others waiting', async () => {
            port.endpoint()
            const client = await port.connect()
            const [{ peer }] = await port.hears('connected')
            for (const wait of ['onReceived', 'onDrain'] as const) {
                peer.send('a')
                peer[wait](() => assert.fail(`broken ${wait}`))
                await new Promise<void>((resolve) => peer[wait](resolve))
            }
            assert.deepEqual([port.logged.length, peer.open], [2, true])
            for (const text of port.logged) assert.match(text, /a listener failed.*broken/)
            client.terminate()
        })
    })

    describe('knows its peers by their ids', () => {
        it('from their address', async () => {
            const endpoint = port.endpoint()
            const client = await port.connect('/devices?id=pump%201')
            assert.equal(endpoint.find({ id: 'pump 1' }).length, 1)
            client.close()
            await port.hears('disconnected')
            assert.deepEqual(endpoint.find({ id: 'pump 1' }), [])
        })

        for (const id of ['%00', 'a%0Ab', 'x'.repeat(300), '%20'])
            it(`but not if that is ${id.slice(0, 10)}`, async () => {
                const endpoint = port.endpoint()
                const client = port.client(`/devices?id=${id}`)
                assert.equal((await closing(client))[0], 1008)
                assert.equal(endpoint.peers.size, 0)
                assert.equal(port.told.length, 0)
            })

        it('and takes a name of JavaScript for an id like any other', async () => {
            const endpoint = port.endpoint()
            assert.deepEqual(endpoint.find({ id: '__proto__' }), [])
            const client = await port.connect('/devices?id=__proto__')
            assert.equal(endpoint.find({ id: '__proto__' }).length, 1)
            assert.deepEqual(endpoint.find({ id: 'constructor' }), [])
            client.terminate()
        })

        it('closing the old connection when a new one comes', async () => {
            const endpoint = port.endpoint({ duplicate: 'close-old' })
            const first = await port.connect('/devices?id=a')
            const closed = closing(first)
            const second = await port.connect('/devices?id=a')
            assert.deepEqual(await closed, [1000, 'replaced'])
            await port.hears('disconnected')
            assert.equal(endpoint.find({ id: 'a' }).length, 1)
            assert.equal(endpoint.find({ id: 'a' })[0], (await port.hears('connected', 2))[1]!.peer)
            second.terminate()
        })

        it('refusing the new one', async () => {
            const endpoint = port.endpoint({ duplicate: 'refuse-new' })
            const first = await port.connect('/devices?id=a')
            const second = port.client('/devices?id=a')
            assert.deepEqual(await closing(second), [4409, 'already connected'])
            assert.deepEqual([endpoint.find({ id: 'a' }).length, first.readyState], [1, WebSocket.OPEN])
            assert.equal((await port.hears('connected')).length, 1)
            first.terminate()
        })

        it('keeping both', async () => {
            const endpoint = port.endpoint({ duplicate: 'keep-both' })
            const first = await port.connect('/devices?id=a')
            const second = await port.connect('/devices?id=a')
            assert.deepEqual(
                endpoint.find({ id: 'a' }),
                (await port.hears('connected', 2)).map(({ peer }) => peer),
            )
            first.terminate()
            await port.hears('disconnected')
            assert.equal(endpoint.find({ id: 'a' }).length, 1)
            second.terminate()
        })

        it('as their protocol tells, also anew', async () => {
            const endpoint = port.endpoint()
            const client = await port.connect()
            const [{ peer }] = await port.hears('connected')
            endpoint.identify(peer, 'a')
            endpoint.identify(peer, 'a')
            endpoint.identify(peer, 'b')
            assert.deepEqual([endpoint.find({ id: 'a' }), endpoint.find({ id: 'b' })], [[], [peer]])
            assert.equal((await port.hears('identified')).length, 2)
            assert.throws(() => endpoint.identify(peer, 'x\0'), { status: 422 })
            client.terminate()
        })

        it('but never as somebody that they were not authenticated as', async () => {
            const endpoint = port.endpoint({ authenticate: () => ({ identity: { id: 'a' } }) })
            const client = await port.connect('/devices?id=b')
            const [{ peer }] = await port.hears('connected')
            assert.equal(peer.id, 'a')
            assert.throws(
                () => endpoint.identify(peer, 'b'),
                (error: unknown) => error instanceof Refusal && error.code === 'FOREIGN_ID',
            )
            client.terminate()
        })
    })
})
