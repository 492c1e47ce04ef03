import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { makePut } from '../../../src/callback/put.ts'
import { makeHostGuard, RefusedHost } from '../../../src/http/index.ts'
import { systemClock } from '../../../src/lib/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('put', () => {
    let server: Server
    let answer: RequestListener
    let port: number
    const never = new AbortController().signal

    beforeEach(async () => {
        server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1')
        await once(server, 'listening')
        port = (server.address() as AddressInfo).port
    })
    afterEach(async () => {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
    })

    const guard = makeHostGuard({ ports: () => [] })
    const put = makePut(systemClock, guard)
    const request = (path = '/') => ({ id: 'c1', url: `http://127.0.0.1:${port}${path}`, body: '{"message":"döne"}' })

    it('sends JSON and gives the status', async () => {
        let seen: IncomingMessage | undefined
        let body = ''
        answer = async (request, response) => {
            seen = request
            for await (const chunk of request) body += chunk
            response.writeHead(204).end()
        }
        assert.equal(await put(request('/a?b=c'), never), 204)
        assert.deepEqual([seen?.method, seen?.url, body], ['PUT', '/a?b=c', '{"message":"döne"}'])
        assert.equal(seen?.headers['content-type'], 'application/json')
        assert.equal(seen?.headers['idempotency-key'], '"c1"')
        assert.equal(seen?.headers.connection, 'close')
    })

    it('does not follow a redirect', async () => {
        let calls = 0
        answer = (_request, response) => {
            calls++
            response.writeHead(307, { location: '/elsewhere' }).end()
        }
        assert.equal(await put(request(), never), 307)
        assert.equal(calls, 1)
    })

    it('does not read an endless answer to its end', async () => {
        answer = (_request, response) => {
            const more = () => {
                while (response.write(Buffer.alloc(65_536))) {}
            }
            response.on('drain', more)
            more()
        }
        assert.equal(await put(request(), never), 200)
    })

    it('gives up waiting after 10 s', async () => {
        const clock = new FakeClock()
        const arrived = new Promise<void>((resolve) => {
            answer = () => resolve()
        })
        const sent = makePut(clock, guard)(request(), never)
        sent.catch(() => {})
        await arrived
        clock.advance(9_999)
        assert.equal(clock.pending, 1)
        clock.advance(1)
        await assert.rejects(sent, /no answer within 10 s/)
        assert.equal(clock.pending, 0)
    })

    it('stops at once when it is told to', async () => {
        const closing = new AbortController()
        const gone = new Promise<void>((resolve) => {
            answer = (request) => {
                request.on('close', resolve)
                closing.abort()
            }
        })
        await assert.rejects(put(request(), closing.signal))
        await gone
        await assert.rejects(put(request(), closing.signal))
    })

    it('never connects to a name that has a refused address', async () => {
        answer = () => assert.fail('was called')
        const rebound = makePut(systemClock, guard, (_hostname, _options, callback) =>
            callback(null, [
                { address: '127.0.0.1', family: 4 },
                { address: '169.254.169.254', family: 4 },
            ]),
        )
        await assert.rejects(rebound({ ...request(), url: `http://rebound.test:${port}/` }, never), RefusedHost)
        await assert.rejects(put({ ...request(), url: 'http://[::ffff:169.254.169.254]/' }, never), RefusedHost)
    })

    it('connects to what a name resolves to', async () => {
        answer = (_request, response) => response.end()
        const named = makePut(systemClock, guard, (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]))
        assert.equal(await named({ ...request(), url: `http://name.test:${port}/` }, never), 200)
    })

    describe('to a port of its own', () => {
        const own = () => makeHostGuard({ ports: () => [port] })
        const hosts = ['127.0.0.1', '127.1', '2130706433', '0x7f000001', '127.8.9.1', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:0:127.0.0.1]']
        hosts.push('[64:ff9b::127.0.0.1]', '[2002:7f00:1::]', '[::127.0.0.1]', 'localhost', 'LOCALHOST.', 'a.localhost')
        for (const host of hosts)
            it(`never connects by ${host}`, async () => {
                answer = () => assert.fail('was called')
                const sent = makePut(systemClock, own())({ ...request(), url: `http://${host}:${port}/` }, never)
                await assert.rejects(sent, RefusedHost)
            })

        it('never connects by a name', async () => {
            answer = () => assert.fail('was called')
            const named = makePut(systemClock, own(), (_hostname, _options, callback) =>
                callback(null, [{ address: '127.0.0.1', family: 4 }]),
            )
            await assert.rejects(named({ ...request(), url: `http://name.test:${port}/` }, never), RefusedHost)
        })

        it('sends nothing if it turns out that the connection has led here', async () => {
            let heard = 0
            server.on('connection', (socket) => socket.on('data', () => heard++))
            answer = () => assert.fail('was called')
            let asked = 0
            // As if what the resolver gave had looked harmless.
            const late = { ...own(), lookup: makeHostGuard({ ports: () => [] }).lookup, refusesUrl: () => asked++ > 0 }
            await assert.rejects(makePut(systemClock, late)(request(), never), RefusedHost)
            assert.equal(heard, 0)
        })
    })

    it('fails where nobody listens', async () => {
        server.close()
        await assert.rejects(put(request(), never), /ECONNREFUSED/)
        server.listen(0, '127.0.0.1')
    })
})
