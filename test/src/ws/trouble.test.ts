import assert from 'node:assert/strict'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Peer } from '../../../src/ws/index.ts'
import { closing, Port } from '../../support/endpoint.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('an endpoint in trouble', () => {
    let port: Port

    beforeEach(async () => {
        port = await Port.open()
    })
    afterEach(() => port.close())

    it('outlives a client that asks for a path of nobody’s and resets the connection', async () => {
        port.endpoint()
        const [socket] = await Promise.all([port.raw('/nobody'), once(port.server, 'upgrade')])
        const [server] = [...port.sockets]
        socket.resetAndDestroy()
        // once() would take the error for its own.
        await new Promise((resolve) => server!.once('close', resolve))
        assert.equal((await port.refusal()).status, 101)
    })

    it('sends away who says too much at once, and reads no further', async () => {
        const clock = new FakeClock()
        port.endpoint({ clock, rate: 10 })
        const client = await port.connect()
        const closed = closing(client)
        for (let i = 0; i < 5000; i++) client.send('x')
        assert.deepEqual(await closed, [1008, 'too many frames'])
        assert.equal(port.told.filter(({ kind }) => kind === 'frame').length, 20)
    })

    it('lets a peer say as much as it may for as long as it likes', async () => {
        const clock = new FakeClock()
        port.endpoint({ clock, rate: 10 })
        const client = await port.connect()
        for (let second = 1; second <= 5; second++) {
            for (let i = 0; i < 10; i++) client.send('x')
            await port.hears('frame', second * 10)
            clock.advance(1000)
        }
        assert.equal(client.readyState, WebSocket.OPEN)
        client.terminate()
    })

    it('counts pings and pongs that nobody asked for', async () => {
        for (const kind of ['ping', 'pong'] as const) {
            const path = `/${kind}`
            port.endpoint({ path, clock: new FakeClock(), rate: 10 })
            const client = await port.connect(path)
            const closed = closing(client)
            for (let i = 0; i < 50; i++) client[kind]()
            assert.equal((await closed)[0], 1008)
        }
    })

    it('does not count answers to its own pings', async () => {
        port.endpoint({ clock: new FakeClock(), rate: 10 })
        const client = await port.connect()
        const [{ peer }] = await port.hears('connected')
        for (let i = 0; i < 100; i++) {
            peer.send('x')
            await new Promise<void>((resolve) => peer.onReceived(resolve))
        }
        assert.equal(client.readyState, WebSocket.OPEN)
        client.terminate()
    })

    it('closes on ten megabytes in a frame, or in a thousand fragments, without keeping them', async () => {
        port.endpoint({ maxFrame: 65_536 })
        const whole = await port.connect()
        whole.on('error', () => {})
        const closed = closing(whole)
        whole.send('x'.repeat(10_000_000))
        assert.ok([1009, 1006].includes((await closed)[0]))
        const pieces = await port.connect()
        pieces.on('error', () => {})
        const ended = closing(pieces)
        for (let i = 0; i < 1000 && pieces.readyState === WebSocket.OPEN; i++) pieces.send('x'.repeat(10_000), { fin: i === 999 })
        assert.ok([1009, 1006].includes((await ended)[0]))
        assert.deepEqual(
            (await port.hears('disconnected', 2)).map(({ code }) => code),
            [1009, 1009],
        )
        assert.ok(!port.told.some(({ kind }) => kind === 'frame'))
    })

    it('closes on text that is none, binary or not', async () => {
        port.endpoint()
        for (const binary of [true, false]) {
            const client = await port.connect()
            const closed = closing(client)
            client.send(Buffer.from([0x61, 0xff, 0xfe]), { binary })
            assert.equal((await closed)[0], 1007)
        }
    })

    it('takes NUL, a lone half of a character pair and a byte order mark as they are', async () => {
        port.endpoint()
        const client = await port.connect()
        for (const text of ['a\0b', '"\\ud800"', '\ufeffx', '\u202e\u{10ffff}']) {
            client.send(text)
            client.send(Buffer.from(text))
        }
        const texts = (await port.hears('frame', 8)).map(({ text }) => text)
        assert.deepEqual(
            texts,
            ['a\0b', '"\\ud800"', '\ufeffx', '\u202e\u{10ffff}'].flatMap((text) => [text, text]),
        )
        client.terminate()
    })

    it('ends connections that nobody is at the other end of', async () => {
        const clock = new FakeClock()
        const endpoint = port.endpoint({ clock, pingInterval: 1000 })
        const mute = await port.mute()
        const client = await port.connect()
        await port.hears('connected', 2)
        for (let i = 0; i < 2; i++) {
            const answered = once(client, 'ping')
            clock.advance(1000)
            await answered
            assert.equal(endpoint.peers.size, 2)
            // The answer comes in before what is said after it.
            client.send('x')
            await port.hears('frame', i + 1)
        }
        clock.advance(1000)
        const [{ code }] = await port.hears('disconnected')
        assert.equal(code, 1006)
        assert.deepEqual([endpoint.peers.size, client.readyState], [1, WebSocket.OPEN])
        mute.destroy()
        client.terminate()
    })

    it('refuses frames for a peer that takes none, slows nobody by it, and tells when there is room', async () => {
        const highWater = 256 * 1024
        const endpoint = port.endpoint({ highWater })
        const slow = await port.connect()
        const quick = await port.connect()
        const [idle, busy] = (await port.hears('connected', 2)).map(({ peer }) => peer) as [Peer, Peer]
        slow.pause()
        let got = 0
        quick.on('message', () => got++)
        const text = 'x'.repeat(10_000)
        const before = process.memoryUsage().rss
        const taken = { idle: 0, busy: 0 }
        for (let i = 0; i < 5000; i++) {
            if (idle.send(text)) taken.idle++
            if (busy.send(text)) taken.busy++
            if (i % 10 === 9) await new Promise<void>((resolve) => busy.onReceived(resolve))
        }
        assert.deepEqual([taken.busy, got], [5000, 5000])
        assert.ok(taken.idle < 1500, `${taken.idle} taken`)
        assert.ok(idle.buffered <= highWater + 10_100, `${idle.buffered} bytes`)
        assert.equal(endpoint.broadcast([idle, busy], 'y'), 1)
        assert.ok(process.memoryUsage().rss - before < 100e6)
        const room = new Promise<void>((resolve) => idle.onDrain(resolve))
        slow.resume()
        await room
        assert.ok(idle.buffered < highWater / 2)
        assert.ok(idle.send('z'))
        for (const client of [slow, quick]) client.terminate()
    })

    it('closes a peer that takes nothing', async () => {
        port.endpoint({ highWater: 64 * 1024 })
        const slow = await port.connect()
        const [{ peer }] = await port.hears('connected')
        slow.pause()
        while (peer.send('x'.repeat(50_000))) await new Promise(setImmediate)
        peer.close(4000, 'enough')
        await port.hears('disconnected')
        slow.terminate()
    })
})
