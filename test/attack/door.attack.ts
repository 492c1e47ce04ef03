import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { WebSocket } from 'ws'
import { HEAP, lives } from '../support/attack.ts'
import { flowsOfAll, httpEndpoints, rawRequest, wsEndpoints } from '../support/examples.ts'
import { eventually } from '../support/file.ts'
import { Issuer } from '../support/issuer.ts'
import { startNodeRed } from '../support/node-red.ts'
import { example, Service } from '../support/service.ts'

const { hashSync } = createRequire(import.meta.url)('bcryptjs') as { hashSync(password: string, rounds: number): string }

const LEVELS = 50_000
const arrays = `${'['.repeat(LEVELS)}1${']'.repeat(LEVELS)}`
const objects = `${'{"a":'.repeat(LEVELS)}1${'}'.repeat(LEVELS)}`
const bodies = {
    'an array of 50 000 levels': arrays,
    'an object of 50 000 levels': objects,
    'a timeout of 50 000 levels': `{"timeout":${arrays},"duration":1}`,
    'a duration of 50 000 levels': `{"duration":${objects}}`,
    'a property of 50 000 levels beside what is asked for': `{"timeout":1000,"duration":1,"more":${arrays}}`,
    'an array of a million values': `[${'0,'.repeat(999_999)}0]`,
    '300 000 keys': `{${Array.from({ length: 300_000 }, (_, i) => `"${i}":0`).join()}}`,
    'a prototype in its depth': '{"timeout":1000,"duration":1,"a":[{"__proto__":{"x":1}}]}',
}
/** They are the same for everybody: pages, and the document that describes the service. */
const open = ['/observer', '/robots', '/brewery', '/api/openapi.json']
/** These change something although they are read: the seed has them so. */
const isRead = ({ method, path }: { method: string; path: string }) => method === 'GET' && !/^\/jobs\/(cancel|force)\//.test(path)
const changing = httpEndpoints.filter((one) => !isRead(one))

/** All examples in one Node-RED; the actuation gateway knows the key of an issuer. */
const allExamples = { flows: flowsOfAll, env: { ...HEAP, OISP_PUBLIC_KEY_FILE: new Issuer().pem } }

/** What the handshake of a WebSocket is answered with; 101 lets it in. */
async function handshake(port: number, { path, protocols }: (typeof wsEndpoints)[number], headers: object): Promise<number> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { headers: { ...headers } })
    socket.on('error', () => {})
    const refused = once(socket, 'unexpected-response').then(([, response]) => response.statusCode as number)
    const status = await Promise.race([once(socket, 'open').then(() => 101), refused])
    socket.terminate()
    return status
}

