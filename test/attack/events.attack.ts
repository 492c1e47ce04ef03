import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { WebSocket } from 'ws'
import { HEAP, lives, memoryOf } from '../support/attack.ts'
import { EventClient } from '../support/event-client.ts'
import { startNodeRed } from '../support/node-red.ts'
import { Service } from '../support/service.ts'

/** MB that readers may cost that take nothing. */
const MOST = 150

const wired = { z: 'tab', x: 0, y: 0 }
/** GET /events for readers, POST /publish for whatever is to be told. */
const flows = [
    { id: 'tab', type: 'tab' },
    { ...wired, id: 'read', type: 'http in', method: 'get', url: '/events', wires: [['stream']] },
    { ...wired, id: 'publish', type: 'http in', method: 'post', url: '/publish', wires: [['stream']] },
    { ...wired, id: 'stream', type: 'socketworks-event-stream', wires: [['answer'], ['answer']] },
    { ...wired, id: 'answer', type: 'http response', wires: [] },
]

/** A reader that never takes what it is sent. */
async function mute(port: number, path: string): Promise<Socket> {
    const socket = connect(port, '127.0.0.1').pause()
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
    await once(socket, 'readable')
    return socket
}

describe('an event stream', function () {
    this.timeout(100_000)

    it('keeps to its memory and tells those who read all of 10 MB, while a hundred do not take it', async () => {
        const red = await startNodeRed({ flows, env: { ...HEAP } })
        const sockets: Socket[] = []
        try {
            const client = await EventClient.open(`${red.url}/events`)
            await client.first(({ event }) => event === 'ready')
            for (let n = 0; n < 100; n++) sockets.push(await mute(red.port, '/events'))
            const before = memoryOf(red.pid)
            const post = async (n: number) => {
                const body = JSON.stringify({ n, text: 'x'.repeat(10_000) })
                const { status } = await fetch(`${red.url}/publish`, {
                    method: 'POST',
                    headers: { 'content-type': 'application/json' },
                    body,
                })
                assert.equal(status, 200)
            }
            for (let n = 0; n < 1000; n += 10) await Promise.all(Array.from({ length: 10 }, (_, i) => post(n + i)))
            await client.until(() => client.all.length === 1001)
            assert.ok(!client.names().includes('gap'))
            const grown = memoryOf(red.pid) - before
            assert.ok(grown < MOST, `${grown} MB`)
            // One that takes it at last is told up to the end.
            let text = ''
            const late = sockets[0]!.setEncoding('utf8').on('data', (data: string) => {
                text = `${text.slice(-20_000)}${data}`
            })
            late.resume()
            while (!/"n":99\d/.test(text)) await once(late, 'data')
            client.leave()
        } finally {
            for (const socket of sockets) socket.destroy()
            await red.kill()
        }
    })
})

describe('live events', function () {
    this.timeout(100_000)
    let service: Service
    const sockets: Socket[] = []
    beforeEach(async () => {
        service = await Service.start({ env: { ...HEAP, SOCKET_INTERVAL: '0.1' } })
    })
    afterEach(async function () {
        if (this.currentTest?.isFailed()) console.log(service.red.log.slice(-3000))
        for (const socket of sockets.splice(0)) socket.destroy()
        await service.close()
    })
    const runs = async (count: number) => {
        for (let n = 0; n < count; n++) {
            const { body } = await service.post('/api/instance')
            await service.put(`/api/instance/${body.instance.id}`)
        }
    }
    it('reach those who read while 450 do not, which costs little memory, and others are refused', async () => {
        const client = await EventClient.open(`${service.red.url}/api/events`)
        await client.first(({ event }) => event === 'ready')
        const before = memoryOf(service.red.pid)
        for (let n = 0; n < 450; n++) sockets.push(await mute(service.red.port, '/api/events'))
        await runs(100)
        await client.until(() => client.names().filter((event) => event === 'stopped').length === 100)
        const grown = memoryOf(service.red.pid) - before
        assert.ok(grown < MOST, `${grown} MB`)
        assert.ok((await lives(service.red)) < 2000)
        const more = await Promise.all(Array.from({ length: 100 }, () => EventClient.open(`${service.red.url}/api/events`)))
        const statuses = more.map(({ status }) => status)
        assert.ok(statuses.includes(503) && statuses.includes(200), String(statuses))
        for (const one of [...more, client]) one.leave()
    })

    it('are for 500 of three thousand who come at once, which costs little memory, and for others once these are gone', async () => {
        const before = memoryOf(service.red.pid)
        const statuses = await Promise.all(
            Array.from({ length: 3000 }, async () => {
                const socket = await mute(service.red.port, '/api/events')
                sockets.push(socket)
                return Number(/^HTTP\/1\.1 (\d{3})/.exec(String(socket.read()))?.[1])
            }),
        )
        const counts = Map.groupBy(statuses, (status) => status)
        assert.deepEqual([...counts.keys()].sort(), [200, 503])
        assert.equal(counts.get(200)!.length, 500)
        assert.ok((await lives(service.red)) < 2000)
        await runs(20)
        assert.ok(memoryOf(service.red.pid) - before < MOST, `${memoryOf(service.red.pid) - before} MB`)
        for (const socket of sockets.splice(0)) socket.destroy()
        await service.until(async () => {
            const client = await EventClient.open(`${service.red.url}/api/events`)
            client.leave()
            return client.status === 200
        })
    })

    it('are for whoever comes and goes a thousand times, or asks with ids that are none', async () => {
        const ids = ['', 'x'.repeat(7000), '-', '0-99999999999999999999', '__proto__', encodeURIComponent('a\nb: c')]
        for (let n = 0; n < 1000; n += 50)
            await Promise.all(
                Array.from({ length: 50 }, async (_, i) => {
                    const client = await EventClient.open(`${service.red.url}/api/events?lastEventId=${ids[(n + i) % ids.length]}`)
                    assert.equal(client.status, 200)
                    client.leave()
                }),
            )
        const client = await EventClient.open(`${service.red.url}/api/events?lastEventId=a&lastEventId=b`)
        await client.first(({ event }) => event === 'ready')
        await runs(1)
        await client.first(({ event }) => event === 'stopped')
        client.leave()
    })

    it('go on for others when a WebSocket answers nothing, or sends what it likes', async () => {
        const url = `${service.red.url.replace('http', 'ws')}/api/events`
        const silent = Array.from({ length: 50 }, () => new WebSocket(url, { autoPong: false }))
        await Promise.all(silent.map((one) => once(one, 'open')))
        const loud = new WebSocket(url).on('error', () => {})
        await once(loud, 'open')
        for (let n = 0; n < 500; n++) loud.send('{"event":"on","payload":1}')
        const client = await EventClient.open(`${service.red.url}/api/events`)
        await runs(20)
        await client.until(() => client.names().filter((event) => event === 'stopped').length === 20)
        assert.ok(!client.all.some(({ data }) => data.payload === 1))
        for (const one of [...silent, loud]) one.terminate()
        client.leave()
    })
})
