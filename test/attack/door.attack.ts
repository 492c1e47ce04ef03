import assert from 'node:assert/strict'
import { request } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { HEAP, lives } from '../support/attack.ts'
import { eventually } from '../support/file.ts'
import { example, Service } from '../support/service.ts'

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
const names = ['smart-socket-service', 'fleet-observer', 'emergency-stop-recover', 'parallel-subprocesses', 'start-wait-stop']

interface Endpoint {
    method: string
    path: string
}

const endpoints = async (): Promise<Endpoint[]> =>
    (await Promise.all(names.map(example)))
        .flat()
        .map((node) => node as { type: string; method: string; url: string })
        .filter(({ type }) => type === 'http in')
        .map(({ method, url }) => ({ method: method.toUpperCase(), path: url.replace(/:\w+\??/g, 'unknown') }))

async function flowsOfAll(): Promise<object[]> {
    const nodes = (await Promise.all(names.map(example))).flat()
    return [...new Map(nodes.map((node) => [Reflect.get(node, 'id'), node])).values()]
}

describe('attacked at the door', function () {
    this.timeout(60_000)
    let service: Service
    before(async () => {
        service = await Service.start({ flows: await flowsOfAll(), env: HEAP })
    })
    after(() => service.close())
    afterEach(async () => {
        await lives(service.red, 10_000)
    })
    const running = async () => (await service.get('/api/server/status')).body.runningInstances

    for (const [name, body] of Object.entries(bodies))
        it(`${name} is answered 4xx at every endpoint that takes a body, and Node-RED lives on`, async () => {
            const takers = (await endpoints()).filter(({ method }) => method !== 'GET')
            assert.ok(takers.length >= 6)
            for (const { method, path } of takers) {
                const answer = await service.request(method, path, body)
                assert.ok(answer.status >= 400 && answer.status < 500, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
                assert.equal(typeof answer.body.message, 'string')
            }
            const { body: state } = await service.get('/api/server/status')
            assert.deepEqual([state.runningInstances, state.isEmergencyStopped], [[], false])
        })

    it('every endpoint that reads answers a deep and a wide query, and Node-RED lives on', async () => {
        const readers = (await endpoints()).filter(({ method, path }) => method === 'GET' && path !== '/api/wait')
        assert.ok(readers.length >= 6)
        const queries = [
            `a${'[b]'.repeat(2000)}=1`,
            `a${'[]'.repeat(2000)}=1`,
            `${'a=1&'.repeat(2500)}b=1`,
            '__proto__[x]=1',
            'limit[__proto__]=1',
        ]
        for (const { method, path } of readers)
            for (const query of queries) {
                const response = await fetch(`${service.red.url}${path}?${query}`, { method, redirect: 'manual' })
                // Live events have no end.
                if (response.headers.get('content-type')?.startsWith('text/event-stream')) await response.body!.cancel()
                else await response.arrayBuffer()
                assert.ok(response.status < 500, `${path}: ${response.status}`)
            }
    })

    it('a form that another page sends switches nothing, halts nothing and lifts no halt', async () => {
        const told = service.told('ON')
        const form = { 'content-type': 'text/plain', origin: 'http://evil.test', 'sec-fetch-site': 'cross-site' }
        for (const { method, path } of (await endpoints()).filter(({ method }) => method !== 'GET'))
            for (const headers of [form, { ...form, origin: 'null' }, { origin: 'http://evil.test' }, { 'sec-fetch-site': 'same-site' }]) {
                const answer = await service.request(method, path, '{"duration":1}', headers)
                assert.equal(answer.status, 403, `${method} ${path}`)
            }
        const { body } = await service.get('/api/server/status')
        assert.deepEqual([body.runningInstances, body.isEmergencyStopped, service.told('ON')], [[], false, told])
    })

    it('by a name that was made to point here nothing is read and nothing changed', async () => {
        // A page, and the document that describes the service, are the same for everybody.
        const open = ['/observer', '/api/openapi.json']
        for (const { method, path } of (await endpoints()).filter(({ path }) => !open.includes(path)))
            for (const headers of [{ host: 'rebound.test' }, { host: 'rebound.test:1880', origin: 'http://rebound.test:1880' }]) {
                const answer = await byName(service.red.port, method, path, headers)
                assert.equal(answer, 403, `${method} ${path}`)
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
        const read = (host: string) => byName(service.red.port, 'GET', '/api/server/status', { host })
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

/** fetch sets the header Host itself. */
function byName(port: number, method: string, path: string, headers: Record<string, string>): Promise<number> {
    return new Promise((resolve, reject) => {
        request({ port, host: '127.0.0.1', method, path, headers }, (response) => {
            response.resume()
            resolve(response.statusCode ?? 0)
        })
            .on('error', reject)
            .end()
    })
}
