import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { byBearer, checkSecret } from '../../../src/ws/authentication.ts'
import type { Admission } from '../../../src/ws/endpoint.ts'
import { anyone, originRule, type VerifyClient, verifiedBy } from '../../../src/ws/index.ts'
import { Port } from '../../support/endpoint.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('a handshake with an endpoint', () => {
    let port: Port

    beforeEach(async () => {
        port = await Port.open()
    })
    afterEach(() => port.close())

    describe('lets in', () => {
        const origins: [string, string | undefined, number][] = [
            ['', undefined, 101],
            ['', 'own', 101],
            ['', 'http://evil.example', 403],
            ['', 'null', 403],
            ['', 'http://127.0.0.1:1', 403],
            ['*', 'http://evil.example', 101],
            ['https://a.example, https://B.example/', 'https://b.example', 101],
            ['https://a.example', 'https://a.example.evil.com', 403],
            ['https://a.example', 'http://a.example', 403],
            ['https://a.example', 'own', 403],
            ['https://a.example', undefined, 101],
            ['https://a.example:443', 'https://a.example', 101],
            ['', 'file://', 403],
            ['file://', 'file://', 101],
            ['file://', 'own', 101],
            ['file://', 'http://evil.example', 403],
            ['file:///', 'null', 403],
            ['', 'https://forge.example/project', 101],
            ['', 'esp32', 101],
            ['https://forge.example/project', 'own', 101],
            ['https://forge.example/project', 'https://forge.example', 403],
        ]
        for (const [list, origin, status] of origins)
            it(`${status === 101 ? 'origin' : 'no origin'} ${origin ?? '(none)'} where "${list}" may`, async () => {
                port.endpoint({ isAllowedOrigin: originRule(list) })
                const from = origin === 'own' ? `http://127.0.0.1:${port.port}` : origin
                assert.equal((await port.refusal('/devices', from ? { origin: from } : {})).status, status)
            })

        it('no page whose own name was made to point here', async () => {
            port.endpoint({ isAllowedOrigin: originRule('', (host) => host !== 'rebound.test') })
            const from = (host: string) => port.refusal('/devices', { headers: { host }, origin: `http://${host}` })
            assert.equal((await from('rebound.test')).status, 403)
            assert.equal((await from('127.0.0.1')).status, 101)
        })

        it('a page of this server by any way to write its port', () => {
            const rule = originRule('')
            const may = (host: string, origin: string) => rule({ headers: { host, origin } } as IncomingMessage)
            for (const [host, origin] of [
                ['x.local:443', 'https://x.local'],
                ['x.local', 'https://x.local:443'],
                ['x.local:80', 'http://x.local'],
                ['X.local', 'https://x.LOCAL'],
                ['x.local:8443', 'https://x.local:8443'],
                ['[::1]:443', 'https://[::1]'],
            ])
                assert.ok(may(host!, origin!), `${host} ${origin}`)
            for (const [host, origin] of [
                ['x.local:443', 'http://x.local'],
                ['x.local:80', 'https://x.local'],
                ['x.local:8443', 'https://x.local'],
                ['x.local:443', 'https://y.local'],
            ])
                assert.ok(!may(host!, origin!), `${host} ${origin}`)
        })

        it('others once they are listed, as the log says once for each', () => {
            const log: string[] = []
            const rule = originRule(
                '',
                (host) => host !== 'rebound.test',
                (text) => log.push(text),
            )
            const ask = (headers: object) => rule({ headers: { host: '127.0.0.1:1880', ...headers } } as IncomingMessage)
            for (let i = 0; i < 3; i++) assert.ok(!ask({ origin: 'file://' }))
            assert.ok(!ask({ origin: 'https://x.example', 'x-forwarded-host': 'x.example' }))
            assert.ok(!ask({ origin: 'http://rebound.test', host: 'rebound.test' }))
            assert.equal(log.length, 3)
            assert.match(
                log[0]!,
                /origin file:\/\/ was refused, as .* 127\.0\.0\.1:1880: list file:\/\/ in "Allowed origins" \(OBSERVER_ORIGINS/,
            )
            assert.match(
                log[1]!,
                /a proxy has changed the header Host to 127\.0\.0\.1:1880; have it passed on unchanged, or list https:\/\/x\.example /,
            )
            assert.match(log[2]!, /rebound\.test .* unless HTTP_HOSTS lists it/)
            for (let i = 0; i < 1000; i++) ask({ origin: `http://${i}.example` })
            assert.equal(log.length, 100)
        })

        it('no page without an address where a handshake names no host', () => {
            const request = (headers: object) => ({ headers }) as IncomingMessage
            assert.equal(originRule('')(request({ origin: 'null' })), false)
            assert.equal(originRule('null')(request({ origin: 'null' })), true)
            assert.equal(originRule('')(request({})), true)
        })

        it('so many at a time', async () => {
            port.endpoint({ maxConnections: 2 })
            const first = await port.connect()
            const second = await port.connect()
            assert.deepEqual(await port.refusal(), { status: 503, body: 'too many are connected' })
            first.close()
            await port.hears('disconnected')
            assert.equal((await port.refusal()).status, 101)
            second.terminate()
        })

        it('so many of those who may come in, however many others are being asked', async () => {
            const waiting = new Map<string, (admission: Admission) => void>()
            const ask = (name: string) => new Promise<Admission>((resolve) => waiting.set(name, resolve))
            port.endpoint({
                maxConnections: 1,
                authenticate: ({ headers }) => (headers.slow ? ask(String(headers.slow)) : anyone({} as never)),
            })
            const slow = Array.from({ length: 5 }, (_, i) => port.refusal('/devices', { headers: { slow: String(i) } }))
            while (waiting.size < 5) await new Promise(setImmediate)
            const client = await port.connect()
            for (const enter of waiting.values()) enter({ identity: {} })
            for (const { status } of await Promise.all(slow)) assert.equal(status, 503)
            client.terminate()
        })

        it('who agrees on a subprotocol where one is required', async () => {
            port.endpoint({ subprotocols: { names: ['b', 'c'], required: true } })
            const client = await port.connect('/devices', {}, ['a', 'c'])
            assert.equal(client.protocol, 'c')
            assert.equal((await port.hears('connected'))[0].peer.subprotocol, 'c')
            assert.deepEqual(await port.refusal('/devices', {}, ['a']), { status: 400, body: 'the subprotocol must be b or c' })
            assert.equal((await port.refusal()).status, 400)
            client.terminate()
        })

        it('nobody whose handshake takes longer than ten seconds, and few such at once', async () => {
            const clock = new FakeClock()
            const endpoint = port.endpoint({ clock, authenticate: () => new Promise(() => {}) })
            const { promise: enough, resolve } = Promise.withResolvers<void>()
            let refused = 0
            const knock = async () => {
                const answer = await port.refusal()
                if (++refused === 10) resolve()
                return answer
            }
            const clients = Array.from({ length: 210 }, knock)
            await enough
            clock.advance(10_000)
            const all = await Promise.all(clients)
            assert.deepEqual(
                Object.entries(Object.groupBy(all, ({ status }) => status)).map(([status, list]) => [status, list!.length]),
                [
                    ['429', 10],
                    ['503', 200],
                ],
            )
            assert.match(endpoint.state.trouble!, /handshake took too long/)
        })

        it('nobody whose authentication fails in an unforeseen way, and says so', async () => {
            port.endpoint({
                authenticate: () => {
                    throw new Error('secret detail')
                },
            })
            assert.deepEqual(await port.refusal(), { status: 500, body: 'the handshake failed' })
            assert.deepEqual(port.logged, ['a handshake failed: Error: secret detail'])
        })

        it('nobody any more once it is closing, though they had begun before', async () => {
            const { promise, resolve } = Promise.withResolvers<{ identity: object }>()
            const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
            const endpoint = port.endpoint({
                authenticate: () => {
                    ask()
                    return promise
                },
            })
            const refused = port.refusal()
            await asked
            await endpoint.close()
            resolve({ identity: {} })
            assert.equal((await refused).status, 503)
        })

        it('refuses thousands without a token and keeps nothing of them', async () => {
            const endpoint = port.endpoint({ authenticate: byBearer(checkSecret('secret')) })
            const knock = async () => assert.equal((await port.refusal()).status, 401)
            for (let i = 0; i < 5; i++) await Promise.all(Array.from({ length: 100 }, knock))
            const before = process.memoryUsage()
            for (let i = 0; i < 30; i++) await Promise.all(Array.from({ length: 100 }, knock))
            const after = process.memoryUsage()
            assert.ok(after.rss - before.rss < 60e6, `${(after.rss - before.rss) / 1e6} MB`)
            assert.equal(endpoint.peers.size, 0)
            const open = await new Promise<number>((resolve, reject) =>
                port.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
            )
            assert.ok(open < 100, `${open} connections`)
        })
    })

    describe('that a function of the administrator’s verifies', () => {
        const kinds: [string, VerifyClient, number, string][] = [
            ['that says yes', () => true, 101, ''],
            ['that says no', () => false, 401, 'the connection is not allowed'],
            ['that gives nothing', () => undefined, 401, 'the connection is not allowed'],
            ['that resolves to no', async () => false, 401, 'the connection is not allowed'],
            ['that resolves to yes', async () => true, 101, ''],
            ['that throws', () => assert.fail('oops'), 500, 'the handshake failed'],
            ['that rejects', () => Promise.reject(new Error('oops')), 500, 'the handshake failed'],
            ['that calls back yes', (_info, done) => setImmediate(() => done(true)), 101, ''],
            ['that calls back no', (_info, done) => done(false), 401, 'the connection is not allowed'],
            ['that calls back why', (_info, done) => done(false, 418, 'short and stout'), 418, 'short and stout'],
            ['that calls back what is no error', (_info, done) => done(false, 200, 7), 401, 'the connection is not allowed'],
            ['that is async, calls back and fails', async (_info, _done) => assert.fail('oops'), 500, 'the handshake failed'],
        ]
        for (const [what, verify, status, body] of kinds)
            it(`is dealt with as one wants it ${what}`, async () => {
                port.endpoint({ authenticate: verifiedBy(verify, anyone) })
                assert.deepEqual(await port.refusal(), { status, body })
                assert.equal(port.logged.length, status === 500 ? 1 : 0)
            })

        it('still needs its token', async () => {
            port.endpoint({ authenticate: verifiedBy(() => true, byBearer(checkSecret('secret'))) })
            assert.equal((await port.refusal()).status, 401)
            assert.equal((await port.refusal('/devices?access_token=secret')).status, 101)
        })

        it('is told of as ws does it', async () => {
            const told: unknown[] = []
            const verify: VerifyClient = ({ origin, secure, req }) => told.push(origin, secure, req.headers['x-key'])
            port.endpoint({ authenticate: verifiedBy(verify, anyone), isAllowedOrigin: originRule('*') })
            await port.refusal('/devices', { origin: 'http://a.example', headers: { 'X-Key': 'k' } })
            assert.deepEqual(told, ['http://a.example', false, 'k'])
        })

        it('shows no trouble of the endpoint when it is told 503', async () => {
            const endpoint = port.endpoint({ authenticate: verifiedBy((_info, done) => done(false, 503), anyone) })
            assert.equal((await port.refusal()).status, 503)
            assert.equal(endpoint.state.trouble, undefined)
        })
    })
})
