import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { allowList, makeHostGuard } from '../../../src/http/index.ts'
import { HostQueue } from '../../../src/jobs/host-queue.ts'
import { makeProbe, type ProbeOptions } from '../../../src/jobs/package-probe.ts'
import { systemClock } from '../../../src/lib/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const rules = { allows: allowList(''), guard: makeHostGuard({ ports: () => [1880] }), mostBytes: 1000 }
const good = { package_name: 'p', path: '' }

describe('the file of a package', () => {
    const never = new AbortController().signal
    let server: Server
    let answer: RequestListener
    let seen: string[]
    let base: string
    const content = 'the package'
    const sha256 = createHash('sha256').update(content).digest('hex')
    const send: RequestListener = (_request, response) => response.writeHead(200, { 'content-length': content.length }).end(content)

    before(async () => {
        server = createServer((request, response) => {
            seen.push(`${request.method} ${request.url}`)
            answer(request, response)
        }).listen(0, '127.0.0.1')
        await once(server, 'listening')
        base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    })
    beforeEach(() => {
        seen = []
    })
    after(async () => {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
    })

    const make = (options: Partial<ProbeOptions> = {}) => {
        const { clock = systemClock } = options
        return makeProbe({ clock, rules, queue: new HostQueue(clock), signal: never, ...options })
    }
    const probe = (more: object = {}, hosts = '', path = `${base}/p.std`) =>
        make({ rules: { ...rules, allows: allowList(hosts) } })({ ...good, path, ...more })
    /** What is wrong, in a line. */
    const verdict = async (...given: Parameters<typeof probe>) => {
        const result = await probe(...given)
        return result.ok
            ? 'good'
            : `${result.isFinal ? 'final' : 'for now'}: ${result.faults.map(({ path, message }) => `${path} ${message}`)}`
    }

    it('is asked for by its head, and read where there is a hash to compare with', async () => {
        answer = send
        assert.equal(await verdict({ size: content.length }), 'good')
        assert.equal(await verdict({ hash: sha256, size: content.length }), 'good')
        assert.deepEqual(seen, ['HEAD /p.std', 'GET /p.std'])
        assert.equal(await verdict({}, '', 'some/where'), 'good')
        assert.equal(seen.length, 2)
    })

    it('must have the hash and the size that were given', async () => {
        answer = send
        const said = await verdict({ hash: '0'.repeat(64), size: 5 })
        assert.equal(
            said,
            `final: Package.hash is not that of the file, which is ${sha256},Package.size is not that of the file, which has 11 bytes`,
        )
    })

    it('is read where its head tells nothing', async () => {
        answer = (request, response) => (request.method === 'HEAD' ? response.writeHead(405).end() : response.end(content))
        assert.equal(await verdict({ size: 11 }), 'good')
        answer = (_request, response) => response.writeHead(200, { 'transfer-encoding': 'chunked' }).end(content)
        assert.equal(await verdict({ size: 11 }), 'good')
        assert.deepEqual(seen, ['HEAD /p.std', 'GET /p.std', 'HEAD /p.std', 'GET /p.std'])
    })

    it('is not read further than it may be large', async () => {
        answer = (_request, response) => response.writeHead(200, { 'content-length': 1001 }).end()
        assert.equal(await verdict(), 'final: Package.path leads to more than 1000 bytes')
        answer = (_request, response) => {
            const more = () => {
                while (response.write(Buffer.alloc(65_536))) {}
            }
            response.on('drain', more)
            more()
        }
        assert.equal(await verdict({ hash: sha256 }), 'final: Package.path leads to more than 1000 bytes')
    })

    for (const [status, isFinal] of [
        [401, true],
        [404, true],
        [410, true],
        [429, false],
        [500, false],
        [503, false],
    ] as const)
        it(`is not there after a ${status}, ${isFinal ? 'for good' : 'for now'}`, async () => {
            answer = (_request, response) => response.writeHead(status).end()
            assert.equal(await verdict(), `${isFinal ? 'final' : 'for now'}: Package.path cannot be had: the server answers with ${status}`)
        })

    it('may be elsewhere, but only at hosts that are allowed', async () => {
        answer = (request, response) =>
            request.url === '/p.std' ? response.writeHead(302, { location: 'moved' }).end() : send(request, response)
        assert.equal(await verdict({ hash: sha256 }), 'good')
        const lead =
            (location: string): RequestListener =>
            (_request, response) =>
                response.writeHead(307, { location }).end()
        for (const location of ['http://169.254.169.254/', 'http://b.test/', 'file:///etc/passwd', 'http://localhost:1880/']) {
            answer = lead(location)
            assert.equal(await verdict({}, '127.0.0.1, localhost'), 'final: Package.path is not allowed to lead to that host')
        }
        answer = lead('/p.std')
        seen = []
        assert.equal(await verdict(), 'final: Package.path cannot be had: there are too many redirects')
        assert.equal(seen.length, 4)
    })

    it('is never asked for at a name that leads to a refused address', async () => {
        answer = () => assert.fail('was asked')
        const rebound = make({ resolve: (_name, _options, callback) => callback(null, [{ address: '169.254.169.254', family: 4 }]) })
        const result = await rebound({ ...good, path: 'http://name.test/p' })
        assert.deepEqual(result, {
            ok: false,
            isFinal: true,
            faults: [{ path: 'Package.path', message: 'is not allowed to lead to that host' }],
        })
    })

    it('is given up for now where nobody answers, or not to the end', async () => {
        assert.match(await verdict({}, '', 'http://127.0.0.1:9/p'), /^for now: Package\.path cannot be had: .*ECONNREFUSED/)
        answer = (_request, response) => {
            response.writeHead(200, { 'content-length': 100 })
            response.write('a bit', () => response.destroy())
        }
        assert.match(await verdict({ hash: sha256 }), /^for now: Package\.path cannot be had: /)
    })

    it('is waited for no longer than 30 s, and not once nobody wants it', async () => {
        const clock = new FakeClock()
        const silent = () => {
            const { promise, resolve } = Promise.withResolvers<void>()
            answer = (_request, response) => {
                response.writeHead(200)
                response.write('a bit', () => resolve())
            }
            return promise
        }
        let begun = silent()
        const late = make({ clock })({ ...good, path: `${base}/p`, hash: sha256 })
        await begun
        clock.advance(30_000)
        assert.deepEqual(await late, {
            ok: false,
            isFinal: false,
            faults: [{ path: 'Package.path', message: 'cannot be had: no whole answer within 30 s' }],
        })
        assert.equal(clock.pending, 0)
        begun = silent()
        const unwanted = new AbortController()
        const left = make({ clock, signal: unwanted.signal })({ ...good, path: `${base}/p`, hash: sha256 })
        await begun
        unwanted.abort(new Error('closing'))
        await assert.rejects(left, /closing/)
        assert.equal(clock.pending, 0)
    })

    it('is asked for by few at once, by none twice, and waits for no other host', async () => {
        const resolve: ProbeOptions['resolve'] = (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }])
        const many = make({ resolve })
        const at = (host: string, path: string, more: object = {}) =>
            many({ ...good, path: `${base.replace('127.0.0.1', host)}/${path}`, ...more })
        const held: (() => void)[] = []
        let isHeld = () => {}
        const arrived = new Promise<void>((resolve) => {
            isHeld = resolve
        })
        answer = (request, response) => {
            if (!request.headers.host!.startsWith('slow')) return send(request, response)
            held.push(() => send(request, response))
            if (held.length === 4) isHeld()
        }
        const slow = Array.from({ length: 10 }, (_, i) => at('slow.test', String(i)))
        await arrived
        assert.deepEqual(await Promise.all(Array.from({ length: 40 }, (_, i) => at('quick.test', String(i)))), Array(40).fill({ ok: true }))
        assert.equal(held.length, 4)
        const same = [at('slow.test', '0'), at('slow.test', '0')]
        for (let done = 0; done < 10; done++) {
            while (held.length <= done) await new Promise((resolve) => setImmediate(resolve))
            held[done]!()
        }
        assert.deepEqual(await Promise.all([...slow, ...same]), Array(12).fill({ ok: true }))
        assert.equal(held.length, 10)
    })
})
