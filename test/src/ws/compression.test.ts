import assert from 'node:assert/strict'
import { once } from 'node:events'
import websocket from 'websocket'
import type { WebSocket } from 'ws'
import type { Peer } from '../../../src/ws/index.ts'
import { closing, heard, Port } from '../../support/endpoint.ts'

const MANY = 50_000
const COMPRESSING = { perMessageDeflate: { threshold: 0 } }
const PLAIN = { perMessageDeflate: false }

describe('an endpoint that may compress', () => {
    let port: Port

    beforeEach(async () => {
        port = await Port.open()
    })
    afterEach(() => port.close())

    /** A client and who it is to the endpoint. */
    async function connect(options: object, count = 1): Promise<{ client: WebSocket; peer: Peer }> {
        const client = await port.connect('/devices', options)
        return { client, peer: (await port.hears('connected', count))[count - 1]!.peer }
    }

    function texts(client: WebSocket, count: number): Promise<string[]> {
        const got: string[] = []
        return new Promise((resolve) => {
            client.on('message', (data) => got.push(String(data)) === count && resolve(got))
        })
    }

    it('takes and sends compressed frames, in order', async () => {
        port.endpoint({ compression: true })
        const { client, peer } = await connect(COMPRESSING)
        assert.equal(client.extensions, 'permessage-deflate')
        const frames = ['first', 'é'.repeat(MANY / 2), '', 'x'.repeat(2000), 'y'.repeat(200), 'last']
        for (const frame of frames) client.send(frame)
        const said = await port.hears('frame', frames.length)
        assert.deepEqual(
            said.map(({ text }) => text),
            frames,
        )
        const before = peer.request.socket.bytesWritten
        const got = texts(client, frames.length)
        for (const frame of frames) assert.ok(peer.send(frame))
        assert.deepEqual(await got, frames)
        assert.ok(peer.request.socket.bytesWritten - before < 2000, 'it was not compressed')
        client.terminate()
    })

    it('knows what a peer has received, and sends last words before a close', async () => {
        port.endpoint({ compression: true })
        const { client, peer } = await connect(COMPRESSING)
        const got = texts(client, 2)
        const closed = closing(client)
        let received = 0
        client.on('message', () => received++)
        peer.send('x'.repeat(MANY))
        await new Promise<void>((resolve) => peer.onReceived(resolve))
        assert.equal(received, 1)
        peer.send('z'.repeat(MANY))
        peer.close(4001, 'bye')
        assert.equal(peer.send('too late'), false)
        assert.deepEqual(await got, ['x'.repeat(MANY), 'z'.repeat(MANY)])
        assert.deepEqual(await closed, [4001, 'bye'])
    })

    it('counts what is not compressed yet as buffered, and tells when there is room again', async () => {
        port.endpoint({ compression: true, highWater: 100_000 })
        const { client, peer } = await connect(COMPRESSING)
        const got = texts(client, 2)
        assert.ok(peer.send('a'.repeat(MANY)))
        assert.ok(peer.send('b'.repeat(MANY)))
        assert.equal(peer.send('c'), false)
        await new Promise(setImmediate)
        assert.ok(peer.buffered > 0)
        await new Promise<void>((resolve) => peer.onDrain(resolve))
        assert.ok(peer.buffered < MANY)
        assert.deepEqual(
            (await got).map((text) => text[0]),
            ['a', 'b'],
        )
        client.terminate()
    })

    it('tells both those who compress and those who do not, the same in the same order', async () => {
        const endpoint = port.endpoint({ compression: true })
        const { client: one } = await connect(COMPRESSING)
        const { client: other, peer } = await connect(PLAIN, 2)
        assert.deepEqual([one.extensions, other.extensions], ['permessage-deflate', ''])
        other.send('plain')
        assert.equal((await port.hears('frame'))[0].text, 'plain')
        const answered = heard(other)
        peer.send('too')
        assert.equal(await answered, 'too')
        const got = [texts(one, 3), texts(other, 3)]
        const frames = ['a', 'b'.repeat(MANY), 'c']
        for (const frame of frames) assert.equal(endpoint.broadcast(endpoint.peers.values(), frame), 2)
        assert.deepEqual(await Promise.all(got), [frames, frames])
        for (const client of [one, other]) client.terminate()
    })

    it('unpacks no more than a frame may have', async () => {
        port.endpoint({ compression: true, maxFrame: 65_536 })
        const { client } = await connect(COMPRESSING)
        client.on('error', () => {})
        const closed = closing(client)
        client.send(Buffer.alloc(10_000_000))
        assert.equal((await closed)[0], 1009)
        assert.equal((await port.hears('disconnected'))[0].code, 1009)
        assert.equal(port.told.filter(({ kind }) => kind === 'frame').length, 0)
    })

    it('speaks with a client of another make, which knows no compression', async () => {
        port.endpoint({ compression: true })
        const client = new websocket.client()
        const opened = once(client, 'connect')
        client.connect(`ws://127.0.0.1:${port.port}/devices`)
        const [connection] = await opened
        const [{ peer }] = await port.hears('connected')
        connection.sendUTF('x'.repeat(MANY))
        assert.equal((await port.hears('frame'))[0].text, 'x'.repeat(MANY))
        const answered = once(connection, 'message')
        peer.send('y'.repeat(MANY))
        assert.deepEqual(await answered, [{ type: 'utf8', utf8Data: 'y'.repeat(MANY) }])
        connection.drop()
    })

    it('declines unless it was told to', async () => {
        port.endpoint()
        const { client, peer } = await connect(COMPRESSING)
        assert.equal(client.extensions, '')
        const got = heard(client)
        peer.send('x'.repeat(MANY))
        assert.equal(await got, 'x'.repeat(MANY))
        assert.ok(peer.request.socket.bytesWritten > MANY)
        client.terminate()
    })
})
