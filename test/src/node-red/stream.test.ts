import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { NodeMessage } from 'node-red'
import { stream } from '../../../src/node-red/stream.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { refused } from '../../support/refused.ts'

describe('a streamed answer', () => {
    let server: Server
    let clock: FakeClock
    const closing = () => new AbortController()
    beforeEach(async () => {
        clock = new FakeClock()
        server = createServer()
        await once(server.listen(0, '127.0.0.1'), 'listening')
    })
    afterEach(async () => {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
    })

    /** What a node is given when a client asks, and what the client gets. */
    async function ask(): Promise<{ msg: NodeMessage; response: Promise<IncomingMessage>; leave(): void }> {
        const request = get(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).on('error', () => {})
        const response = once(request, 'response').then(([got]) => got as IncomingMessage)
        response.catch(() => {})
        const [, res] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
        // As Express has it.
        Object.assign(res, { status: () => res })
        return { msg: { res: { _res: res } } as unknown as NodeMessage, response, leave: () => request.destroy() }
    }

    function counting(piece: string, count: number) {
        const state = { given: 0, ended: false }
        async function* pieces() {
            try {
                for (; state.given < count; state.given++) {
                    if (state.given % 100 === 0) await new Promise(setImmediate)
                    yield piece
                }
            } finally {
                state.ended = true
            }
        }
        return { state, pieces: pieces() }
    }

    const options = (signal = closing().signal) => ({ headers: { 'content-type': 'text/plain' }, clock, signal })

    it('arrives whole', async () => {
        const { msg, response } = await ask()
        const { pieces } = counting('abc', 1000)
        const sent = stream(msg, pieces, options())
        assert.equal((await (await response).toArray()).join(''), 'abc'.repeat(1000))
        assert.equal(await sent, true)
    })

    it('is no faster than the client, and ends when the client goes', async () => {
        const { msg, response, leave } = await ask()
        const { state, pieces } = counting('x'.repeat(1 << 20), 10_000)
        const sent = stream(msg, pieces, options())
        const got = await response
        got.pause()
        for (let before = -1; before !== state.given; ) {
            before = state.given
            for (let i = 0; i < 200; i++) await new Promise(setImmediate)
        }
        assert.ok(state.given < 100, `${state.given} MB are on their way`)
        leave()
        assert.equal(await sent, false)
        assert.equal(state.ended, true)
    })

    it('ends for one who takes nothing for half a minute, and when the node is closed', async () => {
        for (const end of [() => clock.advance(30_000), (ending: AbortController) => ending.abort()]) {
            const { msg, response } = await ask()
            const { state, pieces } = counting('x'.repeat(1 << 20), 10_000)
            const ending = closing()
            const sent = stream(msg, pieces, options(ending.signal))
            ;(await response).on('error', () => {}).pause()
            for (let i = 0; i < 1000; i++) await new Promise(setImmediate)
            end(ending)
            assert.equal(await sent, false)
            assert.equal(state.ended, true)
        }
    })

    it('throws what the first piece throws before anything was answered, and cuts the connection later', async () => {
        async function* broken(after: number) {
            for (let i = 0; i < after; i++) yield 'abc'
            await new Promise(setImmediate)
            throw new Error('gone')
        }
        const { msg, response } = await ask()
        await assert.rejects(stream(msg, broken(0), options()), /gone/)
        const { _res } = (msg as unknown as { res: { _res: ServerResponse } }).res
        assert.equal(_res.headersSent, false)
        await assert.rejects(stream(msg, broken(3), options()), /gone/)
        await assert.rejects(async () => (await response).toArray(), /aborted|hang up/)
    })

    it('is refused where nobody waits for it', async () => {
        await assert.rejects(stream({} as NodeMessage, counting('a', 1).pieces, options()), refused(422, 'BAD_INPUT'))
    })
})
