import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { systemClock } from '../../../src/lib/index.ts'
import { byBearer, checkSecret } from '../../../src/ws/authentication.ts'
import { anyone, keepEarly, keepListening, ownServer } from '../../../src/ws/index.ts'
import { closing, heard, Port } from '../../support/endpoint.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { stopwatch } from '../../support/stopwatch.ts'

describe('an endpoint', () => {
    let port: Port

    beforeEach(async () => {
        port = await Port.open()
    })
    afterEach(() => port.close())

    describe('on a server', () => {
        it('takes its path with and without a slash at the end, and a query', async () => {
            port.endpoint({ path: '/devices/' })
            for (const path of ['/devices', '/devices/', '/devices?x=1', '/devices/?x=1'])
                assert.equal((await port.refusal(path)).status, 101)
        })

        it('takes a path with letters that URLs write otherwise', async () => {
            port.endpoint({ path: '/geräte' })
            assert.equal((await port.refusal('/ger%C3%A4te')).status, 101)
        })

        it('leaves other paths to whoever else listens, in any order', async () => {
            const other = new WebSocketServer({ noServer: true })
            port.server.on('upgrade', (request, socket, head) => {
                if (request.url === '/other') other.handleUpgrade(request, socket, head, (client) => client.send('other'))
            })
            port.endpoint()
            const client = port.client('/other')
            assert.equal(await heard(client), 'other')
            assert.equal((await port.refusal()).status, 101)
            client.terminate()
        })

        it('leaves those to another listener who answers on its path, before or after it, and says so', async () => {
            const other = new WebSocketServer({ noServer: true })
            const answer = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
                other.handleUpgrade(request, socket, head, (client) => client.on('message', (data) => client.send(data)))
            port.server.on('upgrade', answer)
            for (const [path, authenticate] of [
                ['/open', anyone],
                ['/secret', byBearer(checkSecret('secret'))],
            ] as const) {
                const endpoint = port.endpoint({ path, authenticate })
                const client = await port.connect(path)
                client.send('echo')
                assert.equal(await heard(client), 'echo')
                assert.equal(endpoint.state.trouble, `${path} is the path of something else, too`)
                assert.equal(endpoint.peers.size, 0)
                client.terminate()
                port.server.off('upgrade', answer)
                port.server.on('upgrade', answer)
            }
            port.server.off('upgrade', answer)
        })

        it("does nothing to a socket of a path that is nobody's", async () => {
            port.endpoint()
            const client = port.client('/nobody')
            const [request] = await once(port.server, 'upgrade')
            await new Promise(setImmediate)
            assert.equal(request.socket.destroyed, false)
            client.on('error', () => {})
            client.terminate()
            request.socket.destroy()
        })

        it('listens once, however many endpoints there are, and no more when the last one is gone', async () => {
            const before = port.server.listenerCount('upgrade')
            const [a, b] = [port.endpoint(), port.endpoint({ path: '/viewers' })]
            assert.equal(port.server.listenerCount('upgrade'), before + 1)
            await a.close(1001)
            assert.equal((await port.refusal('/viewers')).status, 101)
            await b.close(1001)
            assert.equal(port.server.listenerCount('upgrade'), before)
        })

        it('refuses a path that another one has, until that is closed', async () => {
            const first = port.endpoint({ path: '/a' })
            assert.throws(() => port.endpoint({ path: '/a/' }), { code: 'PATH_TAKEN', message: 'another endpoint has the path /a/' })
            await first.close()
            port.endpoint({ path: '/a' })
            assert.equal((await port.refusal('/a')).status, 101)
        })

        it('tells those who come while it is started anew to try again, and lets them in when it is back', async () => {
            const clock = new FakeClock()
            const listeners = port.server.listenerCount('upgrade')
            await port.endpoint({ clock }).close()
            assert.deepEqual(await port.refusal(), { status: 503, body: 'the endpoint is being started anew' })
            port.endpoint({ clock })
            assert.equal((await port.refusal()).status, 101)
            assert.equal(clock.pending, 1)
            assert.equal(port.server.listenerCount('upgrade'), listeners + 1)
        })

        it('leaves a path alone once nobody has come back for it, and at once when it is gone for good', async () => {
            const clock = new FakeClock()
            const listeners = port.server.listenerCount('upgrade')
            const untouched = async () => {
                const client = port.client()
                client.on('error', () => {})
                const [request] = await once(port.server, 'upgrade')
                await new Promise(setImmediate)
                assert.equal(request.socket.destroyed || request.socket.bytesWritten > 0, false)
                request.socket.destroy()
            }
            const [first, other] = [port.endpoint({ clock }), port.endpoint({ clock, path: '/other' })]
            await first.close()
            clock.advance(15_000)
            await untouched()
            port.endpoint({ clock, path: '/other2' })
            await other.close(1001)
            assert.equal(port.server.listenerCount('upgrade'), listeners + 1)
            const gone = port.endpoint({ clock })
            await gone.close(1001)
            await untouched()
        })

        it('touches no connection for a path of somebody else or of nobody, however long it waits', async () => {
            const clock = new FakeClock()
            const over = keepEarly(port.server, clock)
            port.endpoint({ clock })
            const other = new WebSocketServer({ noServer: true })
            port.server.on('upgrade', (request, socket, head) => {
                if (request.url === '/other') other.handleUpgrade(request, socket, head, () => {})
            })
            const client = await port.connect('/other')
            const nobodys = port.raw('/nobody')
            const [, socket] = await once(port.server, 'upgrade')
            clock.advance(3_600_000)
            over()
            port.endpoint({ clock, path: '/nobody2' })
            assert.deepEqual([clock.pending, port.sockets.size, socket.destroyed, socket.bytesWritten], [2, 2, false, 0])
            client.ping()
            await once(client, 'pong')
            client.terminate()
            nobodys.destroy()
            socket.destroy()
        })

        it('lets in who came before it did, while flows start', async () => {
            const clock = new FakeClock()
            const listeners = port.server.listenerCount('upgrade')
            const over = keepEarly(port.server, clock)
            const [early, late] = [port.client(), port.client('/late')]
            const gone = port.raw('/devices?gone')
            late.on('error', () => {})
            for (let n = 0; n < 3; n++) await once(port.server, 'upgrade')
            gone.resetAndDestroy()
            while (port.sockets.size > 2) await new Promise(setImmediate)
            port.endpoint({ clock })
            await once(early, 'open')
            over()
            over()
            port.endpoint({ clock, path: '/late' })
            assert.equal(late.readyState, late.CONNECTING)
            assert.equal(port.server.listenerCount('upgrade'), listeners + 1)
            assert.equal((await port.hears('connected')).length, 1)
            early.terminate()
            late.terminate()
            for (const socket of port.sockets) socket.destroy()
        })

        it('keeps who comes before it is ready, and lets them in then', async () => {
            const ready = Promise.withResolvers<void>()
            port.endpoint({ ready: ready.promise })
            const client = port.client()
            await once(port.server, 'upgrade')
            await new Promise(setImmediate)
            assert.equal(client.readyState, client.CONNECTING)
            ready.resolve()
            await once(client, 'open')
            client.terminate()
        })

        it('listens no more when there is no path and flows have started', async () => {
            const clock = new FakeClock()
            const listeners = port.server.listenerCount('upgrade')
            const over = keepEarly(port.server, clock)
            const client = port.raw()
            await once(port.server, 'upgrade')
            over()
            assert.deepEqual([port.server.listenerCount('upgrade'), clock.pending], [listeners, 0])
            client.destroy()
            for (const socket of port.sockets) socket.destroy()
        })

        it('leaves plain requests alone', async () => {
            port.endpoint()
            assert.equal(await (await fetch(`http://127.0.0.1:${port.port}/devices`)).text(), 'hello')
        })
    })

    describe('on a port of its own', () => {
        it('answers other paths with 404 and plain requests with 426, and tries again for a port that is busy', async () => {
            const own = await Port.open(ownServer('/devices', 10))
            own.endpoint()
            assert.equal((await own.refusal('/')).status, 404)
            assert.equal((await own.refusal('/devices/')).status, 101)
            assert.equal((await fetch(`http://127.0.0.1:${own.port}/devices`)).status, 426)

            const second = ownServer('/devices', 10)
            const told: (string | undefined)[] = []
            const [ending, clock, busy] = [new AbortController(), new FakeClock(), own.port]
            let more = () => {}
            const changed = (trouble: string | undefined) => {
                told.push(trouble)
                more()
            }
            const next = () =>
                new Promise<void>((resolve) => {
                    more = resolve
                })
            const failed = next()
            keepListening({ server: second, host: '127.0.0.1', port: busy, clock, changed, signal: ending.signal })
            await failed
            assert.deepEqual(told, [`port ${busy} is in use`])
            await own.close()
            const succeeded = next()
            clock.advance(1000)
            await succeeded
            assert.deepEqual(told.slice(1), [undefined])
            const closed = once(second, 'close')
            ending.abort()
            await closed
        })
    })

    it('closes five hundred peers within a second, those that do not answer, too', async () => {
        const endpoint = port.endpoint()
        const clients = await Promise.all(Array.from({ length: 490 }, () => port.connect()))
        const mutes = await Promise.all(Array.from({ length: 10 }, () => port.mute()))
        await port.hears('connected', 500)
        const codes = clients.map(closing)
        const watch = stopwatch()
        await endpoint.close()
        const took = watch()
        assert.ok(took < 1000, `${took} ms`)
        assert.equal(endpoint.peers.size, 0)
        for (const [code] of await Promise.all(codes)) assert.equal(code, 1012)
        for (const mute of mutes) mute.destroy()
    })

    it('sends everybody away with 1001 when it is gone for good', async () => {
        const endpoint = port.endpoint({ clock: systemClock })
        const client = await port.connect()
        const closed = closing(client)
        await endpoint.close(1001)
        assert.deepEqual(await closed, [1001, 'closed'])
    })

    it('leaves no timer behind', async () => {
        const clock = new FakeClock()
        const endpoint = port.endpoint({ clock, authenticate: () => ({ identity: {}, expiresAt: clock.now() + 60_000 }) })
        const client = await port.connect()
        const gone = closing(client)
        await endpoint.close()
        await gone
        assert.equal(clock.pending, 0)
    })
})
