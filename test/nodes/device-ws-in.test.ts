import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import helper from 'node-red-node-test-helper'
import { Peers } from '../support/peers.ts'

describe('device-ws-in', () => {
    const peers = new Peers()

    before(() => helper.startServer())
    after(() => helper.stopServer())
    afterEach(() => peers.unload())

    it('tells who comes, what they say and how they go', async () => {
        await peers.load()
        const { client } = await peers.connect('/devices?id=d1')
        const { _msgid: _, ...connected } = await peers.next('connected')
        const { connection } = connected.peer
        const peer = { id: 'd1', endpoint: 'e', connection, remote: '127.0.0.1' }
        assert.deepEqual(connected, { topic: 'd1', event: 'connected', payload: { subprotocol: '', remote: '127.0.0.1' }, peer })
        client.send('{"t":21.5}')
        const { _msgid: __, ...message } = await peers.next('message')
        assert.deepEqual(message, { topic: 'd1', event: 'message', payload: { t: 21.5 }, peer })
        client.close(4000, 'bye')
        const { _msgid: ___, ...gone } = await peers.next('disconnected')
        assert.deepEqual(gone, { topic: 'd1', event: 'disconnected', payload: { code: 4000, reason: 'bye' }, peer })
    })

    it('has no id for who told none', async () => {
        await peers.load()
        await peers.connect()
        const { topic, peer } = await peers.next('connected')
        assert.deepEqual([topic, 'id' in peer], ['', false])
    })

    it('answers what is no JSON, too deep or has __proto__, and tells nobody', async () => {
        await peers.load()
        const { client, got } = await peers.connect()
        for (const text of ['hello', '', '['.repeat(33) + ']'.repeat(33), '{"a":[{"__proto__":{"x":1}}]}', '['.repeat(30_000), 'NaN'])
            client.send(text)
        client.send(`${'['.repeat(32)}${']'.repeat(32)}`)
        client.send('{"constructor":1,"a\\u0000b":"\\ud800","text":"\\u202e"}')
        assert.deepEqual(
            (await peers.gets(got, 6)).map((text) => JSON.parse(text).error),
            [
                'not JSON',
                'not JSON',
                'nested deeper than 32 levels',
                '__proto__ is not a property a message may have',
                'not JSON',
                'not JSON',
            ],
        )
        assert.deepEqual((await peers.next('message', 2)).payload, { constructor: 1, 'a\0b': '\ud800', text: '\u202e' })
        assert.equal(peers.heard('message').length, 2)
    })

    it('tells the flow of a frame that cannot be read, and counts it in the status', async () => {
        await peers.load()
        const { client, got } = await peers.connect('/devices?id=d1')
        client.send(`{"a":${'x'.repeat(5000)}`)
        const { _msgid: _, peer, ...unreadable } = await peers.next('unreadable')
        assert.deepEqual(unreadable, { topic: 'd1', event: 'unreadable', payload: `{"a":${'x'.repeat(995)}`, reason: 'not JSON' })
        assert.deepEqual([peer.id, peer.endpoint], ['d1', 'e'])
        assert.deepEqual(await peers.gets(got, 1), ['{"error":"not JSON"}'])
        await peers.shows('in', 'green', 'common.status.unreadable')
        client.close()
        await peers.shows('e', 'grey', 'common.status.unreadable')
        assert.equal(peers.heard('message').length, 0)
    })

    it('works in a flow that was made when it had three outputs', async () => {
        const more = [
            { id: 'in3', type: 'socketworks-device-ws-in', endpoint: 'e', wires: [['old'], [], []] },
            { id: 'old', type: 'helper' },
        ]
        await peers.load({ more })
        const message = new Promise<{ payload: unknown }>((resolve) => helper.getNode('old').on('input', resolve as never))
        const { client } = await peers.connect()
        client.send('nothing')
        client.send('{"a":1}')
        assert.deepEqual((await message).payload, { a: 1 })
        assert.equal((await peers.next('unreadable')).payload, 'nothing')
    })

    it('gives each flow a payload of its own', async () => {
        const more = [
            { id: 'in2', type: 'socketworks-device-ws-in', endpoint: 'e', wires: [['second'], [], []] },
            { id: 'second', type: 'helper' },
        ]
        await peers.load({ more })
        const second = new Promise<{ payload: { a: number } }>((resolve) => helper.getNode('second').on('input', resolve as never))
        helper.getNode('message').on('input', (msg) => {
            ;(msg as { payload: { a: number } }).payload.a = 2
        })
        const { client } = await peers.connect()
        client.send('{"a":1}')
        assert.deepEqual((await second).payload, { a: 1 })
    })

    describe('of SMART-OS devices', () => {
        const endpoint = { protocol: 'smart-os-device' }

        it('greets, and tells of a device once it has said which it is', async () => {
            await peers.load({ endpoint })
            const { client, got } = await peers.connect()
            assert.match((await peers.gets(got, 1))[0]!, /^\{"type":"INFO","message":"Welcome to SMART-Server/)
            client.send('0116:0001:{"_power": 5}')
            const { payload, peer, topic } = await peers.next('message')
            assert.deepEqual([payload.set, payload.id, topic], [{ power: 5 }, '0001', '0001'])
            assert.deepEqual([peer.id, peer.reply], ['0001', { header: '0116:0001' }])
            assert.equal((await peers.next('connected')).topic, '0001')
            client.close()
            assert.equal((await peers.next('disconnected')).topic, '0001')
        })

        it('tells of an unreadable frame of a device that has not said which it is, but of no information', async () => {
            await peers.load({ endpoint })
            const { client } = await peers.connect()
            client.send('{"type":"INFO","message":"hello"}')
            client.send('0116:0001:{"a"')
            const { topic, payload, reason, peer } = await peers.next('unreadable')
            assert.deepEqual([topic, payload, 'id' in peer], ['', '0116:0001:{"a"', false])
            assert.notEqual(reason, '')
        })

        it('tells nothing of who goes before that', async () => {
            await peers.load({ endpoint })
            const silent = await peers.connect()
            silent.client.close()
            const { client } = await peers.connect()
            client.send('0001:0002:{}')
            client.close()
            assert.equal((await peers.next('disconnected')).topic, '0002')
            assert.deepEqual([peers.heard('connected').length, peers.heard('disconnected').length], [1, 1])
        })

        it('answers with an error who speaks for a device that it was not authenticated as', async () => {
            const { publicKey, privateKey } = generateKeyPairSync('ed25519')
            const key = publicKey.export({ type: 'spki', format: 'pem' }).toString()
            const token = await new SignJWT({ sub: '0001', exp: Math.floor(Date.now() / 1000) + 60 })
                .setProtectedHeader({ alg: 'EdDSA' })
                .sign(privateKey)
            await peers.load({ endpoint: { ...endpoint, auth: 'jwt' } }, { key })
            const { client, got } = await peers.connect(`/devices?access_token=${token}`)
            client.send('0007:0002:{"power":5}')
            client.send('0008:0001:{"power":5}')
            assert.equal((await peers.gets(got, 2))[1], '{"type":"INFO","message":"0007:0002:ERROR"}')
            assert.equal((await peers.next('message')).topic, '0001')
            assert.equal(peers.heard('message').length, 1)
        })
    })
})
