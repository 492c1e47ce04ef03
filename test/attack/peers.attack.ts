import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { HEAP, lives } from '../support/attack.ts'
import { FleetObserver, report } from '../support/fleet-observer.ts'
import type { Frames } from '../support/frames.ts'
import { Issuer } from '../support/issuer.ts'

const { hashSync } = createRequire(import.meta.url)('bcryptjs') as { hashSync(password: string, rounds: number): string }

/** POST /keep keeps `{peer, content}`, and answers once it is kept. */
const keeping = [
    { id: 'attack.in', z: 'fleet-observer', type: 'http in', url: '/keep', method: 'post', wires: [['attack.keep']] },
    {
        id: 'attack.keep',
        z: 'fleet-observer',
        type: 'socketworks-device-ws-out',
        endpoint: 'socketworks.devices',
        to: 'peers',
        peer: 'payload.peer',
        content: 'payload.content',
        delivery: 'kept',
        store: 'socketworks.store',
        wires: [[], []],
    },
    { id: 'attack.kept', z: 'fleet-observer', type: 'complete', scope: ['attack.keep'], wires: [['attack.answer']] },
    { id: 'attack.answer', z: 'fleet-observer', type: 'http response', statusCode: '202' },
]

describe('attacked by other peers, the fleet observer', function () {
    this.timeout(30_000)
    const issuer = new Issuer()
    let observer: FleetObserver

    before(async () => {
        const env = { ...HEAP, DEVICE_AUTH: 'jwt', OBSERVER_PUBLIC_KEY: issuer.pem }
        const nodes = { 'socketworks.devices': { duplicate: 'close-old' } }
        observer = await FleetObserver.start({ env, nodes, more: keeping })
    })
    afterEach(() => observer.leave())
    after(() => observer.stop())

    const owner = async () => observer.connect('/update/', await issuer.token({ sub: 'pump-1', account: 'north' }))
    const thief = async (account?: string) =>
        observer.connect('/update/?id=pump-1', await issuer.token(account === undefined ? {} : { account }))
    const keep = async (content: string) => {
        const body = JSON.stringify({ peer: 'pump-1', content })
        const response = await fetch(`${observer.red.url}/keep`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
        assert.equal(response.status, 202)
    }
    /** What a peer was sent, once it has answered to all of it. */
    const sent = async ({ socket, all }: Frames) => {
        if (socket.readyState === WebSocket.OPEN) socket.ping()
        if (socket.readyState < WebSocket.CLOSED) await Promise.any([once(socket, 'pong'), once(socket, 'close')])
        return all.map((text) => JSON.parse(text).message).filter((message) => message.startsWith('kept'))
    }

    it('lets no token of another account, nor one without sub, have the place of a proven device or what is kept for it', async () => {
        await keep('kept before it was ever there')
        assert.deepEqual(await sent(await thief('south')), [])
        const device = await owner()
        await device.until(({ message }) => message.startsWith('kept'))
        for (const account of ['south', 'north', undefined]) await thief(account)
        await keep('kept while it is there')
        await device.until(({ message }) => message === 'kept while it is there')
        assert.equal(device.socket.readyState, WebSocket.OPEN)
        await observer.leave()
        await keep('kept while it is away')
        for (const account of ['south', 'north', undefined]) assert.deepEqual(await sent(await thief(account)), [])
        await observer.red.stop()
        await observer.again()
        for (const account of ['south', 'north', undefined]) assert.deepEqual(await sent(await thief(account)), [])
        await (await owner()).until(({ message }) => message === 'kept while it is away')
        await lives(observer.red)
    })

    it('turns nobody away for long whose token is right, however many others are tried', async () => {
        const right = { authorization: `Bearer ${await issuer.token({ sub: 'pump-2' })}` }
        const all = Array.from({ length: 300 }, (_, i) =>
            observer.handshake('/update/', { authorization: `Bearer wrong-${i}` }).catch(() => 0),
        )
        assert.equal(await observer.handshake('/update/', right), 101)
        const statuses = await Promise.all(all)
        assert.ok(statuses.every((status) => status === 401 || status === 429))
        assert.ok(statuses.filter((status) => status === 401).length <= 50)
        assert.equal(await observer.handshake('/update/', right), 101)
        await lives(observer.red)
    })

    it('refuses a page without an address, where the handshake names no host', async () => {
        const { port } = new URL(observer.red.url)
        const socket = connect(Number(port), '127.0.0.1')
        const head = ['GET /client/ HTTP/1.0', 'Connection: Upgrade', 'Upgrade: websocket', 'Origin: null', 'Sec-WebSocket-Version: 13']
        socket.end([...head, 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', '', ''].join('\r\n'))
        const chunks: Buffer[] = []
        for await (const chunk of socket) chunks.push(chunk)
        assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 40[03] /)
    })

    it('stores all of what it acknowledges to a device that goes on from an older message id', async () => {
        const serial = 'meter-1'
        const said: number[] = []
        const say = async (device: Frames, from: number, count: number, value: number) => {
            for (let n = 0; n < count; n++) {
                assert.equal(await report(device, String(from + n).padStart(4, '0'), serial, { energy: value + n }), 'OK')
                said.push(value + n)
            }
        }
        const token = await issuer.token({ account: 'north' })
        await say(await observer.connect('/update/', token), 100, 32, 1000)
        await say(await observer.connect('/update/', token), 110, 21, 2000)
        const third = await observer.connect('/update/', token)
        await say(third, 131, 1, 3000)
        await say(third, 120, 5, 4000)
        const { body } = await observer.get(`/devices/${serial}/history/energy`)
        assert.deepEqual(
            body.points.map(({ value }: { value: number }) => value),
            said,
        )
    })
})

describe('with settings that somebody got wrong, the fleet observer', function () {
    this.timeout(60_000)
    let observer: FleetObserver
    afterEach(() => observer.stop())

    it('is closed at once, not open, where DEVICE_AUTH is misspelt', async () => {
        observer = await FleetObserver.start({ env: { ...HEAP, DEVICE_AUTH: 'jwtt', VIEWER_AUTH: 'Token' } })
        for (const path of ['/update/', '/client/']) assert.equal(await observer.handshake(path), 503)
    })

    it('is open by WebSocket to nobody who lacks the password of httpNodeAuth', async () => {
        const httpNodeAuth = { user: 'me', pass: hashSync('secret', 8) }
        observer = await FleetObserver.start({ env: HEAP, settings: { httpNodeAuth } })
        const basic = (password: string) => ({ authorization: `Basic ${btoa(`me:${password}`)}` })
        for (const path of ['/update/', '/client/']) {
            assert.equal(await observer.handshake(path), 401)
            assert.equal(await observer.handshake(path, basic('secret')), 101)
        }
        const all = Array.from({ length: 300 }, (_, i) => observer.handshake('/client/', basic(`wrong ${i}`)))
        assert.equal(await observer.handshake('/client/', basic('secret')), 101)
        await lives(observer.red)
        assert.ok((await Promise.all(all)).every((status) => status === 401 || status === 429))
    })
})
