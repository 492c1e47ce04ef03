import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { EventClient, type Got } from '../support/event-client.ts'
import { Frames } from '../support/frames.ts'
import { example, Service } from '../support/service.ts'

describe('GET /api/events', () => {
    let service: Service
    const clients: EventClient[] = []
    before(async () => {
        service = await Service.start()
    })
    after(() => service.close())
    afterEach(async () => {
        for (const client of clients.splice(0)) client.leave()
        await service.calm()
    })
    const open = async (options?: Parameters<typeof EventClient.open>[1], path = '/api/events') => {
        const client = await EventClient.open(service.red.url + path, options)
        clients.push(client)
        return client
    }
    const start = async (): Promise<string> => (await service.post('/api/instance')).body.instance.id
    const runsOf = (all: Got[]) =>
        all
            .filter(({ event }) => event === 'started' || event === 'stopped')
            .map(({ event, data }) => `${event} ${data.payload.instanceId}`)

    it('tells the state, then readings and events as they happen', async () => {
        const client = await open()
        const state = await client.first(({ event }) => event === 'state')
        assert.deepEqual([state.data.payload.power, state.data.payload.runningInstances, state.id], ['off', [], ''])
        await client.first(({ event }) => event === 'ready')
        const id = await start()
        const reading = await client.first(({ event }) => event === 'reading')
        assert.equal(reading.data.topic, 'smart socket')
        assert.equal(typeof reading.data.payload.reading.power, 'number')
        assert.ok(Math.abs(Date.parse(reading.data.payload.timestamp) - Date.now()) < 20_000)
        await service.put(`/api/instance/${id}`)
        await service.post('/api/emergency-stop')
        await service.put('/api/recover')
        await client.first(({ event }) => event === 'recovered')
        assert.deepEqual(runsOf(client.all), [`started ${id}`, `stopped ${id}`])
        for (const event of ['on', 'off', 'emergency']) assert.ok(client.names().includes(event), event)
        const ids = client.all.flatMap(({ id }) => (id === '' ? [] : Number(id.split('-')[1])))
        assert.deepEqual(
            ids,
            ids.toSorted((a, b) => a - b),
        )
        // Who comes later is told the latest reading first.
        const later = await open()
        await later.first(({ event }) => event === 'ready')
        assert.deepEqual(later.names().slice(0, 3), ['state', 'reading', 'ready'])
    })

    it('tells whoever comes back all that was missed, once, by the header or in the address', async () => {
        const client = await open()
        await client.first(({ event }) => event === 'ready')
        client.leave()
        const id = await start()
        await service.put(`/api/instance/${id}`)
        for (const back of [await open({ lastId: client.lastId }), await open({}, `/api/events?lastEventId=${client.lastId}`)]) {
            const ready = await back.first(({ event }) => event === 'ready')
            assert.deepEqual(ready.data, { resumed: true })
            assert.deepEqual(runsOf(back.all), [`started ${id}`, `stopped ${id}`])
            assert.ok(!back.names().includes('gap') && !back.names().includes('state'))
        }
    })

    it('is read with nothing but a socket, as a proxy would', async () => {
        const socket = connect(service.red.port, '127.0.0.1')
        let text = ''
        socket.setEncoding('utf8').on('data', (data) => {
            text += data
        })
        socket.write('GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
        while (!text.includes('event: ready')) await once(socket, 'data')
        for (const header of ['HTTP/1.1 200', 'text/event-stream', 'no-transform', 'X-Accel-Buffering: no'])
            assert.match(text, new RegExp(header, 'i'))
        assert.match(text, /\nretry: \d{4}\n\n/)
        socket.destroy()
        const { status, headers } = await fetch(`${service.red.url}/api/events`, { method: 'HEAD' })
        assert.deepEqual([status, headers.get('content-type')], [200, 'text/event-stream'])
    })

    it('tells the same over a WebSocket, which goes on where it was as well', async () => {
        const url = `${service.red.url.replace('http', 'ws')}/api/events`
        const frames = await Frames.open(url)
        const ready = await frames.until(({ event }) => event === 'ready')
        assert.equal(JSON.parse(frames.all[0]!).event, 'state')
        const id = await start()
        const started = await frames.until(({ event }) => event === 'started')
        assert.deepEqual([started.topic, started.payload.instanceId], ['smart socket', id])
        await frames.close()
        const back = await Frames.open(`${url}?lastEventId=${ready.id}`)
        assert.equal((await back.until(({ event }) => event === 'started')).id, started.id)
        await back.until(({ event, resumed }) => event === 'ready' && resumed === true)
        await back.close()
    })

    it('tells two hundred readers the same, some of whom come and go', async () => {
        const many = await Promise.all(Array.from({ length: 200 }, () => open()))
        await Promise.all(many.map((client) => client.first(({ event }) => event === 'ready')))
        for (const client of many.slice(0, 50)) client.leave()
        const id = await start()
        await service.put(`/api/instance/${id}`)
        const staying = many.slice(50)
        await Promise.all(staying.map((client) => client.first(({ event }) => event === 'stopped')))
        for (const client of staying) assert.deepEqual(runsOf(client.all), [`started ${id}`, `stopped ${id}`])
    })

    it('ends at a deploy, and goes on afterwards for whoever comes back by itself', async () => {
        const client = await open({ returns: true })
        await client.first(({ event }) => event === 'ready')
        const id = await start()
        await client.first(({ event }) => event === 'started')
        await service.red.deploy(await example('smart-socket-service'))
        await client.until(() => client.times === 2)
        await client.first(({ event, data }) => event === 'ready' && data.resumed)
        await service.put(`/api/instance/${id}`)
        await client.first(({ event }) => event === 'stopped')
        assert.deepEqual(runsOf(client.all), [`started ${id}`, `stopped ${id}`])
        assert.ok(client.retry >= 2000 && client.retry < 5000)
        assert.ok(!client.names().includes('gap'))
    })

    it('refuses readers for whom there is no room, also by WebSocket', async () => {
        const flows = await example('smart-socket-service')
        const isStream = (node: object) => Reflect.get(node, 'type') === 'socketworks-event-stream'
        await service.red.deploy(flows.map((node) => (isStream(node) ? { ...node, mostReaders: '1' } : node)))
        await service.heard()
        await open()
        const { status, body } = await service.get('/api/events')
        assert.deepEqual([status, body.message], [503, 'at most 1 may read at once'])
        const frames = new Frames(`${service.red.url.replace('http', 'ws')}/api/events`)
        assert.equal((await once(frames.socket, 'close'))[0], 1013)
        await service.red.deploy(flows)
        await service.heard()
    })

    it('says that there is a gap after a restart, and how it is now', async () => {
        const client = await open()
        await client.first(({ event }) => event === 'ready')
        const id = await start()
        await client.first(({ event }) => event === 'started')
        await service.red.kill()
        await client.until(() => client.isOver)
        await service.again()
        await service.heard()
        const back = await open({ lastId: client.lastId })
        const { data } = await back.first(({ event }) => event === 'state')
        assert.deepEqual(back.all[0]!.data, { reason: 'restarted' })
        assert.deepEqual(data.payload.runningInstances, [id])
        assert.equal((await back.first(({ event }) => event === 'ready')).data.resumed, false)
    })
})
