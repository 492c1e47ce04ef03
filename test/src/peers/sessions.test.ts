import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { WebSocket } from 'ws'
import { Refusal } from '../../../src/lib/index.ts'
import { type Protocol, protocols, Sessions, Unreadable } from '../../../src/peers/index.ts'
import type { Incoming } from '../../../src/peers/session.ts'
import type { SessionListener } from '../../../src/peers/sessions.ts'
import { unauthorized } from '../../../src/ws/authentication.ts'
import type { Admission, WsEndpoint } from '../../../src/ws/index.ts'
import type { EndpointOptions } from '../../../src/ws/ws-endpoint.ts'
import { closing, heard, Port } from '../../support/endpoint.ts'
import { FakeClock } from '../../support/fake-clock.ts'

type Told = [event: 'connected' | 'message' | 'unreadable' | 'disconnected', id: string | undefined, ...more: unknown[]]

/**
 * A protocol whose first frame brings an id and a token for it; what follows is numbered. Whoever shows no right token hears 401 and is sent
 * away with 1008.
 */
const numbering: Protocol & { ended: number } = {
    tellsId: true,
    tokenInFrame: true,
    ended: 0,
    open(peer, { verify, close }) {
        let count = 0
        let isVerified = false
        const turnAway = (reason: string) => {
            peer.send(JSON.stringify({ code: 401, reason }))
            close(1008, reason)
        }
        async function register(text: string): Promise<Incoming | undefined> {
            const { id, token } = JSON.parse(text)
            try {
                if ((await verify(token)).id !== id) return void turnAway('not yours')
            } catch (error) {
                if (!(error instanceof Refusal)) throw error
                return void turnAway(error.message)
            }
            isVerified = true
            peer.send('welcome')
            return { id }
        }
        return {
            receive(text) {
                if (!isVerified) return register(text)
                if (text === 'slow') return new Promise((resolve) => setImmediate(resolve, { payload: [++count, text] }))
                if (text === 'bad') throw new Unreadable('bad is no word', 'what?')
                if (text === 'broken') throw new Error('a fault of ours')
                return { payload: [++count, text] }
            },
            encode: String,
            reply: (_ref, status) => String(status),
            end: () => numbering.ended++,
        }
    },
}

