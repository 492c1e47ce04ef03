import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { LocalBus } from '../../../src/bus/index.ts'
import { Channels, type Heard } from '../../../src/channels/channels.ts'
import { usualLimits } from '../../../src/channels/history.ts'
import { channelsProtocol } from '../../../src/channels/index.ts'
import { Permissions } from '../../../src/channels/rules.ts'
import { systemClock } from '../../../src/lib/index.ts'
import { Sessions } from '../../../src/peers/index.ts'
import { Port } from '../../support/endpoint.ts'
import { Frames } from '../../support/frames.ts'
import { soon, workbench } from '../store/open.ts'

describe('the protocol of channels', () => {
    const bench = workbench()
    const over = new AbortController()
    const clients: Frames[] = []
    const heard: Heard[] = []
    let port: Port
    let channels: Channels
    before(async () => {
        const store = bench.open(':memory:')
        await store.ready(soon())
        const log = (text: string) => assert.fail(text)
        const bus = new LocalBus({ clock: systemClock, log })
        const limits = { ...usualLimits, mostBytes: usualLimits.total }
        channels = new Channels({ repository: store.channels, bus, clock: systemClock, newId: randomUUID, log, limits })
        port = await Port.open()
        const rules = { subscribe: '*', publish: 'data, logs, alarms, news/*' }
        const protocol = channelsProtocol({ channels, rules, peerOf: ({ connection }) => ({ connection }) })
        const endpoint = port.endpoint({ path: '/push', highWater: 32_768 })
        new Sessions({ endpoint, protocol, check: () => assert.fail('nobody shows a token'), log, signal: over.signal })
        channels.hear('*', (one) => heard.push(one), over.signal)
    })
    after(async () => {
        over.abort()
        await port.close()
        await bench.clear()
    })
    afterEach(async () => {
        for (const client of clients.splice(0)) await client.close()
    })
    const connect = async () => {
        const client = await Frames.open(`ws://127.0.0.1:${port.port}/push`)
        clients.push(client)
        return client
    }
    const ready = (client: Frames, from = 0) => client.until((frame) => frame.action === 'ready', from)
    const answer = async (client: Frames, frame: unknown) => {
        const from = client.all.length
        client.send(frame)
        return await client.until((one) => one.action !== undefined, from)
    }
    /** What the texts of the messages in some frames are. */
    const dataIn = (client: Frames) => client.all.map((text) => JSON.parse(text)).flatMap(({ action, data }) => (action ? [] : [data]))

    it('tells a page what others publish, and ends that when it is asked to', async () => {
        const [one, other] = [await connect(), await connect()]
        one.send({ action: 'subscribe', channel: 'news/*' })
        const { cursor, resumed } = await one.until(({ action }) => action === 'subscribed')
        assert.deepEqual([typeof cursor, resumed], ['string', false])
        await ready(one)
        const published = await answer(other, { action: 'publish', channel: 'news/local', data: { text: 'ü' } })
        assert.equal(published.action, 'published')
        const { time, ...message } = await one.until(({ data }) => data !== undefined)
        assert.deepEqual(message, { channel: 'news/local', id: published.id, data: { text: 'ü' } })
        assert.ok(Math.abs(time - Date.now()) < 60_000)
        assert.deepEqual((heard.at(-1)!.peer as { connection?: string }).connection!.length > 0, true)
        assert.equal((await answer(one, { action: 'unsubscribe', channel: 'news/*' })).action, 'unsubscribed')
        await answer(other, { action: 'publish', channel: 'news/local', data: 2 })
        assert.equal((await answer(one, { action: 'ping' })).action, 'pong')
        assert.deepEqual(dataIn(one), [{ text: 'ü' }])
    })

    it('tells a page that was cut off without a word what it has missed, by an id alone as well', async () => {
        const one = await connect()
        one.send({ action: 'subscribe', channel: 'news/*' })
        const { cursor } = await ready(one)
        const id = await channels.publish({ channel: 'news/a', data: 1 })
        await one.until(({ data }) => data === 1)
        // Half-open: nothing of what it is sent arrives any more.
        one.socket.pause()
        await channels.publish({ channel: 'news/a', data: 2 })
        for (const since of [`${cursor.split('.')[0]}.${id}`, id]) {
            const again = await connect()
            again.send({ action: 'subscribe', channel: 'news/*', since })
            assert.equal((await again.until(({ action }) => action === 'subscribed')).resumed, true)
            await ready(again)
            await channels.publish({ channel: 'news/a', data: 3 })
            await again.until(({ data }) => data === 3)
            assert.deepEqual(dataIn(again).slice(0, 2), [2, 3])
            await channels.publish({ channel: 'other', data: 0 })
        }
        one.socket.terminate()
        clients.shift()
        const late = await connect()
        late.send({ action: 'subscribe', channel: 'news/*', since: 'other.5' })
        assert.equal((await late.until(({ action }) => action === 'gap')).reason, 'restarted')
    })

    it('has one that is slow told the latest, and no queue grow', async () => {
        const slow = await connect()
        slow.send({ action: 'subscribe', channel: '*' })
        await ready(slow)
        slow.socket.pause()
        const [peer] = (await port.hears('connected', port.told.filter(({ kind }) => kind === 'connected').length)).slice(-1)
        const text = 'x'.repeat(100_000)
        for (let n = 0; n < 200; n++) await channels.publish({ channel: 'data', key: 'a', data: { n, text } })
        assert.ok(peer!.peer.buffered < 300_000, `${peer!.peer.buffered} bytes wait`)
        slow.socket.resume()
        const { id } = await slow.until(({ data }) => data?.n === 199)
        assert.equal(typeof id, 'number')
        assert.ok(dataIn(slow).length < 150)
    })

    it('loses nothing of what is kept for one that is slow, also if it asks for something meanwhile', async () => {
        const slow = await connect()
        slow.send({ action: 'subscribe', channel: 'news/*' })
        await ready(slow)
        slow.socket.pause()
        const text = 'x'.repeat(20_000)
        const publish = (from: number) =>
            Promise.all(Array.from({ length: 250 }, (_, n) => channels.publish({ channel: 'news/slow', data: { n: from + n, text } })))
        await publish(0)
        // It is read after what was asked for before.
        const said = new Promise<void>((resolve) => channels.hear('data', () => resolve(), over.signal))
        for (const channel of ['other', 'another']) slow.send({ action: 'subscribe', channel })
        slow.send({ action: 'publish', channel: 'data', data: 1 })
        await said
        await publish(250)
        slow.socket.resume()
        await slow.until(({ data }) => data?.n === 499)
        const told = dataIn(slow).map(({ n }) => n)
        assert.deepEqual(
            told,
            Array.from({ length: 500 }, (_, n) => n),
        )
        const readies = slow.all.map((frame) => JSON.parse(frame)).filter(({ action }) => action === 'ready')
        assert.deepEqual(readies.map(({ channel }) => channel).sort(), ['another', 'news/*', 'other'])
    })

    it('lets flows alone hear what a page says to alarms', async () => {
        const [one, other] = [await connect(), await connect()]
        one.send({ action: 'subscribe', channel: 'alarms' })
        await ready(one)
        const published = await answer(other, { action: 'publish', channel: 'alarms', data: { id: 'a', state: 'acknowledged' } })
        assert.deepEqual(published, { action: 'published', channel: 'alarms' })
        assert.deepEqual([heard.at(-1)!.seq, heard.at(-1)!.data], [undefined, '{"id":"a","state":"acknowledged"}'])
        await channels.publish({ channel: 'alarms', data: 'transition' })
        await one.until(({ data }) => data === 'transition')
        assert.deepEqual(dataIn(one), ['transition'])
    })

    it('answers what it cannot do, naming the field, and goes on', async () => {
        const page = await connect()
        const cases: [frame: unknown, code: string, path: string | undefined][] = [
            ['no JSON', 'BAD_INPUT', 'frame'],
            ['{"__proto__": 1, "action": "ping"}', 'BAD_INPUT', 'frame'],
            [[], 'BAD_INPUT', 'frame'],
            [null, 'BAD_INPUT', 'frame'],
            [{}, 'BAD_INPUT', 'action'],
            [{ action: 'toString' }, 'BAD_INPUT', 'action'],
            [{ action: 'subscribe' }, 'BAD_INPUT', 'channel'],
            [{ action: 'subscribe', channel: 'a//b' }, 'BAD_INPUT', 'channel'],
            [{ action: 'subscribe', channel: 'a*' }, 'BAD_INPUT', 'channel'],
            [{ action: 'subscribe', channel: { toString: 1 } }, 'BAD_INPUT', 'channel'],
            [{ action: 'subscribe', channel: 'a', since: {} }, 'BAD_INPUT', 'since'],
            [{ action: 'subscribe', channel: 'logs', severity: 'loud' }, 'BAD_INPUT', 'severity'],
            [{ action: 'unsubscribe', channel: 'a' }, 'BAD_INPUT', 'channel'],
            [{ action: 'publish', channel: 'data' }, 'BAD_INPUT', 'data'],
            [{ action: 'publish', channel: 'data/*', data: 1 }, 'BAD_INPUT', 'channel'],
            [{ action: 'publish', channel: 'data', data: 1, key: 7 }, 'BAD_INPUT', 'key'],
            [{ action: 'publish', channel: 'secret', data: 1 }, 'NOT_PERMITTED', undefined],
        ]
        for (const [frame, code, path] of cases) {
            const { action, code: told, errors } = await answer(page, frame)
            assert.deepEqual([action, told, errors?.[0].path], ['refused', code, path], JSON.stringify(frame))
        }
        for (let i = 0; i < 100; i++) page.send({ action: 'subscribe', channel: `many/${i}` })
        page.send({ action: 'subscribe', channel: 'one/more' })
        assert.equal((await page.until(({ code }) => code === 'TOO_MANY_REQUESTS')).channel, 'one/more')
        assert.equal((await answer(page, { action: 'ping' })).action, 'pong')
    })

    it('frees what belongs to a page when it goes', async () => {
        const before = channels.size
        const page = await connect()
        page.send({ action: 'subscribe', channel: '*' })
        await ready(page)
        assert.equal(channels.size, before + 1)
        const gone = new Promise<void>((resolve) => channels.onSize(() => channels.size === before && resolve(), over.signal))
        page.socket.terminate()
        await Promise.all([gone, once(page.socket, 'close')])
        clients.pop()
    })
})

