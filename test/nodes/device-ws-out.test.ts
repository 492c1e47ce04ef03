import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import helper from 'node-red-node-test-helper'
import { keptMessage } from '../../src/peers/kept.ts'
import type { Store } from '../../src/stores.ts'
import { hostile } from '../support/hostile.ts'
import { Issuer } from '../support/issuer.ts'
import { type Message, Peers } from '../support/peers.ts'

describe('device-ws-out', () => {
    const peers = new Peers()

    before(() => helper.startServer())
    after(() => {
        delete process.env.YES
        return helper.stopServer()
    })
    afterEach(() => peers.unload())

    const refusal = ({ statusCode, refusal, payload }: Message) => [statusCode, refusal.code, payload.message]

    describe('to who a message came from', () => {
        it('answers, and passes the rest of the message on', async () => {
            await peers.load()
            const { client, got } = await peers.connect()
            client.send('{"n":1}')
            const msg = await peers.next('message')
            peers.give({ ...msg, payload: { ok: true }, mine: 7 })
            assert.deepEqual(await peers.gets(got, 1), ['{"ok":true}'])
            const { payload, statusCode, mine } = await peers.next('done')
            assert.deepEqual([payload, statusCode, mine], [{ delivered: 1 }, 200, 7])
            await peers.next('completed')
        })

        it('answers as its protocol does, by what became of the message', async () => {
            await peers.load({ endpoint: { protocol: 'smart-os-device' } })
            const { client, got } = await peers.connect()
            client.send('0116:0001:{"power":5}')
            const msg = await peers.next('message')
            peers.give({ ...msg, statusCode: 200 })
            peers.give({ ...msg, statusCode: 503 })
            assert.deepEqual((await peers.gets(got, 3)).slice(1), [
                '{"type":"INFO","message":"0116:0001:OK"}',
                '{"type":"INFO","message":"0116:0001:ERROR"}',
            ])
        })

        it('refuses when they are gone, or were never there', async () => {
            await peers.load()
            const { client } = await peers.connect()
            const { peer } = await peers.next('connected')
            client.close()
            await peers.next('disconnected')
            for (const from of [peer, undefined, null, {}, { connection: '__proto__' }, { connection: 7 }])
                peers.give({ payload: 1, peer: from })
            await peers.next('refused', 6)
            for (const msg of peers.heard('refused')) assert.deepEqual(refusal(msg), [404, 'PEER_AWAY', 'the peer is not connected'])
        })

        it('refuses when they do not take what they are sent', async () => {
            await peers.load({ endpoint: { highWater: 1024 } })
            const { client } = await peers.connect()
            const { peer } = await peers.next('connected')
            client.pause()
            const payload = 'x'.repeat(1_000_000)
            while (peers.heard('refused').length === 0) {
                peers.give({ payload, peer })
                await new Promise(setImmediate)
            }
            assert.deepEqual(refusal(peers.heard('refused')[0]!), [503, 'PEER_BUSY', 'the peer does not take what it is sent'])
        })

        for (const [setting, sends] of [
            [{ when: 'false', whenType: 'bool' }, []],
            [{ when: 'SHARING', whenType: 'env' }, []],
            [{ when: 'PATH', whenType: 'env' }, []],
            [{ when: 'YES', whenType: 'env' }, ['1', '2', '3']],
            [{ when: 'mine', whenType: 'msg' }, ['2', '3']],
            [{ when: 'payload > 2', whenType: 'jsonata' }, ['3']],
        ] as const)
            it(`sends if ${setting.when} (${setting.whenType}) says so`, async () => {
                process.env.YES = 'True'
                await peers.load({ out: setting })
                const { client, got } = await peers.connect()
                const { peer } = await peers.next('connected')
                for (const [payload, mine] of Object.entries([undefined, 'yes', 'true', true]).slice(1))
                    peers.give({ payload: Number(payload), peer, mine })
                await peers.next('completed', 3)
                assert.equal(peers.heard('refused').length, 0)
                assert.deepEqual(await peers.gets(got, sends.length), sends)
                assert.equal(peers.heard('done').length, sends.length)
                if (setting.whenType === 'bool') await peers.shows('out', 'grey', /off/)
                client.close()
            })

        const circular: Record<string, unknown> = {}
        circular.self = circular
        for (const [name, payload, message] of [
            ['nothing', undefined, 'payload is required'],
            ['a function', () => 1, 'payload is required'],
            ['what holds itself', circular, 'payload cannot be written as JSON'],
            ['a bigint', 1n, 'payload cannot be written as JSON'],
        ] as const)
            it(`refuses to send ${name}`, async () => {
                await peers.load()
                await peers.connect()
                const { peer } = await peers.next('connected')
                peers.give({ payload, peer })
                assert.deepEqual(refusal(await peers.next('refused')), [422, 'BAD_INPUT', message])
            })
    })

    describe('to those it names', () => {
        const out = { to: 'peers' }

        it('reaches each by its id, all connections of it', async () => {
            await peers.load({ endpoint: { duplicate: 'keep-both' }, out })
            const all = await Promise.all(['a', 'b', 'b', 'c'].map((id) => peers.connect(`/devices?id=${id}`)))
            peers.give({ payload: 'hi', peer: { id: ['a', 'b', 'b', 'away'] } })
            assert.deepEqual((await peers.next('done')).payload, { delivered: 3, away: ['away'], busy: [] })
            for (const { got } of all.slice(0, 3)) assert.deepEqual(await peers.gets(got, 1), ['"hi"'])
            assert.deepEqual(all[3]!.got, [])
        })

        it('reaches only connections of an account, where one is named', async () => {
            const issuer = new Issuer()
            await peers.load({ endpoint: { auth: 'jwt', duplicate: 'keep-both' }, out: { ...out, peer: 'to' } }, { key: issuer.pem })
            const tokens = await Promise.all([{ account: 'north' }, { account: 'south' }, {}].map((claims) => issuer.token(claims)))
            const all = await Promise.all(tokens.map((token) => peers.connect(`/devices?id=a&access_token=${token}`)))
            peers.give({ payload: 1, to: { id: 'a', account: 'north' } })
            peers.give({ payload: 2, to: [{ id: 'a', account: 'west' }] })
            peers.give({ payload: 3, to: { account: 'north' } })
            peers.give({ payload: 4, to: { id: 'a', account: 5 } })
            peers.give({ payload: 5, to: { id: 'a' } })
            for (const { got } of all) await peers.gets(got, 1)
            assert.deepEqual(await peers.gets(all[0]!.got, 2), ['1', '5'])
            assert.deepEqual([all[1]!.got, all[2]!.got], [['5'], ['5']])
            assert.deepEqual(
                peers.heard('done').map(({ payload }) => payload.delivered),
                [1, 3],
            )
            await peers.next('refused', 3)
            const codes = peers.heard('refused').map(({ refusal: { code }, payload }) => [code, payload.message])
            assert.deepEqual(codes, [
                ['PEER_AWAY', 'the peer is not connected'],
                ['BAD_INPUT', 'to.id is required'],
                ['BAD_INPUT', 'to.account must be text'],
            ])
        })

        it('takes who and what from where its settings say', async () => {
            await peers.load({ out: { to: 'peers', peer: 'd1', peerType: 'str', content: '{"at": payload}', contentType: 'jsonata' } })
            const { got } = await peers.connect('/devices?id=d1')
            peers.give({ payload: 5 })
            assert.deepEqual(await peers.gets(got, 1), ['{"at":5}'])
        })

        it('refuses when none of them is there', async () => {
            await peers.load({ out })
            peers.give({ payload: 1, peer: { id: 'away' } })
            const msg = await peers.next('refused')
            assert.deepEqual([...refusal(msg), msg.payload.away], [404, 'PEER_AWAY', 'the peer is not connected', ['away']])
        })

        for (const { name, value, id } of hostile)
            it(`refuses ${name} for a peer`, async () => {
                await peers.load({ out })
                peers.give({ payload: 1, peer: { id: value } })
                const msg = await peers.next('refused')
                assert.deepEqual([msg.statusCode, msg.refusal.code], id ? [404, 'PEER_AWAY'] : [422, 'BAD_INPUT'])
            })
    })

    it('reaches everybody', async () => {
        await peers.load({ out: { to: 'all' } })
        const all = await Promise.all([peers.connect(), peers.connect(), peers.connect('/devices?id=x')])
        peers.give({ payload: { n: 1 } })
        assert.deepEqual((await peers.next('done')).payload, { delivered: 3 })
        for (const { got } of all) assert.deepEqual(await peers.gets(got, 1), ['{"n":1}'])
    })

    describe('keeping messages', () => {
        const out = { to: 'peers', delivery: 'kept', ttl: 60 }
        const store = () => (helper.getNode('st') as unknown as { store: Store }).store

        it('is done once they are kept, and tells when they arrived, of each', async () => {
            await peers.load({ out })
            peers.give({ payload: 'hi', peer: { id: ['a', 'b'] }, topic: 't' })
            await peers.next('completed')
            assert.equal(store().tasks.total('outbox', 'e').count, 2)
            assert.equal(peers.heard('done').length, 0)
            const { got } = await peers.connect('/devices?id=b')
            assert.deepEqual(await peers.gets(got, 1), ['"hi"'])
            const { payload, statusCode, topic } = await peers.next('done')
            assert.deepEqual([payload, statusCode, topic], [{ delivered: 1, peer: 'b' }, 200, 't'])
            const kept = await store().tasks.ofOwner('outbox', 'e', 0, 9)
            assert.deepEqual(
                kept.map((task) => keptMessage({ ...task, payload: '' }).peer),
                ['a'],
            )
        })

        it('tells what nobody came for', async () => {
            await peers.load({ out: { ...out, ttl: 1 } })
            peers.give({ payload: 'hi', peer: { id: 'a' }, topic: 't' })
            const msg = await peers.next('refused')
            assert.deepEqual([...refusal(msg), msg.payload.peer, msg.topic], [410, 'EXPIRED', 'the peer did not come in time', 'a', 't'])
        })

        it('answers who is there, and keeps it for who has gone', async () => {
            await peers.load({ out: { ...out, to: 'reply' } })
            const first = await peers.connect('/devices?id=a')
            first.client.send('1')
            const msg = await peers.next('message')
            peers.give({ ...msg, payload: 'now' })
            assert.deepEqual(await peers.gets(first.got, 1), ['"now"'])
            first.client.close()
            await peers.next('disconnected')
            peers.give({ ...msg, payload: 'later' })
            await peers.next('completed', 2)
            const { got } = await peers.connect('/devices?id=a')
            assert.deepEqual(await peers.gets(got, 1), ['"later"'])
        })

        it('loses nothing by a restart', async () => {
            const folder = await mkdtemp(join(tmpdir(), 'socketworks-out-'))
            const kept = { out, store: { kind: 'file', file: join(folder, 'kept.sqlite') } }
            await peers.load(kept)
            for (const n of [1, 2, 3]) {
                peers.give({ payload: n, peer: { id: 'a' } })
                await peers.next('completed', n)
            }
            await peers.unload()
            await peers.load(kept)
            const { got } = await peers.connect('/devices?id=a')
            assert.deepEqual(await peers.gets(got, 3), ['1', '2', '3'])
            await peers.next('done', 3)
            const { _msgid: _, ...msg } = peers.heard('done')[0]!
            assert.deepEqual(msg, { topic: 'a', peer: { id: 'a', endpoint: 'e' }, payload: { delivered: 1, peer: 'a' }, statusCode: 200 })
            await peers.unload()
            await rm(folder, { recursive: true })
            await peers.load()
        })

        it('refuses more than it can keep', async () => {
            await peers.load({ out })
            for (let n = 0; n <= 1000; n++) peers.give({ payload: n, peer: { id: 'a' } })
            assert.deepEqual(refusal(await peers.next('refused')), [503, 'OUTBOX_FULL', 'too many messages are kept for a'])
            await peers.next('completed', 1001)
            assert.equal(store().tasks.total('outbox', 'e').count, 1000)
        })
    })
})
