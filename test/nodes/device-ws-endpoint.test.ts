import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { connectAsync } from 'mqtt'
import helper from 'node-red-node-test-helper'
import { WebSocket } from 'ws'
import { freePort } from '../../scripts/free-port.ts'
import { startAedes } from '../support/broker.ts'
import { Issuer } from '../support/issuer.ts'
import { OispDevice } from '../support/oisp.ts'
import { Peers } from '../support/peers.ts'
import { stopwatch } from '../support/stopwatch.ts'

describe('device-ws-endpoint', () => {
    const peers = new Peers()

    before(() => helper.startServer())
    after(() => helper.stopServer())
    afterEach(async () => {
        await peers.unload()
        delete process.env.TEST_WS_SECRET
    })

    const refused = async (path = '/devices', options = {}) => {
        const client = new WebSocket(peers.url(path), options)
        const [, response] = await once(client, 'unexpected-response')
        client.on('error', () => {})
        client.terminate()
        return response.statusCode
    }

    it('shares the server with websocket nodes of the core and with others, which keep working', async () => {
        const server = (helper as unknown as { _server: import('node:http').Server })._server
        const foreign: string[] = []
        const listener = (request: { url: string }, socket: { end(text: string): void }) => {
            foreign.push(request.url)
            if (request.url === '/foreign') socket.end('HTTP/1.1 418 Teapot\r\nConnection: close\r\n\r\n')
        }
        server.on('upgrade', listener as never)
        const more = [
            { id: 'wl', type: 'websocket-listener', path: '/core', wholemsg: 'false' },
            { id: 'wi', type: 'websocket in', server: 'wl', wires: [['wo']] },
            { id: 'wo', type: 'websocket out', server: 'wl', wires: [] },
        ]
        await peers.load({ more, out: { to: 'reply' } })
        const core = await peers.connect('/core')
        const own = await peers.connect('/devices')
        core.client.send('echo')
        own.client.send('1')
        assert.deepEqual(await peers.gets(core.got, 1), ['echo'])
        assert.equal((await peers.next('message')).payload, 1)
        assert.equal(await refused('/foreign'), 418)
        assert.deepEqual(foreign, ['/core', '/devices', '/foreign'])
        server.off('upgrade', listener as never)
    })

    it('is below the root of http in nodes', async () => {
        helper.settings({ httpNodeRoot: '/red/' } as never)
        await peers.load({ endpoint: { path: '/ws/' } })
        const { client } = await peers.connect('/red/ws')
        assert.equal(client.readyState, WebSocket.OPEN)
        helper.settings({ httpNodeRoot: '/' } as never)
    })

    it('is red if another one has its path, and the nodes on it say why', async () => {
        const more = [
            { id: 'e2', type: 'socketworks-device-ws-endpoint', path: '/devices/' },
            { id: 'in2', type: 'socketworks-device-ws-in', endpoint: 'e2', wires: [[], [], []] },
        ]
        await peers.load({ more })
        // Which of them comes second is for Node-RED to say.
        const red = (ids: string[], text: RegExp) => Promise.race(ids.map((id) => peers.shows(id, 'red', text)))
        await red(['e', 'e2'], /^another endpoint has the path \/devices/)
        await red(['in', 'in2'], /is not ready: another/)
        await peers.connect('/devices')
    })

    it('shows on its nodes how many are connected', async () => {
        await peers.load()
        await peers.shows('in', 'grey', 'common.status.nobody')
        const { client } = await peers.connect()
        await peers.shows('in', 'green', 'common.status.peers')
        await peers.shows('out', 'green', 'common.status.peers')
        client.close()
        await peers.shows('in', 'grey', 'common.status.nobody')
    })

    it('listens on a port of its own, and says that it is in use until it is free', async () => {
        const blocker = createServer().listen(0)
        await once(blocker, 'listening')
        const { port } = blocker.address() as { port: number }
        await peers.load({ endpoint: { port } })
        await peers.shows('in', 'red', `port ${port} is in use`)
        const caught = await peers.next('caught')
        assert.deepEqual([caught.error.code, caught.error.source.id], ['CANNOT_LISTEN', 'e'])
        blocker.close()
        await peers.shows('in', 'grey', 'common.status.nobody')
        const client = new WebSocket(`ws://127.0.0.1:${port}/devices`)
        await once(client, 'open')
        const closed = once(client, 'close')
        await peers.unload()
        assert.equal((await closed)[0], 1012)
    })

    it('listens with its own port on this machine only, unless it is told another address', async () => {
        const port = await freePort()
        const address = Object.values(networkInterfaces())
            .flat()
            .find((one) => one?.family === 'IPv4' && !one.internal)?.address
        for (const [host, isOpen] of [
            [undefined, false],
            ['0.0.0.0', true],
        ] as const) {
            await peers.load({ endpoint: { port, ...(host && { host }) } })
            await peers.shows('in', 'grey', 'common.status.nobody')
            const client = new WebSocket(`ws://127.0.0.1:${port}/devices`)
            await once(client, 'open')
            client.terminate()
            if (address) {
                const other = new WebSocket(`ws://${address}:${port}/devices`)
                const came = new Promise((resolve) => other.on('open', () => resolve(true)).on('error', () => resolve(false)))
                assert.equal(await came, isOpen)
                other.terminate()
            }
            await peers.unload()
        }
    })

    it('is red where httpNodeAuth is set and nothing asks for the password, and lets nobody in', async () => {
        helper.settings({ httpNodeAuth: { user: 'me', pass: 'x' } } as never)
        await peers.load()
        await peers.shows('in', 'red', /^httpNodeAuth is set, but nothing here asks for it/)
        await assert.rejects(peers.connect('/devices', { headers: { authorization: `Basic ${btoa('me:x')}` } }), /503/)
        helper.settings({ httpNodeAuth: null } as never)
    })

    it('closes within a second, with 1001 when it is deleted', async () => {
        await peers.load()
        const { client } = await peers.connect()
        const closed = once(client, 'close')
        const took = stopwatch()
        await (peers.endpoint as unknown as { close(removed: boolean): Promise<void> }).close(true)
        assert.ok(took() < 1000)
        assert.equal((await closed)[0], 1001)
    })

    describe('lets in', () => {
        const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

        it('who has the token of its credentials', async () => {
            await peers.load({ endpoint: { auth: 'token' } }, { token: 'sesame' })
            assert.equal(await refused(), 401)
            await peers.connect('/devices', bearer('sesame'))
        })

        it('who has the token of a variable', async () => {
            process.env.TEST_WS_SECRET = 'sesame'
            await peers.load({ endpoint: { auth: 'token', tokenEnv: 'TEST_WS_SECRET' } })
            await peers.connect('/devices?access_token=sesame')
            assert.equal(await refused('/devices?access_token=x'), 401)
        })

        it('who has a token by a key, given as it is, in a variable or in a file', async () => {
            const { publicKey, privateKey } = generateKeyPairSync('ed25519')
            const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
            const token = await new SignJWT({ sub: 'd1', org: 'acme', exp: Math.floor(Date.now() / 1000) + 60 })
                .setProtectedHeader({ alg: 'EdDSA' })
                .sign(privateKey)
            const folder = await mkdtemp(join(tmpdir(), 'socketworks-ws-'))
            const file = join(folder, 'public.pem')
            await writeFile(file, pem)
            for (const given of ['credential', pem, file]) {
                process.env.TEST_WS_SECRET = given
                const secrets = given === 'credential' ? { key: pem } : {}
                await peers.load({ endpoint: { auth: 'jwt', keyEnv: 'TEST_WS_SECRET', accountClaim: 'org' } }, secrets)
                await peers.connect('/devices', bearer(token))
                const { peer, topic } = await peers.next('connected')
                assert.deepEqual([peer.id, topic, peer.account], ['d1', 'd1', 'acme'])
                await peers.unload()
            }
            await rm(folder, { recursive: true })
        })

        for (const [what, settings] of [
            ['no token is set', { auth: 'token' }],
            ['neither a key nor the URL of one is set', { auth: 'jwt' }],
            ['ENOENT', { auth: 'jwt', keyEnv: 'TEST_WS_SECRET' }],
            ['auth: must be one of none, token, jwt', { auth: 'jwtt' }],
            ['rate: must be', { rate: 'many' }],
        ] as const)
            it(`nobody while ${what}`, async () => {
                process.env.TEST_WS_SECRET = '/nowhere/public.pem'
                await peers.load({ endpoint: settings })
                await peers.shows('e', 'red', new RegExp(what))
                await peers.shows('in', 'red', /is not ready/)
                assert.equal(peers.endpoint.endpoint, undefined)
                await assert.rejects(peers.connect(), /503/)
            })
    })

    it('refuses what the editor marks as wrong, also when a variable holds it', async () => {
        for (const [setting, value] of [
            ['origins', 'https://a.example, b.example'],
            ['jwksUrl', 'ftp://keys.example'],
            ['jwksUrl', 'https://'],
        ]) {
            process.env.TEST_WS_SECRET = value
            await peers.load({ endpoint: { [setting!]: '${TEST_WS_SECRET}' } })
            await peers.shows('e', 'red', new RegExp(`^${setting}: must be `))
            await peers.unload()
        }
    })

    it('speaks OISP to devices, and says on MQTT that it is alive', async () => {
        const server = await startAedes()
        const listener = await connectAsync(server.url)
        await listener.subscribeAsync('alive')
        const beat = new Promise((resolve) => listener.once('message', (_topic, payload) => resolve(String(payload))))
        const issuer = new Issuer({ sub: 'lamp', accounts: [{ id: 'acme' }] })
        const endpoint = { protocol: 'oisp', auth: 'jwt', broker: 'b', heartbeatTopic: 'alive', heartbeatInterval: 60, revoked: 'none.txt' }
        const more = [{ id: 'b', type: 'socketworks-broker-config', host: '127.0.0.1', port: server.port }]
        await peers.load({ endpoint, out: { to: 'peers' }, more }, { key: issuer.pem })
        assert.equal(await beat, 'websocket-server')
        assert.equal(await refused('/devices'), 400)
        const device = await OispDevice.come(peers.url('/devices'), 'lamp', await issuer.token())
        await device.hears(1)
        const { peer } = await peers.next('connected')
        assert.deepEqual([peer.id, peer.account], ['lamp', 'acme'])
        helper.getNode('out').receive({ peer: { id: 'lamp', account: 'acme' }, payload: { componentId: 'c', command: 'x' } } as never)
        const params = { accountId: 'acme', deviceId: 'lamp', gatewayId: 'lamp', componentId: 'c', command: 'x', params: [] }
        assert.deepEqual((await device.hears(2))[1]!.content, { type: 'command', transport: 'ws', content: params })
        device.client.terminate()
        await listener.endAsync()
        await peers.unload()
        await server.close()
    })
})
