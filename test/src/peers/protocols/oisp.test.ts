import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { OispDevice } from '../../../support/oisp.ts'
import { OispEndpoint, PONG, SUBSCRIBED, WRONG } from '../../../support/oisp-endpoint.ts'

describe('the protocol oisp', () => {
    let o: OispEndpoint
    beforeEach(async () => {
        o = await OispEndpoint.open()
    })
    afterEach(() => o.close())

    it('takes only those who offer the subprotocol echo-protocol', async () => {
        assert.equal((await o.port.refusal('/actuation')).status, 400)
        assert.equal((await o.port.refusal('/actuation', {}, ['chat'])).status, 400)
        const device = new OispDevice(o.url, ['chat', 'echo-protocol'])
        await once(device.client, 'open')
        assert.equal(device.client.protocol, 'echo-protocol')
    })

    it('sends a command as the seed has it', async () => {
        const device = await o.come(await OispEndpoint.issuer.token())
        await device.hears(1)
        const [peer] = o.endpoint.find({ id: 'lamp', account: 'acme' })
        const params = [{ name: 'LED', value: '1' }]
        const command = { id: '7', notAfter: 1, componentId: 'c1', command: 'LED.v1.0', params }
        peer!.send(o.sessions.of(peer!).encode(command))
        const content = { accountId: 'acme', deviceId: 'lamp', gatewayId: 'lamp', componentId: 'c1', command: 'LED.v1.0', params }
        const frame = { code: 1024, content: { type: 'command', transport: 'ws', content } }
        assert.deepEqual((await device.hears(2))[1], frame)
    })

    it('gives commands an id only for those who answer them', async () => {
        const device = await o.come(await OispEndpoint.issuer.token(), 'lamp', { answers: true })
        await device.hears(1)
        const [peer] = o.endpoint.find({ id: 'lamp' })
        assert.equal(o.sessions.of(peer!).answersCommands, true)
        peer!.send(o.sessions.of(peer!).encode({ id: '7', notAfter: 1, componentId: 'c1', command: 'x' }))
        const [, { id, notAfter }] = (await device.hears(2)) as [unknown, { id: string; notAfter: number }]
        assert.deepEqual([id, notAfter], ['7', 1])
        device.say({ type: 'answer', id: '7', status: 'done', value: 21 })
        device.say({ type: 'ping' })
        await device.hears(3)
        assert.deepEqual(o.told.find(([event]) => event === 'answer')![2], { id: '7', status: 'done', value: 21 })
        device.say({ type: 'answer', id: '7', status: 'perhaps' })
        assert.deepEqual((await device.hears(4))[3], WRONG)
    })

    it('answers a ping before and after', async () => {
        const device = new OispDevice(o.url)
        await once(device.client, 'open')
        device.say({ type: 'ping' })
        device.say({ type: 'device', deviceId: 'lamp', deviceToken: await OispEndpoint.issuer.token() })
        device.say({ type: 'ping' })
        assert.deepEqual(await device.hears(3), [PONG, SUBSCRIBED, PONG])
    })

    it('refuses what is no JSON object with 401 and 1007, and tells the flow', async () => {
        const deep = `{"type":"ping","x":${'['.repeat(200)}${']'.repeat(200)}}`
        const wrong: [string, string | Buffer][] = [
            ...['{', 'hello', '[]', '7', 'null', '"ping"', "{'type': 'ping'}", '', deep].map((text): [string, string] => [text, text]),
            ['an object of no type', '{}'],
            ['a message of one who is not known', '{"type":"measurement","value":1}'],
            ['a device without an id', '{"type":"device","deviceToken":"x"}'],
            ['a device whose id is no text', '{"type":"device","deviceId":7,"deviceToken":"x"}'],
            ['__proto__', '{"type":"ping","__proto__":{}}'],
            ['binary', Buffer.from('{"type":"ping"}')],
            ['binary that is no text', randomBytes(50)],
        ]
        for (const [what, frame] of wrong) {
            const device = new OispDevice(o.url)
            await once(device.client, 'open')
            device.client.send(frame)
            const [code] = await device.gone()
            assert.deepEqual([code, device.answers], [1007, [WRONG]], what)
        }
        assert.deepEqual([...new Set(o.told.map(([event]) => event))], ['unreadable'])
    })

    it('answers a frame that is too large with 401, and closes with 1009', async () => {
        const device = await o.come(await OispEndpoint.issuer.token())
        await device.hears(1)
        device.client.send('x'.repeat(10_000_000))
        assert.equal((await device.gone())[0], 1009)
        assert.deepEqual(device.answers, [SUBSCRIBED, WRONG])
    })

    it('sends away whoever does not say in time who it is', async () => {
        const mute = new OispDevice(o.url)
        await once(mute.client, 'open')
        const device = await o.come(await OispEndpoint.issuer.token())
        await device.hears(1)
        o.clock.advance(9_999)
        mute.say({ type: 'ping' })
        assert.deepEqual(await mute.hears(1), [PONG])
        o.clock.advance(1)
        assert.equal((await mute.gone())[0], 4408)
        device.say({ type: 'ping' })
        await device.hears(2)
    })

    it('closes the first connection of a device when it comes again', async () => {
        const token = await OispEndpoint.issuer.token()
        const first = await o.come(token)
        await first.hears(1)
        const second = await o.come(token)
        assert.deepEqual(await first.gone(), [1000, 'replaced'])
        assert.deepEqual(await second.hears(1), [SUBSCRIBED])
        const stranger = await o.come(await OispEndpoint.issuer.token({ accounts: [{ id: 'other' }] }))
        await stranger.hears(1)
        assert.equal(second.closed, undefined)
    })

    it('lets two devices with one identity not replace each other for ever', async () => {
        const token = await OispEndpoint.issuer.token()
        let stays = await o.come(token)
        for (let i = 0; i < 5; i++) {
            const next = await o.come(token)
            await stays.gone()
            stays = next
        }
        for (let i = 0; i < 3; i++) {
            o.clock.advance(20_000)
            assert.deepEqual(await (await o.come(token)).gone(), [4409, 'already connected'])
        }
        assert.equal(o.logged.filter((text) => text.includes('"lamp"') && text.includes('two devices')).length, 1)
        assert.equal(stays.closed, undefined)
        o.clock.advance(60_000)
        const later = await o.come(token)
        assert.deepEqual(await stays.gone(), [1000, 'replaced'])
        await later.hears(1)
    })

    it('takes what a device says of other types for messages', async () => {
        const device = await o.come(await OispEndpoint.issuer.token())
        device.say({ type: 'measurement', value: 21 })
        device.say({ type: 'ping' })
        await device.hears(2)
        assert.deepEqual(o.told.at(-1)!.slice(2), [{ type: 'measurement', value: 21 }])
        device.client.close()
        await o.empty()
        assert.equal(o.told.at(-1)![0], 'disconnected')
    })
})
