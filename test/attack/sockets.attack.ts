import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { HEAP, lives, memoryOf, slowest } from '../support/attack.ts'
import { flowsOfAll, wsEndpoints } from '../support/examples.ts'
import { Issuer } from '../support/issuer.ts'
import { Service } from '../support/service.ts'

type WsEndpoint = (typeof wsEndpoints)[number]

/** MB that peers may cost, whatever they send or do not take. */
const MOST = 250
const SLOW = 600
/** MB: each may leave 1 MB untaken, but not all of them. */
const MOST_OF_SLOW = 400
/** As large as a frame may be in most of the examples. */
const LARGE = 60_000
const filler = 'x'.repeat(LARGE)

const odd: (string | Buffer)[] = [
    ...[
        '',
        ' ',
        'null',
        '1',
        '"x"',
        '[]',
        '{}',
        '{',
        '\0',
        '{"a":1e999}',
        '{"__proto__":{"x":1}}',
        '{"constructor":{"prototype":{"x":1}}}',
    ],
    ...[1000, 20_000].flatMap((times) => [
        `${'['.repeat(times)}1${']'.repeat(times)}`,
        `{"action":"publish","channel":"talk","data":${'['.repeat(times)}1${']'.repeat(times)}}`,
        `{"robotName":"r","robotAddress":"r","userID":${'['.repeat(times)}1${']'.repeat(times)}}`,
        `{"type":"device","deviceId":"d","deviceToken":${'['.repeat(times)}1${']'.repeat(times)}}`,
    ]),
    ...['action', 'type', 'event', 'robotName', 'channel'].flatMap((key) => [
        `{"${key}":null}`,
        `{"${key}":{"toString":1}}`,
        `{"${key}":["x"]}`,
    ]),
    ...['subscribe', 'unsubscribe', 'publish'].flatMap((action) =>
        [null, 1, '', '*', '../x', '__proto__', 'x'.repeat(5000), { toString: 1 }].map((channel) =>
            JSON.stringify({ action, channel, data: 1 }),
        ),
    ),
    JSON.stringify({ action: 'subscribe', channel: 'talk', since: 'x'.repeat(50_000) }),
    JSON.stringify({ robotName: filler, robotAddress: filler, userID: filler }),
    ...[Buffer.alloc(0), Buffer.from([0xff, 0xfe, 0xfd]), Buffer.alloc(LARGE)],
]

/** Frames without end for each of the examples' endpoints: each asks for something to be kept, or told to others. */
const floods: Record<string, (who: number, n: number) => object> = {
    '/live/push': (who, n) => ({ action: 'publish', channel: `talk/${who}-${n}`, data: filler }),
    '/robots': (who, n) =>
        n === 0
            ? { robotName: filler.slice(0, 200), robotAddress: `r${who}`, userID: 'u' }
            : { event: 'client robot message', value: filler },
}
const anything = (who: number, n: number): object => ({ type: 'UPDT', message: `0001:${who}-${n}:{"a":"${filler}"}` })

describe('attacked by WebSocket, all examples in a Node-RED of 512 MB', function () {
    this.timeout(120_000)
    let service: Service
    const open = new Set<WebSocket>()
    before(async () => {
        const env = { ...HEAP, OISP_PUBLIC_KEY_FILE: new Issuer().pem }
        service = await Service.start({ flows: flowsOfAll, env })
    })
    after(() => service.close())
    afterEach(async () => {
        for (const socket of open) socket.terminate()
        open.clear()
        await lives(service.red, 10_000)
    })

    async function connect({ path, protocols }: Pick<WsEndpoint, 'path' | 'protocols'>): Promise<WebSocket> {
        const socket = new WebSocket(`ws://127.0.0.1:${service.red.port}${path}`, protocols)
        socket.on('error', () => {})
        open.add(socket)
        await once(socket, 'open')
        return socket
    }

    for (const endpoint of wsEndpoints) {
        it(`${endpoint.path} takes ${odd.length} odd frames, each alone on a connection`, async () => {
            for (const frame of odd) {
                const socket = await connect(endpoint)
                socket.send(frame)
                // A ping behind it is answered once it was read.
                socket.ping()
                await Promise.race([once(socket, 'pong'), once(socket, 'close')])
                socket.terminate()
                open.delete(socket)
            }
        })

        it(`${endpoint.path} keeps to its memory while ten send large frames without end, and take nothing`, async () => {
            const before = memoryOf(service.red.pid)
            const end = performance.now() + 4000
            const make = floods[endpoint.path] ?? anything
            const flood = async (who: number) => {
                let socket = await connect(endpoint)
                for (let n = 0; performance.now() < end; n++) {
                    if (socket.readyState !== WebSocket.OPEN) [socket, n] = [await connect(endpoint), 0]
                    if (n === 1) socket.pause()
                    if (socket.bufferedAmount < 1_000_000) socket.send(JSON.stringify(make(who, n)))
                    await sleep(10)
                }
            }
            let grown = 0
            const most = await slowest(Promise.all(Array.from({ length: 10 }, (_, who) => flood(who))), () => {
                grown = Math.max(grown, memoryOf(service.red.pid) - before)
                return lives(service.red, 10_000)
            })
            assert.ok(most < 2000, `${most} ms`)
            assert.ok(grown < MOST, `${grown} MB`)
        })
    }

    it('nobody writes lines of their own into the log', async () => {
        const forged = 'x\nFORGED\r\nFORGED\u2028FORGED'
        const frames = [
            { robotName: forged, robotAddress: forged, userID: forged },
            { event: forged, value: forged },
            { action: 'subscribe', channel: forged },
            { type: forged, message: `0001:${forged}:{"${forged}":1}` },
            { type: 'device', deviceId: forged, deviceToken: forged },
        ]
        for (const endpoint of wsEndpoints)
            for (const frame of frames) {
                const socket = await connect(endpoint)
                socket.send(JSON.stringify(frame))
                socket.ping()
                await Promise.race([once(socket, 'pong'), once(socket, 'close')])
                socket.terminate()
            }
        await lives(service.red, 10_000)
        assert.doesNotMatch(service.red.log, /^\s*FORGED/m)
    })

    it('600 subscribers of a channel that take nothing cost less than they might leave untaken, and keep nothing from one who reads', async () => {
        const endpoint = { path: '/live/push', protocols: [] }
        const subscribe = async (channel: string) => {
            const socket = await connect(endpoint)
            const heard: { action?: string; data?: { n: number } }[] = []
            socket.on('message', (data) => heard.push(JSON.parse(String(data))))
            socket.send(JSON.stringify({ action: 'subscribe', channel }))
            while (!heard.some(({ action }) => action === 'ready')) await once(socket, 'message')
            return { socket, heard }
        }
        const slow = await Promise.all(Array.from({ length: SLOW }, (_, i) => subscribe(i % 2 ? 'talk' : '*')))
        for (const { socket } of slow) socket.pause()
        const reader = await subscribe('talk')
        const before = memoryOf(service.red.pid)
        const publish = async (n: number) => {
            const { status } = await service.post('/live/talk', { n, text: filler })
            assert.ok(status === 200 || status === 503, `${status}`)
            return status === 200
        }
        let last = 0
        for (let n = 0; n < 1000; n += 10) {
            const done = await Promise.all(Array.from({ length: 10 }, (_, i) => publish(n + i)))
            last = n + done.lastIndexOf(true)
        }
        while (!reader.heard.some(({ data }) => data?.n === last)) await once(reader.socket, 'message')
        const grown = memoryOf(service.red.pid) - before
        assert.ok(grown < MOST_OF_SLOW, `${grown} MB`)
    })
})
