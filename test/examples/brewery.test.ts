import assert from 'node:assert/strict'
import { Brewery, hold, paths } from '../support/brewery.ts'
import { describeFermenter } from '../support/brewery-fermenter.ts'
import { EventClient } from '../support/event-client.ts'

const at = (day: number, value: unknown = 20) => ({ at: `2090-07-0${day}T00:00:00Z`, value })
const pin = (name: string, address: unknown, direction = 'input') => ({ name, direction, address })

describe('the example brewery', () => {
    let brewery: Brewery
    before(async () => {
        brewery = await Brewery.start()
    })
    after(() => brewery?.close())
    const ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => brewery.ask(method, path, body, headers)
    const statusOf = async (...args: Parameters<typeof ask>) => (await ask(...args)).status
    const post = async (channel: string, body: unknown, query = '') => {
        const { status, body: answer } = await ask('POST', `/channels/${channel}${query}`, body)
        assert.equal(status, 200, JSON.stringify(answer))
        return answer
    }

    describe('keeps documents', () => {
        it('as settings, which nobody overwrites unawares', async () => {
            const page = await brewery.page(['settings'])
            const put = await ask('PUT', '/settings/unit', { value: '°C' })
            assert.deepEqual([put.status, put.body, put.headers.get('etag')], [201, { value: '°C' }, '"1"'])
            const got = await ask('GET', '/settings/unit')
            assert.deepEqual([got.status, got.body, got.headers.get('etag')], [200, { value: '°C' }, '"1"'])
            const both = await Promise.all(['K', '°F'].map((value) => ask('PUT', '/settings/unit', { value }, { 'if-match': '"1"' })))
            assert.deepEqual(both.map(({ status }) => status).sort(), [200, 412])
            const winner = both.find(({ status }) => status === 200)!.body
            const loser = both.find(({ status }) => status === 412)!.body
            assert.deepEqual([loser.version, loser.etag], [2, '"2"'])
            assert.deepEqual((await ask('GET', '/collections/settings/unit')).body, winner)
            assert.equal(await statusOf('PUT', '/settings/unit', { value: 1 }, { 'if-none-match': '*' }), 412)
            assert.equal(await statusOf('DELETE', '/settings/unit', undefined, { 'if-match': '"1"' }), 412)
            const { versions } = (await ask('GET', '/settings/unit/versions')).body
            assert.deepEqual([versions.length, versions[1].value], [2, { value: '°C' }])
            assert.equal(await statusOf('PUT', '/settings/other', { value: { nested: [1, null] } }), 201)
            const list = await ask('GET', '/collections/settings?limit=1')
            assert.deepEqual([list.body.records.map(({ key }: { key: string }) => key), list.body.next], [['other'], 'other'])
            assert.equal((await ask('GET', `/collections/settings?after=${list.body.next}`)).body.records[0].version, 2)
            assert.deepEqual((await ask('DELETE', '/settings/unit')).body, { collection: 'settings', key: 'unit', version: 2 })
            await page.told(({ data }) => data?.deleted)
            assert.deepEqual(
                page.of('settings').map(({ data }) => data),
                [
                    { key: 'unit', version: 1 },
                    { key: 'unit', version: 2 },
                    { key: 'other', version: 1 },
                    { key: 'unit', deleted: true },
                ],
            )
            page.leave()
        })

        it('refuses what is wrong, foreign or not there', async () => {
            for (const collection of ['settings', 'io', 'profiles'])
                for (const [method, path] of [
                    ['GET', ''],
                    ['DELETE', ''],
                    ['GET', '/versions'],
                ] as const)
                    assert.equal(await statusOf(method, `/${collection}/nothing${path}`), 404, `${method} ${collection}${path}`)
            assert.deepEqual(paths(await ask('PUT', '/settings/a', { more: 1 })), ['payload.more', 'payload.value'])
            assert.equal(await statusOf('PUT', '/settings/a', { value: 1 }, { 'if-match': 'x' }), 422)
            assert.equal(await statusOf('PUT', '/settings/a', { value: 'x'.repeat(1_100_000) }), 413)
            for (const body of ['{"value": 1, "__proto__": {"a": 1}}', '{"value": {"a": {"__proto__": 1}}}'])
                assert.equal(await statusOf('PUT', '/settings/a', body), 422, body)
            assert.equal(await statusOf('PUT', '/settings/a', { value: 1 }, { origin: 'https://evil.example' }), 403)
            assert.equal(await statusOf('GET', '/settings/a'), 404)
            for (const key of ['__proto__', 'constructor', 'toString']) {
                assert.equal(await statusOf('PUT', `/settings/${key}`, { value: key }), 201)
                assert.deepEqual((await ask('GET', `/settings/${key}`)).body, { value: key })
                assert.equal(await statusOf('DELETE', `/settings/${key}`), 200)
            }
        })

        it('as the io of controllers, checked pin by pin', async () => {
            const io = { controller: 'spark-1', kind: 'spark-core', pins: [pin('beer', 'A0'), pin('heater', 6, 'output')] }
            assert.deepEqual([await statusOf('PUT', '/io/spark-1', io), await statusOf('PUT', '/io/spark-1', io)], [201, 200])
            assert.deepEqual((await ask('GET', '/io/spark-1')).body, io)
            const wrong = { kind: '', pins: [pin('a', 1), pin('a', 1), { ...pin('b', 1.5, 'up'), more: 1 }, 7], more: 1 }
            const expected = ['controller', 'kind', 'more', 'pins[1].address', 'pins[1].name', 'pins[2].address', 'pins[2].direction']
            const told = paths(await ask('PUT', '/io/spark-1', wrong))
            assert.deepEqual(
                told,
                [...expected, 'pins[2].more', 'pins[3]'].map((path) => `payload.${path}`),
            )
            assert.deepEqual((await ask('GET', '/io')).body.records[0].value, io)
            assert.equal(await statusOf('DELETE', '/io/spark-1'), 200)
        })

        it('as temperature profiles, checked for order and range', async () => {
            const ale = { name: 'ale', points: [at(1), at(2, 22.5), at(9, 4)], mode: 'linear' }
            assert.deepEqual([await statusOf('PUT', '/profiles/ale', ale), await statusOf('PUT', '/profiles/mash', hold(65))], [201, 201])
            assert.deepEqual((await ask('GET', '/profiles/ale')).body, ale)
            const wrong: [object, string[]][] = [
                [{ name: 'a', points: [at(2), at(1), at(1, 200)] }, ['payload.points[2].value']],
                [{ name: 'a', points: [at(2), at(1), at(1)] }, ['payload.points[1].at', 'payload.points[2].at']],
                [
                    { name: 'a', points: [{ at: 'soon', value: 'hot' }, { value: 1 }] },
                    ['payload.points[0].at', 'payload.points[0].value', 'payload.points[1]'],
                ],
                [{ points: [at(1)] }, ['payload.name']],
                [{ name: 'a', points: [{ ...at(1), more: 1 }], more: 1 }, ['payload.more', 'payload.points[0].more']],
                [{ name: 'a', points: [] }, ['payload.points']],
                [{ name: 'a', mode: 'curved', points: [at(1)] }, ['payload.mode']],
                [{ name: 'a' }, ['payload']],
                [{ name: 'a', steps: [{ type: 'wait' }] }, ['payload.steps[0].type']],
            ]
            for (const [profile, expected] of wrong) {
                const answer = await ask('PUT', '/profiles/a', profile)
                assert.deepEqual([answer.status, paths(answer)], [422, expected], JSON.stringify(profile))
                assert.ok(answer.body.message)
            }
            assert.deepEqual(
                (await ask('GET', '/profiles')).body.records.map(({ key }: { key: string }) => key),
                ['ale', 'mash'],
            )
        })
    })

    describe('tells', () => {
        it('what is posted to any channel, by WebSocket and by server-sent events', async () => {
            const events = await EventClient.open(`${brewery.red.url}/push?channel=tanks/*,data&severity=info`)
            await events.until(() => events.names().includes('ready'))
            const page = await brewery.page(['data', 'tanks/*', 'logs'])
            const posted = await post('tanks%2F1', [1, 2])
            assert.equal(posted.channel, 'tanks/1')
            await post('data', { id: 'tank1', value: 20 })
            await post('data', [21], '?key=tank2')
            await post('logs', { text: 'hello', severity: 'debug' })
            await page.told(({ data }) => data?.text === 'hello')
            assert.deepEqual(
                page.of('tanks/1').map(({ id, data }) => [id, data]),
                [[posted.id, [1, 2]]],
            )
            const tanks = page.of('data').filter(({ key }) => /^tank/.test(key))
            assert.deepEqual(
                tanks.map(({ key, data }) => [key, data]),
                [
                    ['tank1', { id: 'tank1', value: 20 }],
                    ['tank2', [21]],
                ],
            )
            await events.first(({ data }) => data.key === 'tank2')
            assert.ok(events.all.some(({ data }) => data.channel === 'tanks/1'))
            events.leave()
            page.frames.send({ action: 'publish', channel: 'talk', data: { n: 1 } })
            assert.equal((await page.told(({ action }) => action === 'published')).channel, 'talk')
            page.leave()
            await brewery.logged(/ debug hello\n/)
            assert.equal(await statusOf('POST', '/channels/a%2F*', [1]), 422)
            assert.equal(await statusOf('POST', '/channels/a', 'x'.repeat(10), { 'content-type': 'text/plain' }), 200)
            assert.equal(await statusOf('POST', '/channels/a', { a: 'x'.repeat(270_000) }), 413)
            assert.equal(await statusOf('POST', '/channels/a', '{"__proto__": 1}'), 422)
            assert.equal(await statusOf('POST', '/channels/a', { a: 1 }, { origin: 'https://evil.example' }), 403)
            assert.equal(await statusOf('GET', '/push?channel=a,*b'), 422)
        })

        it('one who is new the latest value of each key, the logs and the active alarms first', async () => {
            await post('alarms', { id: 'lid', text: 'the lid is open', priority: 'low' })
            const page = await brewery.page(['data', 'logs', 'alarms'])
            assert.ok(page.of('data').some(({ key, data }) => key === 'tank2' && data[0] === 21))
            assert.ok(page.of('logs').some(({ data }) => data.text === 'hello'))
            const active = page.all.find((frame) => frame.active)
            assert.ok(active.data.some(({ id, state }: { id: string; state: string }) => id === 'lid' && state === 'unacknowledged'))
            page.leave()
            await post('alarms', { id: 'lid', state: 'cleared' })
            await post('alarms', { id: 'lid', state: 'acknowledged' })
        })

        it('a page whose network was gone everything that it has missed, once and in order, whether it ended or not', async () => {
            const proxy = await brewery.proxy()
            const page = await brewery.page(['news'], {}, proxy.port)
            const { id } = await post('news', { n: 0 })
            await page.told(({ data }) => data?.n === 0)
            // Half-open: nothing arrives any more, in either direction, and nobody is told.
            proxy.stall()
            for (let n = 1; n <= 5; n++) await post('news', { n })
            proxy.resume()
            const since = { news: `${page.cursors.news!.split('.')[0]}.${id}` }
            page.leave()
            const again = await brewery.page(['news'], since, proxy.port)
            await post('news', { n: 6 })
            await again.told(({ data }) => data?.n === 6)
            assert.deepEqual(
                again.of('news').map(({ data }) => data.n),
                [1, 2, 3, 4, 5, 6],
            )
            assert.equal(again.all[0].resumed, true)
            const events = await EventClient.open(`${brewery.red.url}/push?channel=news`, { lastId: since.news! })
            await events.until(() => events.names().includes('ready'))
            const told = events.all.filter(({ event }) => event === 'message')
            assert.deepEqual(
                told.map(({ data }) => data.data.n),
                [1, 2, 3, 4, 5, 6],
            )
            events.leave()
            again.leave()
        })

        it('a page that has missed more than is kept that there is a gap', async () => {
            const page = await brewery.page(['bulk'])
            page.leave()
            for (let n = 1; n <= 6; n++) await post('bulk', { n, text: 'x'.repeat(250_000) })
            const again = await brewery.page(['bulk'], page.cursors)
            assert.ok(again.all.some(({ action, reason }) => action === 'gap' && reason === 'expired'))
            const numbers = again.of('bulk').map(({ data }) => data.n)
            assert.deepEqual(numbers, [3, 4, 5, 6].slice(-numbers.length))
            const restarted = await brewery.page(['bulk'], { bulk: 'elsewhere.1' })
            assert.ok(restarted.all.some(({ action, reason }) => action === 'gap' && reason === 'restarted'))
            for (const one of [again, restarted]) one.leave()
        })
    })

    describe('has alarms', () => {
        it('that are raised, acknowledged, shelved and cleared over HTTP', async () => {
            const page = await brewery.page(['alarms'])
            const raised = await post('alarms', { id: 'pilot', text: 'pilot light out', priority: 'high' })
            assert.deepEqual([raised.alarm.state, raised.alarm.priority], ['unacknowledged', 'high'])
            assert.ok((await ask('GET', '/alarms')).body.alarms.some(({ id }: { id: string }) => id === 'pilot'))
            const acked = await ask('POST', '/alarms/pilot/ack', { by: 'ann', comment: 'on my way' })
            assert.deepEqual([acked.status, acked.body.alarm.state, acked.body.alarm.by], [200, 'acknowledged', 'ann'])
            const again = await ask('POST', '/alarms/pilot/ack')
            assert.deepEqual([again.status, again.body.state], [409, 'acknowledged'])
            assert.equal(await statusOf('POST', '/alarms/nothing/ack'), 404)
            assert.equal(await statusOf('GET', '/alarms/nothing'), 404)
            assert.equal(await statusOf('POST', '/alarms/pilot/paint'), 422)
            assert.equal(await statusOf('POST', '/alarms/pilot/shelve', {}), 422)
            assert.equal(await statusOf('POST', '/alarms/pilot/ack', {}, { origin: 'https://evil.example' }), 403)
            const shelved = await ask('POST', '/alarms/pilot/shelve', { duration: 0.005, by: 'ann' })
            assert.equal(shelved.body.alarm.state, 'shelved')
            // By itself, after 300 ms.
            await page.told(({ data }) => data?.event === 'unshelve')
            await post('alarms', { id: 'pilot', state: 'cleared' })
            assert.equal(await statusOf('POST', '/channels/alarms', { id: 'never', state: 'cleared' }), 404)
            assert.equal(await statusOf('POST', '/channels/alarms', { text: 'which?' }), 422)
            const states = page
                .of('alarms')
                .filter(({ key }) => key === 'pilot')
                .map(({ key, data }) => `${key} ${data.event} ${data.state}`)
            assert.deepEqual(states.slice(0, 3), ['pilot raise unacknowledged', 'pilot acknowledge acknowledged', 'pilot shelve shelved'])
            const { transitions } = (await ask('GET', '/transitions?id=pilot')).body
            assert.deepEqual(
                transitions
                    .map(({ event }: { event: string }) => event)
                    .reverse()
                    .slice(0, 4),
                ['raise', 'acknowledge', 'shelve', 'unshelve'],
            )
            assert.equal((await ask('GET', '/transitions?id=pilot&limit=1')).body.transitions.length, 1)
            page.leave()
            await brewery.logged(/ error alarms: pilot \(pilot light out\): raise, unacknowledged\n/)
            await brewery.logged(/ notice alarms: pilot \(pilot light out\): acknowledge, acknowledged, by ann, on my way\n/)
        })

        it('that pages acknowledge over the channel, and are told if that cannot be', async () => {
            const page = await brewery.page(['alarms'])
            const say = (data: object) => page.frames.send({ action: 'publish', channel: 'alarms', data })
            say({ id: 'level', text: 'high liquid level', priority: 'critical' })
            await page.told(({ data }) => data?.id === 'level' && data.state === 'unacknowledged')
            say({ id: 'level', state: 'acknowledged', by: 'bob' })
            await page.told(({ data }) => data?.state === 'acknowledged' && data.by === 'bob')
            say({ id: 'level', action: 'ack' })
            const refused = await page.told(({ action }) => action === 'refused')
            assert.deepEqual([refused.channel, refused.id, refused.code], ['alarms', 'level', 'WRONG_STATE'])
            say({ id: 'level', state: 'cleared' })
            await page.told(({ data }) => data?.id === 'level' && data.state === 'normal')
            page.leave()
        })
    })

    describeFermenter(() => brewery)

    it('leads to its page', async () => {
        const { status, headers } = await ask('GET', '/brewery')
        assert.deepEqual([status, headers.get('location')], [302, 'socketworks/brewery/'])
    })

    describe('in the end', () => {
        it('has logged nothing that nobody expected', () => assert.doesNotMatch(brewery.red.log, /\[error\]|TypeError|BAD_CONFIG/))
    })
})
