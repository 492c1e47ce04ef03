import assert from 'node:assert/strict'
import { once } from 'node:events'
import { WebSocketServer } from 'ws'
import { systemClock } from '../../../src/clock/index.ts'
import { keepListening, ownServer } from '../../../src/ws/index.ts'
import { closing, heard, Port } from '../../support/endpoint.ts'
import { FakeClock } from '../../support/fake-clock.ts'

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
            await a.close()
            assert.equal((await port.refusal('/viewers')).status, 101)
            await b.close()
            assert.equal(port.server.listenerCount('upgrade'), before)
        })

        it('refuses a path that another one has, until that is closed', async () => {
            const first = port.endpoint({ path: '/a' })
            assert.throws(() => port.endpoint({ path: '/a/' }), { code: 'PATH_TAKEN', message: 'another endpoint has the path /a/' })
            await first.close()
            port.endpoint({ path: '/a' })
            assert.equal((await port.refusal('/a')).status, 101)
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
            keepListening({ server: second, port: busy, clock, changed, signal: ending.signal })
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

    it('closes five hundred peers within a second, those that do not answer, too', async function () {
        this.timeout(30_000)
        const endpoint = port.endpoint()
        const clients = await Promise.all(Array.from({ length: 490 }, () => port.connect()))
        const mutes = await Promise.all(Array.from({ length: 10 }, () => port.mute()))
        await port.hears('connected', 500)
        const codes = clients.map(closing)
        const begun = performance.now()
        await endpoint.close()
        const took = performance.now() - begun
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
