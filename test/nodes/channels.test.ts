import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import helper from 'node-red-node-test-helper'
import alarm from '../../nodes/alarm/runtime.ts'
import channelIn from '../../nodes/channel-in/runtime.ts'
import channelOut from '../../nodes/channel-out/runtime.ts'
import records from '../../nodes/records/runtime.ts'
import type { StoreNode } from '../../nodes/store-config/client.ts'
import { channelsOf } from '../../src/channels/index.ts'
import { systemClock } from '../../src/lib/index.ts'
import { EventClient } from '../support/event-client.ts'
import { Frames } from '../support/frames.ts'
import { type Message, Peers } from '../support/peers.ts'

describe('channel in, channel out', () => {
    const peers = new Peers([alarm, channelIn, channelOut, records])
    const clients: Frames[] = []
    const readers: EventClient[] = []
    const node = (id: string, type: string, more: object) => ({ id, type: `socketworks-${type}`, store: 'st', ...more })
    const flow = {
        endpoint: { path: '/push', protocol: 'channels', store: 'st', publish: 'data, alarms, talk/*, admin@admin' },
        more: [
            node('n-publish', 'channel-out', { wires: [['done'], ['refused']] }),
            node('n-post', 'channel-out', { channel: 'channel', channelType: 'msg', wires: [['done'], ['refused']] }),
            node('n-hear', 'channel-in', { wires: [['message']] }),
            node('n-peers', 'channel-in', { channel: '*', source: 'peers', wires: [['said']] }),
            node('n-kept', 'channel-in', { channel: 'data', first: 'kept', wires: [['kept-message']] }),
            node('n-alarm', 'alarm', { operation: 'raise', wires: [['raised'], ['refused'], ['n-transitions']] }),
            node('n-transitions', 'channel-out', { channel: 'alarms', wires: [[], ['refused']] }),
            node('n-put', 'records', { operation: 'put', wires: [['done'], ['refused']] }),
            node('n-wrong', 'channel-in', { channel: 'a//b', wires: [[]] }),
            ...['said', 'raised', 'kept-message'].map((id) => ({ id, type: 'helper' })),
        ],
    }
    let server: Server
    before(async () => {
        await helper.startServer()
        server = createServer((request, response) => {
            // As Express has it.
            const status = (code: number) => Object.assign(response, { statusCode: code, json: () => response.end() })
            const query = Object.fromEntries(new URL(request.url!, 'http://localhost').searchParams)
            const { method, headers } = request
            peers.give({ req: { method, headers, query }, res: { _res: Object.assign(response, { status }) }, payload: {} }, 'n-publish')
        })
        await once(server.listen(0, '127.0.0.1'), 'listening')
    })
    after(async () => {
        server.closeAllConnections()
        server.close()
        await helper.stopServer()
    })
    const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    beforeEach(() => peers.load(flow))
    afterEach(async () => {
        for (const reader of readers.splice(0)) reader.leave()
        for (const client of clients.splice(0)) client.socket.terminate()
        await peers.unload()
    })
    const done = async (msg: object, id = 'n-publish'): Promise<Message> => {
        const count = peers.heard('done').length
        peers.give(msg, id)
        return await peers.next('done', count + 1)
    }
    async function page(...channels: string[]): Promise<Frames> {
        const client = await Frames.open(`${helper.url().replace('http', 'ws')}/push`)
        clients.push(client)
        for (const channel of channels) {
            client.send({ action: 'subscribe', channel })
            await client.until((frame) => frame.action === 'ready' && frame.channel === channel)
        }
        return client
    }
    async function stream(query: string, lastId?: string): Promise<EventClient> {
        const reader = await EventClient.open(`${url()}${query}`, lastId === undefined ? {} : { lastId })
        readers.push(reader)
        return reader
    }

    it('fit each other as they are: what one publishes, the other passes on', async () => {
        const out = await done({ topic: 'tank1', payload: { temperature: 21.5 }, other: 1 })
        assert.deepEqual([out.statusCode, out.payload, out.other, out.channel], [200, { temperature: 21.5 }, 1, 'data'])
        const { topic, payload, channel, key, id, time, peer } = await peers.next('message')
        assert.deepEqual([topic, payload, channel, key, id, peer], ['tank1', { temperature: 21.5 }, 'data', 'tank1', out.id, undefined])
        assert.equal(typeof time, 'number')
        await done({ payload: 1 })
        assert.equal((await peers.next('message', 2)).topic, 'data')
    })

    it('tell pages, and hear what they publish, if they may', async () => {
        const [one, other] = [await page('data', 'talk/*'), await page()]
        await peers.shows('n-publish', 'green', /subscriber/)
        const { id } = await done({ topic: 'a', payload: 1 })
        const told = await one.until((frame) => frame.data === 1)
        assert.deepEqual([told.channel, told.key, told.id], ['data', 'a', id])
        other.send({ action: 'publish', channel: 'talk/beer', data: 'hello' })
        await one.until((frame) => frame.data === 'hello')
        const said = await peers.next('said')
        assert.deepEqual([said.payload, said.channel, said.peer.endpoint], ['hello', 'talk/beer', 'e'])
        other.send({ action: 'publish', channel: 'admin', data: 1 })
        assert.equal((await other.until((frame) => frame.action === 'refused')).code, 'NOT_PERMITTED')
    })

    it('tell by server-sent events, from the cursor of a WebSocket on, and the other way round', async () => {
        const one = await page('data')
        await done({ topic: 'a', payload: 1 })
        const { id } = await one.until((frame) => frame.data === 1)
        const { cursor } = await one.until((frame) => frame.action === 'ready')
        await done({ topic: 'b', payload: 2 })
        const reader = await stream('', cursor.replace(/\d+$/, id))
        await reader.first(({ event }) => event === 'ready')
        assert.deepEqual(reader.names(), ['subscribed', 'message', 'ready'])
        const { data, id: lastId } = reader.all[1]!
        assert.deepEqual([data.data, data.key, lastId], [2, 'b', `${cursor.split('.')[0]}.${data.id}`])
        await done({ topic: 'c', payload: 3 })
        await reader.first((got) => got.data.data === 3)
        const again = await page()
        again.send({ action: 'subscribe', channel: 'data', since: lastId })
        assert.equal((await again.until((frame) => frame.data !== undefined)).data, 3)
        const both = await stream('?channel=data,%20talk/*&severity=error')
        assert.equal((await both.first(({ event }) => event === 'ready')).data.channel, 'data,talk/*')
        assert.equal((await fetch(url(), { method: 'HEAD' })).status, 200)
        for (const query of ['?channel=a//b', '?severity=loud']) {
            const count = peers.heard('refused').length
            const asked = fetch(url() + query)
            const { res, ...refused } = await peers.next('refused', count + 1)
            ;(res._res as ServerResponse).end()
            assert.deepEqual([refused.statusCode, refused.refusal.code, (await asked).ok], [422, 'BAD_INPUT', true])
        }
    })

    it('tell first which alarms stand, and then what becomes of them', async () => {
        peers.give({ payload: { id: 'hot', text: 'too hot' } }, 'n-alarm')
        await peers.next('raised')
        const one = await page('alarms')
        const active = await one.until((frame) => frame.active)
        assert.deepEqual(
            active.data.map(({ id, text }: { id: string; text: string }) => [id, text]),
            [['hot', 'too hot']],
        )
        peers.give({ payload: { id: 'cold', text: 'too cold' } }, 'n-alarm')
        assert.equal((await one.until((frame) => frame.data?.id === 'cold')).data.active, true)
        one.send({ action: 'publish', channel: 'alarms', data: { id: 'hot', action: 'acknowledge' } })
        assert.deepEqual((await peers.next('said')).payload, { id: 'hot', action: 'acknowledge' })
    })

    it('tell of a record that was changed, but not what is in it', async () => {
        const one = await page('settings')
        await done({ topic: 'unit', payload: { secret: 1 } }, 'n-put')
        const { key, data } = await one.until((frame) => frame.data !== undefined)
        assert.deepEqual([key, data], ['unit', { key: 'unit', version: 1 }])
    })

    it('refuse what cannot be published, and are red where nothing can be heard', async () => {
        for (const [msg, id] of [
            [{ payload: 1 }, 'n-post'],
            [{ channel: 'data/*', payload: 1 }, 'n-post'],
            [{ channel: '__proto__/', payload: 1 }, 'n-post'],
            [{ topic: 'a' }, 'n-publish'],
            [{ topic: 'x'.repeat(257), payload: 1 }, 'n-publish'],
        ] as const) {
            const count = peers.heard('refused').length
            peers.give(msg, id)
            const { statusCode, refusal } = await peers.next('refused', count + 1)
            assert.deepEqual([statusCode, refusal.code], [422, 'BAD_INPUT'], JSON.stringify(msg).slice(0, 50))
        }
        peers.give({ payload: 'x'.repeat(262_144) }, 'n-publish')
        assert.equal((await peers.find('refused', ({ statusCode }) => statusCode === 413)).refusal.code, 'TOO_LARGE')
        await peers.shows('n-wrong', 'red', /must be a channel/)
    })

    it('forget a page when its endpoint is deployed anew, though the store stays', async () => {
        const { store, bus } = helper.getNode('st') as unknown as StoreNode
        const channels = channelsOf(store, { bus, clock: systemClock, newId: randomUUID, log: () => {} })
        await page('data')
        assert.equal(channels.size, 1)
        const gone = new Promise<void>((resolve) => channels.onSize(() => channels.size === 0 && resolve(), AbortSignal.timeout(30_000)))
        await helper.getNode('e').close(false)
        await gone
    })

    it('have a page go on after a deploy, and a flow begin with what is kept', async () => {
        const one = await page('data')
        await done({ topic: 'a', payload: 1 })
        const { channel } = await peers.next('kept-message')
        assert.equal(channel, 'data')
        await one.until((frame) => frame.data === 1)
        await peers.unload()
        await peers.load({ ...flow, store: { kind: 'memory' } })
        const again = await page()
        again.send({ action: 'subscribe', channel: 'data', since: `gone.${1}` })
        assert.equal((await again.until((frame) => frame.action === 'gap')).reason, 'restarted')
    })
})