describe('who may do what on channels', () => {
    const may = (list: string, pattern: string, identity: object = {}) => {
        try {
            new Permissions({ subscribe: list, publish: '-' }).check('subscribe', pattern, identity)
            return true
        } catch (error) {
            assert.deepEqual([(error as { status: number }).status, (error as { code: string }).code], [403, 'NOT_PERMITTED'])
            return false
        }
    }

    it('is what a pattern has, and no more', () => {
        assert.ok(may('*', '*') && may('*', 'a/b') && may('a/*', 'a/b') && may('a/*', 'a/b/*') && may('a/*', 'a/*') && may('x, a', 'a'))
        assert.ok(!may('a/*', '*') && !may('a/*', 'a') && !may('a/*', 'ab') && !may('a', 'a/*') && !may('-', 'a') && !may('', 'a'))
    })

    it('depends on the roles in a token, and on its account', () => {
        const claims = (given: object) => ({ claims: given })
        assert.ok(may('a@admin', 'a', claims({ roles: ['user', 'admin'] })))
        assert.ok(may('a@admin', 'a', claims({ role: 'admin' })) && may('a@admin', 'a', claims({ roles: 'user admin' })))
        assert.ok(
            !may('a@admin', 'a') && !may('a@admin', 'a', claims({ roles: { admin: true } })) && !may('a@admin', 'a', claims({ role: 7 })),
        )
        assert.ok(may('tanks/{account}/*', 'tanks/acme/1', { account: 'acme' }))
        assert.ok(!may('tanks/{account}/*', 'tanks/other/1', { account: 'acme' }) && !may('tanks/{account}/*', 'tanks/acme/1'))
        for (const account of ['*', 'a/*', '']) assert.ok(!may('{account}', 'tanks', { account }) && !may('{account}/*', '*', { account }))
    })
})
