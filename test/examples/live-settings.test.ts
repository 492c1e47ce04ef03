import assert from 'node:assert/strict'
import { EventClient } from '../support/event-client.ts'
import { Frames } from '../support/frames.ts'
import { type RunningNodeRed, startNodeRed } from '../support/node-red.ts'
import { example } from '../support/service.ts'

describe('live-settings.json', () => {
    let red: RunningNodeRed
    const clients: Frames[] = []
    before(async () => {
        red = await startNodeRed({ flows: await example('live-settings') })
    })
    after(() => red.stop())
    afterEach(() => {
        for (const { socket } of clients.splice(0)) socket.terminate()
    })
    async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
        const content = body === undefined ? {} : { body: JSON.stringify(body) }
        const response = await fetch(`${red.url}/live/${path}`, {
            method,
            headers: { 'content-type': 'application/json', ...headers },
            ...content,
        })
        const text = await response.text()
        return { status: response.status, body: text === '' ? undefined : JSON.parse(text), etag: response.headers.get('etag') ?? '' }
    }
    async function page(channel: string, since?: string): Promise<Frames> {
        const client = await Frames.open(`${red.url.replace('http', 'ws')}/live/push`)
        clients.push(client)
        client.send({ action: 'subscribe', channel, since })
        return client
    }
    const ready = (client: Frames) => client.until(({ action }) => action === 'ready')

    it('keeps settings over REST that nobody overwrites unawares, and tells pages of changes', async () => {
        const told = await page('settings')
        await ready(told)
        const put = await ask('PUT', 'settings/unit', { value: '°C' })
        assert.deepEqual([put.status, put.body, put.etag], [201, { value: '°C' }, '"1"'])
        assert.deepEqual((await told.until(({ data }) => data !== undefined)).data, { key: 'unit', version: 1 })
        const got = await ask('GET', 'settings/unit')
        assert.deepEqual([got.status, got.body, got.etag], [200, { value: '°C' }, '"1"'])
        assert.equal((await ask('PUT', 'settings/unit', { value: '°F' }, { 'if-match': got.etag })).status, 200)
        const late = await ask('PUT', 'settings/unit', { value: 'K' }, { 'if-match': got.etag })
        assert.deepEqual([late.status, late.body.version], [412, 2])
        const wrong = await ask('PUT', 'settings/unit', { value: [], more: 1 })
        assert.deepEqual(
            [wrong.status, wrong.body.errors.map(({ path }: { path: string }) => path)],
            [422, ['payload.more', 'payload.value']],
        )
        assert.equal((await ask('PUT', 'settings/unit', JSON.parse('{"value": 1, "__proto__": {}}'))).status, 422)
        const { records } = (await ask('GET', 'settings')).body
        assert.deepEqual([records.length, records[0].value], [1, { value: '°F' }])
        assert.equal((await ask('PUT', 'settings/unit', { value: 1 }, { origin: 'https://evil.example' })).status, 403)
        assert.equal((await ask('DELETE', 'settings/unit')).status, 200)
        assert.equal((await ask('GET', 'settings/unit')).status, 404)
    })

    it('tells a page that was cut off what it has missed, though Node-RED was killed meanwhile', async () => {
        const one = await page('talk')
        const { cursor } = await ready(one)
        const { id } = (await ask('POST', 'talk', { n: 1 })).status === 200 ? await one.until(({ data }) => data?.n === 1) : assert.fail()
        // Half-open: it hears nothing any more, and nobody was told.
        one.socket.pause()
        assert.equal((await ask('POST', 'talk', { n: 2 })).status, 200)
        await red.kill()
        red = await startNodeRed({ userDir: red.userDir, port: red.port })
        assert.equal((await ask('POST', 'talk', { n: 3 })).status, 200)
        const last = `${cursor.split('.')[0]}.${id}`
        const again = await page('talk', last)
        await ready(again)
        const other = await page('other')
        other.send({ action: 'publish', channel: 'talk', data: { n: 4 } })
        await again.until(({ data }) => data?.n === 4)
        const numbers = again.all.map((frame) => JSON.parse(frame)).flatMap(({ data }) => (data ? [data.n] : []))
        assert.deepEqual(numbers, [2, 3, 4])
        assert.equal((await again.until(({ action }) => action === 'subscribed')).resumed, true)
        const events = await EventClient.open(`${red.url}/live/events?channel=talk`, { lastId: last })
        await events.until(() => events.names().includes('ready'))
        assert.deepEqual(
            events.all.flatMap(({ data }) => (data.data ? [data.data.n] : [])),
            [2, 3, 4],
        )
        events.leave()
    })
})