describe('attacked at the door', function () {
    this.timeout(60_000)
    let service: Service
    before(async () => {
        service = await Service.start(allExamples)
    })
    after(() => service.close())
    afterEach(async () => {
        await lives(service.red, 10_000)
    })
    const running = async () => (await service.get('/api/server/status')).body.runningInstances

    for (const [name, body] of Object.entries(bodies))
        it(`${name} is answered 4xx at every endpoint that takes a body, with no harm at others, and Node-RED lives on`, async () => {
            assert.ok(changing.length >= 20)
            for (const endpoint of httpEndpoints) {
                const { status, text } = await rawRequest({ port: service.red.port, ...endpoint }, {}, body)
                const told = `${endpoint.method} ${endpoint.path}: ${status} ${text.slice(0, 200)}`
                assert.ok(status < 500, told)
                if (isRead(endpoint)) continue
                assert.ok(status >= 400, told)
                assert.equal(typeof JSON.parse(text).message, 'string', told)
            }
            const { body: state } = await service.get('/api/server/status')
            assert.deepEqual([state.runningInstances, state.isEmergencyStopped], [[], false])
        })

    it('every endpoint that reads answers a deep and a wide query, and Node-RED lives on', async () => {
        const readers = httpEndpoints.filter((one) => isRead(one) && one.path !== '/api/wait')
        assert.ok(readers.length >= 20)
        const queries = [
            `a${'[b]'.repeat(2000)}=1`,
            `a${'[]'.repeat(2000)}=1`,
            `${'a=1&'.repeat(2500)}b=1`,
            '__proto__[x]=1',
            'limit[__proto__]=1',
        ]
        for (const { method, path } of readers)
            for (const query of queries) {
                const { status } = await rawRequest({ port: service.red.port, method, path: `${path}?${query}` })
                assert.ok(status < 500, `${path}: ${status}`)
            }
    })

    it('a form that another page sends switches nothing, halts nothing, lifts no halt, and changes nothing else', async () => {
        const told = service.told('ON')
        const form = { 'content-type': 'text/plain', origin: 'http://evil.test', 'sec-fetch-site': 'cross-site' }
        for (const endpoint of changing)
            for (const headers of [form, { ...form, origin: 'null' }, { origin: 'http://evil.test' }, { 'sec-fetch-site': 'same-site' }]) {
                const { status, text } = await rawRequest({ port: service.red.port, ...endpoint }, headers, '{"duration":1}')
                assert.equal(status, 403, `${endpoint.method} ${endpoint.path}: ${text}`)
            }
        const { body } = await service.get('/api/server/status')
        assert.deepEqual([body.runningInstances, body.isEmergencyStopped, service.told('ON')], [[], false, told])
    })

    it('by a name that was made to point here nothing is read and nothing changed', async () => {
        for (const endpoint of httpEndpoints.filter(({ path }) => !open.includes(path)))
            for (const headers of [{ host: 'rebound.test' }, { host: 'rebound.test:1880', origin: 'http://rebound.test:1880' }]) {
                const { status, text } = await rawRequest({ port: service.red.port, ...endpoint }, headers)
                assert.equal(status, 403, `${endpoint.method} ${endpoint.path}: ${text}`)
            }
    })

    it('a page of another origin, or by a name that was made to point here, has no WebSocket', async () => {
        // Whoever has to show a token shows none that a browser would add by itself.
        const open = wsEndpoints.filter(({ asksForToken }) => !asksForToken)
        assert.ok(open.length >= 6)
        const foreign = [
            { origin: 'http://evil.test' },
            { origin: 'null' },
            { origin: `http://localhost.evil.test:${service.red.port}` },
            { host: 'rebound.test', origin: 'http://rebound.test' },
        ]
        for (const endpoint of open) {
            for (const headers of foreign) {
                const status = await handshake(service.red.port, endpoint, headers)
                assert.equal(status, 403, `${endpoint.path} ${JSON.stringify(headers)}`)
            }
            assert.equal(await handshake(service.red.port, endpoint, { origin: service.red.url }), 101, endpoint.path)
        }
    })

    it('programs, and pages of this server, start and stop as before', async () => {
        const own = { origin: service.red.url, 'sec-fetch-site': 'same-origin' }
        for (const headers of [{}, own, { origin: service.red.url }]) {
            const { status, body } = await service.post('/api/instance', {}, headers)
            assert.equal(status, 200, JSON.stringify(body))
            assert.equal((await service.put(`/api/instance/${body.instance.id}`, undefined, headers)).status, 200)
        }
        await service.relay(false)
    })

    it('a client that leaves a start-wait-stop takes its run along', async () => {
        const leaving = new AbortController()
        const asked = fetch(`${service.red.url}/api/start-wait-stop?duration=600`, { method: 'POST', signal: leaving.signal })
        await service.until(async () => (await running()).length === 1)
        leaving.abort()
        await assert.rejects(asked)
        await service.until(async () => (await running()).length === 0)
        await service.relay(false)
    })

    it('a client that leaves before the plug has answered leaves no run behind', async () => {
        service.plug.fault = 'slow'
        const told = service.told('ON')
        const leaving = new AbortController()
        const asked = fetch(`${service.red.url}/api/instance`, { method: 'POST', signal: leaving.signal })
        await service.until(async () => service.told('ON') > told)
        leaving.abort()
        service.plug.fault = undefined
        await assert.rejects(asked)
        await service.until(async () => (await running()).length === 0)
        await service.relay(false)
    })
})