describe('the sessions of an endpoint', () => {
    let port: Port
    let clock: FakeClock
    let endpoint: WsEndpoint
    let told: Told[]
    let more: () => void
    let logged: string[]
    /** What checks a token; tokens are `<id>`, and `slow:<id>` takes until the test says so. */
    let release: (() => void) | undefined

    beforeEach(async () => {
        port = await Port.open()
        clock = new FakeClock()
        told = []
        logged = []
        more = () => {}
        release = undefined
        numbering.ended = 0
    })
    afterEach(() => port.close())

    async function check(token: string): Promise<Admission> {
        if (token.startsWith('slow:'))
            await new Promise<void>((resolve) => {
                release = resolve
                tell()
            })
        if (token === 'wrong') throw unauthorized('the token is not valid')
        return { identity: { id: token.replace('slow:', ''), account: 'acme' }, expiresAt: clock.now() + 60_000 }
    }

    function tell(...one: Told | []): void {
        if (one.length > 0) told.push(one as Told)
        more()
    }

    function open(protocol: Protocol = numbering, options: Partial<EndpointOptions> = {}): Sessions {
        endpoint = port.endpoint({ clock, idInAddress: !protocol.tokenInFrame, ...options })
        const { signal } = new AbortController()
        const sessions = new Sessions({ endpoint, protocol, check, log: (text) => logged.push(text), signal })
        const listener: SessionListener = {
            connected: (peer) => tell('connected', peer.id, peer.identity.account),
            message: (peer, { payload }) => tell('message', peer.id, payload),
            unreadable: (peer, reason, text) => tell('unreadable', peer.id, reason, text),
            disconnected: (peer, code) => tell('disconnected', peer.id, code),
        }
        sessions.listen(listener, signal)
        return sessions
    }

    async function until(holds: () => boolean): Promise<void> {
        while (!holds())
            await new Promise<void>((resolve) => {
                more = resolve
            })
    }

    const first = (id: string, token = id) => JSON.stringify({ id, token })
    async function come(id: string, token?: string): Promise<WebSocket> {
        const client = await port.connect()
        client.send(first(id, token))
        return client
    }

    it('find out by a frame who a peer is, and keep their state', async () => {
        open()
        const client = await come('d1')
        assert.equal(await heard(client), 'welcome')
        for (const text of ['a', 'slow', 'b', 'slow', 'slow', 'c']) client.send(text)
        await until(() => told.length === 7)
        assert.deepEqual(told, [
            ['connected', 'd1', 'acme'],
            ...['a', 'slow', 'b', 'slow', 'slow', 'c'].map((text, i) => ['message', 'd1', [i + 1, text]]),
        ])
        client.close()
        await until(() => told.length === 8)
        assert.deepEqual([told.at(-1), numbering.ended], [['disconnected', 'd1', 1005], 1])
    })

    it('close with the code they want after what they said, and take nothing that waits', async () => {
        open()
        for (const [id, token, reason] of [
            ['d1', 'wrong', 'the token is not valid'],
            ['d1', 'd2', 'not yours'],
        ] as const) {
            const client = await port.connect()
            const answer = heard(client)
            const closed = closing(client)
            for (const text of [first(id, token), first('d3'), 'a']) client.send(text)
            assert.deepEqual(JSON.parse(await answer), { code: 401, reason })
            assert.deepEqual(await closed, [1008, reason])
        }
        while (numbering.ended < 2) await new Promise(setImmediate)
        assert.deepEqual(told, [])
        assert.equal(endpoint.find({ id: 'd3' }).length, 0)
    })

    it('keep nobody else waiting while a token is checked', async () => {
        open()
        const slow = await come('d1', 'slow:d1')
        slow.send('a')
        await until(() => release !== undefined)
        const other = await come('d2')
        other.send('b')
        await until(() => told.length === 2)
        assert.deepEqual(told, [
            ['connected', 'd2', 'acme'],
            ['message', 'd2', [1, 'b']],
        ])
        release?.()
        await until(() => told.length === 4)
        assert.deepEqual(told.slice(2), [
            ['connected', 'd1', 'acme'],
            ['message', 'd1', [1, 'a']],
        ])
    })

    it('read no more of a peer that waits than a few frames, and all in order once it goes on', async () => {
        open(numbering, { rate: 0 })
        const client = await come('d1', 'slow:d1')
        await until(() => release !== undefined)
        // More than the buffers of the network hold.
        const count = 20_000
        const text = (i: number) => `${i} ${'x'.repeat(1000)}`
        for (let i = 0; i < count; i++) client.send(text(i))
        const other = await come('d2')
        other.send('b')
        await until(() => told.length === 2)
        const read = () => port.told.filter(({ kind, peer }) => kind === 'frame' && peer.id !== 'd2').length
        // Nothing is read any more, turn after turn, although there is something to be read.
        for (let [turns, before] = [0, 0]; turns < 200; turns = read() === before ? turns + 1 : 0) {
            before = read()
            await new Promise(setImmediate)
        }
        assert.ok(client.bufferedAmount > 0)
        assert.ok(read() < 500, `${read()} frames were read`)
        release?.()
        await until(() => told.length === count + 3)
        const [introduction, ...messages] = told.slice(2)
        assert.deepEqual(introduction, ['connected', 'd1', 'acme'])
        for (const [i, message] of messages.entries()) assert.deepEqual(message, ['message', 'd1', [i + 1, text(i)]])
    })

    it('receive what a peer sent before it left, and end then', async () => {
        open()
        const client = await come('d1', 'slow:d1')
        client.send('a')
        client.close(4000)
        await until(() => release !== undefined)
        await port.hears('disconnected')
        assert.deepEqual([told, numbering.ended], [[], 0])
        release?.()
        await until(() => told.length === 3)
        assert.deepEqual(told, [
            ['connected', 'd1', 'acme'],
            ['message', 'd1', [1, 'a']],
            ['disconnected', 'd1', 4000],
        ])
        assert.deepEqual([numbering.ended, endpoint.find({ id: 'd1' }).length], [1, 0])
    })

    it('have a check of a token end that takes too long', async () => {
        open()
        const client = await come('d1', 'slow:d1')
        const closed = closing(client)
        await until(() => release !== undefined)
        clock.advance(10_000)
        assert.deepEqual(await closed, [1008, 'the check of the token took too long'])
        assert.match(endpoint.state.trouble ?? '', /took too long/)
    })

    it('send a peer away when the token that it brought expires, and replace it by another that brings it', async () => {
        open()
        const old = await come('d1')
        const replaced = closing(old)
        await until(() => told.length === 1)
        const client = await come('d1')
        assert.deepEqual(await replaced, [1000, 'replaced'])
        await until(() => told.length === 3)
        const expired = closing(client)
        clock.advance(60_000)
        assert.deepEqual(await expired, [4401, 'the token has expired'])
    })

    it('take no id of the address where a token has to prove it', async () => {
        open()
        const client = await port.connect('/devices?id=d1')
        await port.hears('connected')
        assert.equal(endpoint.find({ id: 'd1' }).length, 0)
        client.terminate()
    })

    it('answer a frame that cannot be read, count it and tell its beginning', async () => {
        const sessions = open(protocols.json)
        const client = await port.connect('/devices?id=d1')
        client.send('x'.repeat(5000))
        assert.equal(await heard(client), '{"error":"not JSON"}')
        client.send('{}')
        await until(() => told.length === 3)
        assert.deepEqual(told, [
            ['connected', 'd1', undefined],
            ['unreadable', 'd1', 'not JSON', 'x'.repeat(1000)],
            ['message', 'd1', {}],
        ])
        assert.equal(endpoint.state.unreadable, 1)
        assert.equal(sessions.protocol, protocols.json)
        client.terminate()
    })

    it('send a peer away by whom a session fails, and say so in the log', async () => {
        open()
        const client = await come('d1')
        await once(client, 'message')
        const closed = closing(client)
        client.send('broken')
        assert.deepEqual(await closed, [1011, 'internal error'])
        assert.match(logged[0] ?? '', /^a session failed: Error: a fault of ours/)
    })
})
