import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EventClient } from '../support/event-client.ts'
import { Flow } from '../support/flow.ts'

describe('event-stream', () => {
    let flow: Flow
    let server: Server
    const clients: EventClient[] = []
    beforeEach(async () => {
        server = createServer()
        await once(server.listen(0, '127.0.0.1'), 'listening')
    })
    afterEach(async () => {
        for (const client of clients.splice(0)) client.leave()
        await flow.close()
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
    })
    const open = async (settings: object = {}) => {
        flow = await Flow.open('event-stream', { socket: null, settings })
    }
    /** A request as an http in node has it, and who sent it. */
    async function ask(lastId?: string, headers: Record<string, string> = {}) {
        const { port } = server.address() as AddressInfo
        const asked = once(server, 'request')
        const client = EventClient.open(`http://127.0.0.1:${port}/`, { headers, ...(lastId && { lastId }) })
        const [request, response] = (await asked) as [IncomingMessage, ServerResponse]
        // As Express has it.
        Object.assign(response, {
            status: (code: number) =>
                Object.assign(response, { statusCode: code, json: (body: unknown) => response.end(JSON.stringify(body)) }),
        })
        const { method, headers: given } = request
        return { msg: { req: { method, headers: given, query: {} }, res: { _res: response }, payload: {} }, client, response }
    }
    async function reader(lastId?: string): Promise<EventClient> {
        const { msg, client } = await ask(lastId)
        flow.node().receive(msg as never)
        const reader = await client
        clients.push(reader)
        await reader.first(({ event }) => event === 'ready')
        return reader
    }

    it('tells readers what it is given, and passes that on', async () => {
        await open()
        const client = await reader()
        await flow.shows('green', '1 reader')
        const out = await flow.done({ event: 'on', topic: 'heater', payload: { n: 1 }, other: 2 })
        assert.deepEqual([out.payload, out.other, out.event], [{ n: 1 }, 2, 'on'])
        await flow.done({ payload: 'text' })
        await client.first(({ event }) => event === 'message')
        assert.deepEqual(
            client.all.map(({ event, data }) => [event, data]),
            [
                ['ready', { resumed: false }],
                ['on', { topic: 'heater', payload: { n: 1 } }],
                ['message', { payload: 'text' }],
            ],
        )
        client.leave()
        await flow.shows('grey', 'common.status.nobody')
    })

    it('tells who is new the state and the latest of each topic', async () => {
        await open({ latest: 'temperature, reading', state: '{"a":1}', stateType: 'json' })
        for (const [event, topic, payload] of [
            ['temperature', 'one', 1],
            ['temperature', 'two', 2],
            ['reading', 'one', 3],
            ['temperature', 'one', 4],
            ['other', 'one', 5],
        ])
            await flow.done({ event, topic, payload })
        const client = await reader()
        assert.deepEqual(
            client.all.map(({ data }) => data.payload),
            [{ a: 1 }, 2, 3, 4, undefined],
        )
    })

    it('goes on over a deploy, with other limits as well', async () => {
        await open()
        const client = await reader()
        await flow.done({ event: 'on', payload: 1 })
        const { id } = await client.first(({ event }) => event === 'on')
        for (const payload of [2, 3, 4]) await flow.done({ event: 'on', payload })
        await client.first(({ data }) => data.payload === 4)
        await flow.redeploy()
        await client.until(() => client.isOver)
        assert.deepEqual((await reader(id)).names(), ['on', 'on', 'on', 'ready'])
        await flow.redeploy({ settings: { most: '2' } })
        assert.deepEqual((await reader(id)).names(), ['gap', 'on', 'on', 'ready'])
    })

    it('refuses what cannot be told, or kept', async () => {
        await open({ mostBytes: '1 kB' })
        await flow.refused({ event: 'a\nb', payload: 1 }, 422, 'BAD_INPUT')
        await flow.refused({ event: 'ready', payload: 1 }, 422, 'BAD_INPUT')
        const circle: Record<string, unknown> = {}
        circle.itself = circle
        await flow.refused({ event: 'on', payload: circle }, 422, 'BAD_INPUT')
        await flow.refused({ event: 'on', payload: 'x'.repeat(2000) }, 413, 'TOO_LARGE')
        await flow.done({ event: 'on', payload: 1 })
    })

    it('refuses readers beyond the most, and those who cannot be reached', async () => {
        await open({ mostReaders: '1' })
        await flow.refused({ req: { method: 'GET' } }, 422, 'BAD_INPUT')
        await flow.refused({ event: 'connected', peer: { connection: 'x' } }, 422, 'BAD_INPUT')
        await reader()
        const { msg, client, response } = await ask()
        await flow.refused(msg, 503, 'FULL')
        assert.equal(response.headersSent, false)
        response.end()
        await client
    })

    it('lets no page read by a name that was made to point here', async () => {
        await open()
        const { msg, client, response } = await ask()
        msg.req.headers.host = 'evil.example'
        await flow.refused(msg, 403, 'FOREIGN_HOST')
        response.end()
        await client
    })
})