describe('with hosts and origins listed, the smart-socket service', function () {
    this.timeout(60_000)

    it('is called by them, and by no others', async () => {
        const service = await Service.start({
            env: { ...HEAP, HTTP_HOSTS: 'flows.example.org', HTTP_ORIGINS: 'https://panel.example.org' },
            settings: { httpNodeCors: { origin: 'https://board.example.org', methods: 'GET,PUT,POST,DELETE' } },
        })
        const recover = (origin: string) => service.put('/api/recover', undefined, { origin, 'sec-fetch-site': 'cross-site' })
        for (const origin of ['https://panel.example.org', 'https://board.example.org']) assert.equal((await recover(origin)).status, 200)
        for (const origin of ['https://evil.test', 'http://board.example.org', 'null']) {
            const { status, body } = await recover(origin)
            assert.equal(status, 403)
            assert.match(body.message, /HTTP_ORIGINS/)
        }
        const status = { port: service.red.port, method: 'GET', path: '/api/server/status' }
        const read = async (host: string) => (await rawRequest(status, { host })).status
        assert.deepEqual([await read('flows.example.org'), await read('flows.example.com')], [200, 403])
        await service.close()
    })
})

describe('killed while a client waits for a run without a timeout', function () {
    this.timeout(60_000)

    it('the run is over when Node-RED is back, and the plug off', async () => {
        const base = { z: 'blocking', x: 0, y: 0 }
        const start = { type: 'socketworks-start-instance', socket: 'socketworks.socket' }
        const service = await Service.start({
            env: HEAP,
            flows: [
                ...(await example('smart-socket-service')),
                { id: 'blocking', type: 'tab', label: 'blocking' },
                { ...base, id: 'blocking.in', type: 'http in', url: '/blocking', method: 'post', wires: [['blocking.start']] },
                { ...base, id: 'blocking.start', ...start, wires: [['blocking.delay'], []] },
                { ...base, id: 'blocking.delay', type: 'delay', pauseType: 'delay', timeout: '10', timeoutUnits: 'minutes', wires: [[]] },
            ],
        })
        const asked = service.post('/blocking').catch(() => {})
        await service.relay(true)
        const database = new DatabaseSync(join(service.red.userDir, 'socketworks.sqlite'), { readOnly: true })
        const kept = database.prepare("select count(*) as rows from tasks where kind = 'requested-run'")
        await eventually(() => kept.get()!.rows === 1)
        database.close()
        await service.red.kill()
        await asked
        assert.equal(service.plug.relays[0], true)
        await service.again()
        await service.relay(false)
        await service.until(async () => (await service.get('/api/server/status')).body.runningInstances.length === 0)
        await service.close()
    })
})

describe('with httpNodeAuth set, all examples', function () {
    this.timeout(60_000)

    it('are open to nobody without the password, neither by HTTP nor by WebSocket', async () => {
        const settings = { httpNodeAuth: { user: 'me', pass: hashSync('secret', 8) } }
        const red = await startNodeRed({ ...allExamples, settings })
        const { port } = red
        const basic = (password: string) => ({ authorization: `Basic ${btoa(`me:${password}`)}` })
        for (const endpoint of httpEndpoints)
            for (const headers of [undefined, basic('wrong')])
                assert.equal((await rawRequest({ port, ...endpoint }, headers)).status, 401, `${endpoint.method} ${endpoint.path}`)
        for (const endpoint of wsEndpoints) {
            // A device whose token is asked for shows that instead.
            if (!endpoint.asksForToken) assert.equal(await handshake(port, endpoint, {}), 401, endpoint.path)
            assert.equal(await handshake(port, endpoint, basic('secret')), 101, endpoint.path)
        }
        await red.stop()
    })
})
