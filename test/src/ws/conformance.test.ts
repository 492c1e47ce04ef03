import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type OutgoingHttpHeaders, request } from 'node:http'
import { deflateRawSync } from 'node:zlib'
import websocket, { type connection, type IClientConfig } from 'websocket'
import { Port } from '../../support/endpoint.ts'

const { client: Client } = websocket

/** What another implementation of the protocol says to an endpoint, and hears of it. */
describe('an endpoint, to a client of another make', () => {
    let port: Port

    beforeEach(async () => {
        port = await Port.open()
    })
    afterEach(() => port.close())

    async function connect(
        config: IClientConfig = {},
        subprotocols: string[] = [],
        headers: OutgoingHttpHeaders = {},
    ): Promise<connection> {
        const client = new Client(config)
        const opened = once(client, 'connect')
        client.connect(`ws://127.0.0.1:${port.port}/devices`, subprotocols, undefined, headers)
        const [made] = await opened
        return made
    }
    const message = async (from: connection) => (await once(from, 'message'))[0]

    it('speaks text of every length both ways', async () => {
        port.endpoint({ maxFrame: 1_000_000 })
        const client = await connect()
        const [{ peer }] = await port.hears('connected')
        for (const [i, size] of [0, 1, 125, 126, 65_535, 65_536, 200_000].entries()) {
            const text = 'ü'.repeat(size / 2) + 'x'.repeat(size % 2)
            client.sendUTF(text)
            assert.equal((await port.hears('frame', i + 1))[i]!.text, text)
            const answered = message(client)
            peer.send(text)
            assert.deepEqual(await answered, { type: 'utf8', utf8Data: text })
        }
        client.drop()
    })

    it('puts fragments together, with pings in between', async () => {
        port.endpoint()
        const client = await connect({ fragmentOutgoingMessages: true, fragmentationThreshold: 16 })
        client.sendUTF('{"text":"grüße, in many pieces, each smaller than the last one was"}')
        client.ping(Buffer.from('still there?'))
        const pong = once(client, 'pong')
        const [{ text }] = await port.hears('frame')
        assert.equal(JSON.parse(text).text.slice(0, 5), 'grüße')
        assert.equal(String((await pong)[0]), 'still there?')
        client.drop()
    })

    it('takes binary frames for text', async () => {
        port.endpoint()
        const client = await connect()
        client.sendBytes(Buffer.from('{"a":"ö"}'))
        assert.equal((await port.hears('frame'))[0].text, '{"a":"ö"}')
        client.drop()
    })

    it('answers a close with the same code and tells it', async () => {
        port.endpoint()
        for (const code of [1000, 1001, 3000, 4999]) {
            const client = await connect()
            const closed = once(client, 'close')
            client.close(code, 'done')
            assert.deepEqual(await closed, [code, 'done'])
        }
        assert.deepEqual(
            (await port.hears('disconnected', 4)).map(({ code, reason }) => [code, reason]),
            [
                [1000, 'done'],
                [1001, 'done'],
                [3000, 'done'],
                [4999, 'done'],
            ],
        )
    })

    it('closes with a code and a reason', async () => {
        const endpoint = port.endpoint()
        const client = await connect()
        const [{ peer }] = await port.hears('connected')
        const closed = once(client, 'close')
        peer.close(1008, 'go away')
        assert.deepEqual(await closed, [1008, 'go away'])
        const other = await connect()
        const ended = once(other, 'close')
        await endpoint.close()
        assert.deepEqual(await ended, [1012, 'restarting'])
    })

    it('is pinged, and stays', async () => {
        const endpoint = port.endpoint({ pingInterval: 20 })
        const client = await connect()
        for (let i = 0; i < 5; i++) await once(client, 'ping')
        assert.equal(endpoint.peers.size, 1)
        client.drop()
    })

    it('agrees on a subprotocol', async () => {
        port.endpoint({ subprotocols: { names: ['echo-protocol'], required: true } })
        const client = await connect({}, ['other', 'echo-protocol'])
        assert.equal(client.protocol, 'echo-protocol')
        client.drop()
    })

    it('declines compression, and closes on a frame that is compressed nevertheless', async () => {
        port.endpoint()
        const client = await connect({}, [], { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' })
        assert.deepEqual(client.extensions, [])
        client.sendUTF('plain')
        assert.equal((await port.hears('frame'))[0].text, 'plain')
        const closed = once(client, 'close')
        client.socket.write(raw(0b1100_0001, deflateRawSync('compressed')))
        assert.equal((await closed)[0], 1002)
    })

    const broken: [string, number, Buffer][] = [
        ['an opcode that there is none of', 0b1000_0011, Buffer.from('x')],
        ['a continuation of nothing', 0b1000_0000, Buffer.from('x')],
        ['a ping in fragments', 0b0000_1001, Buffer.from('x')],
    ]
    for (const [name, first, payload] of broken)
        it(`closes with 1002 on ${name}`, async () => {
            port.endpoint()
            const client = await connect()
            const closed = once(client, 'close')
            client.socket.write(raw(first, payload))
            assert.equal((await closed)[0], 1002)
        })

    it('closes with 1002 on a frame that is not masked', async () => {
        port.endpoint()
        const client = await connect()
        const closed = once(client, 'close')
        client.socket.write(Buffer.from([0b1000_0001, 1, 0x78]))
        assert.equal((await closed)[0], 1002)
    })

    it('closes with 1007 on a close frame whose reason is no text', async () => {
        port.endpoint()
        const client = await connect()
        const closed = once(client, 'close')
        client.socket.write(raw(0b1000_1000, Buffer.from([0x03, 0xe8, 0xff])))
        assert.equal((await closed)[0], 1007)
    })

    it('answers an upgrade to something else, an old version and a handshake without a key', async () => {
        port.endpoint()
        const ask = async (headers: object) => {
            const asked = request({
                port: port.port,
                path: '/devices',
                headers: { Connection: 'Upgrade', Upgrade: 'websocket', ...headers },
            })
            asked.end()
            const [response] = await once(asked, 'response')
            response.resume()
            return response.statusCode
        }
        const key = { 'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64') }
        assert.equal(await ask({ Upgrade: 'h2c', 'Sec-WebSocket-Version': '13', ...key }), 400)
        assert.equal(await ask({ 'Sec-WebSocket-Version': '7', ...key }), 400)
        assert.equal(await ask({ 'Sec-WebSocket-Version': '13' }), 400)
    })
})

/** A masked frame, however wrong. */
function raw(first: number, payload: Buffer): Buffer {
    const mask = Buffer.from([1, 2, 3, 4])
    return Buffer.concat([Buffer.from([first, 0x80 | payload.length]), mask, payload.map((byte, i) => byte ^ mask[i % 4]!)])
}
