import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { Node } from 'node-red'
import helper from 'node-red-node-test-helper'
import * as v from 'valibot'
import { text, typed } from '../../../src/node-red/fields.ts'
import { defineNode, type Handlers, input, type Setup } from '../../../src/node-red/index.ts'

const Config = v.object({ name: text(), ...typed('timeout', { literals: ['num'] }) })
type Message = Record<string, any>

function deep(levels: number): unknown {
    let value: unknown = 1
    for (let i = 0; i < levels; i++) value = [value]
    return value
}

class Response extends EventEmitter {
    headersSent = false
    writableEnded = false
    destroyed = false
    statusCode = 200
    body: unknown
    readonly headers: Record<string, string> = {}
    getHeader(name: string) {
        return this.headers[name]
    }
    status(code: number) {
        this.statusCode = code
        return { json: (body: unknown) => this.#answer(body) }
    }
    #answer(body: unknown) {
        this.headersSent = true
        this.body = body
        this.emit('answered')
    }
}

const get = (more: object = {}) => ({ method: 'GET', headers: { host: 'localhost' }, body: undefined, query: {}, ...more })
const post = (body: unknown, headers: object = {}) => ({ method: 'POST', headers: { host: 'localhost', ...headers }, body, query: {} })

describe('at the door of a node', () => {
    const heard: { where: string; msg: Message }[] = []
    let tell: () => void
    beforeEach(() => helper.startServer())
    afterEach(async () => {
        await helper.unload()
        await helper.stopServer()
        heard.length = 0
        delete process.env.HTTP_HOSTS
    })

    async function load(setup: (context: Setup<typeof Config, never>) => Handlers, settings: object = {}, env: object[] = []) {
        const [z, x, y] = ['tab', 0, 0]
        const flow = [
            { id: z, type: 'tab', env },
            { id: 'n', z, x, y, type: 'socketworks-tested', wires: [['done'], ['refused']], ...settings },
            { id: 'catching', z, x, y, type: 'catch', scope: null, wires: [['caught']] },
            ...['done', 'refused', 'caught'].map((id) => ({ id, z, x, y, type: 'helper' })),
        ]
        await helper.load(defineNode('tested', Config, setup) as never, flow)
        for (const where of ['done', 'refused', 'caught'])
            helper.getNode(where).on('input', (msg) => {
                heard.push({ where, msg })
                tell?.()
            })
        return helper.getNode('n') as Node & Record<'warn' | 'error' | 'status', { args: any[][] }>
    }
    async function give(msg: object): Promise<{ where: string; msg: Message }> {
        const before = heard.length
        helper.getNode('n').receive(msg as never)
        while (heard.length === before)
            await new Promise<void>((resolve) => {
                tell = resolve
            })
        return heard[before]!
    }
    const passes = (changesState = false) => ({ changesState, input: (msg: any, send: any) => send(msg) })
    const told = ({ where, msg }: { where: string; msg: Message }) => [where, msg.statusCode, msg.refusal?.code]

    it('a deep body is refused and taken away, so that nothing further on finds it', async () => {
        await load(() => passes())
        const body = deep(50_000)
        for (const payload of [body, { changed: 1 }]) {
            const req = post(body)
            const out = await give({ payload, req, res: {} })
            assert.deepEqual(told(out), ['refused', 422, 'BAD_INPUT'])
            assert.deepEqual([req.body, out.msg.payload.message], [{}, 'body must not be nested deeper than 32 levels'])
            assert.deepEqual(out.msg.refusal, { code: 'BAD_INPUT' })
        }
        assert.deepEqual(told(await give({ payload: deep(50_000), req: get() })), ['refused', 422, 'BAD_INPUT'])
    })

    it('a body that is too large is refused, but not what a flow has made of it', async () => {
        await load(() => passes())
        const large = Array(20_000).fill(0)
        assert.deepEqual(told(await give({ payload: large, req: post(large) })), ['refused', 413, 'TOO_LARGE'])
        assert.equal((await give({ payload: large, req: post({}) })).where, 'done')
    })

    it('what was refused here is not kept, and comes back to no node that would have read it', async () => {
        const reads = ({ RED, node, config }: Setup<typeof Config, never>) => ({
            input: async (msg: any, send: any) => send({ found: await input(RED, node, config, 'timeout', msg) }),
        })
        for (const timeoutType of ['msg', 'request']) {
            await load(reads, timeoutType === 'msg' ? {} : { timeout: 'timeout', timeoutType })
            const large = Array(20_000).fill(0)
            const out = await give({ payload: large, req: post(large) })
            assert.deepEqual([told(out), out.msg.refusal], [['refused', 413, 'TOO_LARGE'], { code: 'TOO_LARGE' }])
            for (let i = 0; i < 2; i++) assert.deepEqual(told(await give({ ...out.msg })), ['refused', 422, 'BAD_INPUT'])
            await helper.unload()
        }
        await load(() => passes(true))
        const { msg } = await give({ payload: deep(50_000), req: post(deep(50_000)) })
        assert.equal((await give(msg)).where, 'done')
    })

    it('what came over no request passes, be req what it may', async () => {
        await load(() => passes())
        for (const req of [undefined, null, 5, 'x', [], { headers: 5 }, { headers: { host: 5 }, method: {} }])
            assert.equal((await give({ payload: {}, req })).where, 'done')
    })

    it('foreign pages and names are refused, whether it acts or the request is to change something', async () => {
        await load(() => passes())
        const cross = { 'sec-fetch-site': 'cross-site', origin: 'http://evil.test' }
        assert.deepEqual(told(await give({ req: post({}, cross) })), ['refused', 403, 'FOREIGN_PAGE'])
        assert.deepEqual(told(await give({ req: post({}, { host: 'evil.test' }) })), ['refused', 403, 'FOREIGN_HOST'])
        assert.equal((await give({ req: get({ headers: cross }) })).where, 'done')
        const res = { _res: new Response() }
        res._res.headers['access-control-allow-origin'] = cross.origin
        assert.equal((await give({ req: post({}, cross), res })).where, 'done')
        res._res.headers['access-control-allow-origin'] = '*'
        assert.deepEqual(told(await give({ req: post({}, cross), res })), ['refused', 403, 'FOREIGN_PAGE'])
        await helper.unload()
        await load(() => passes(true))
        assert.deepEqual(told(await give({ req: get({ headers: cross }) })), ['refused', 403, 'FOREIGN_PAGE'])
    })

    it('a HEAD request, which Express takes for GET, is refused by what changes something, and by nothing else', async () => {
        await load(() => passes())
        assert.equal((await give({ req: get({ method: 'HEAD' }) })).where, 'done')
        await helper.unload()
        await load(() => passes(true))
        assert.deepEqual(told(await give({ req: get({ method: 'HEAD' }) })), ['refused', 405, 'HEAD_REFUSED'])
        assert.equal((await give({ req: get() })).where, 'done')
    })

    it('the flow’s or the process’s environment lists what is let in', async () => {
        process.env.HTTP_HOSTS = 'one.example.org'
        await load(() => passes())
        assert.equal((await give({ req: get({ headers: { host: 'one.example.org' } }) })).where, 'done')
        await helper.unload()
        await load(() => passes(), {}, [{ name: 'HTTP_HOSTS', value: 'two.example.org', type: 'str' }])
        assert.equal((await give({ req: get({ headers: { host: 'two.example.org' } }) })).where, 'done')
        assert.deepEqual(told(await give({ req: get({ headers: { host: 'one.example.org' } }) })), ['refused', 403, 'FOREIGN_HOST'])
    })

    it('“body or query” reads the body, a body that is but a value, or else the query', async () => {
        const setup = ({ RED, node, config }: Setup<typeof Config, never>) => ({
            input: async (msg: any, send: any) => send({ found: await input(RED, node, config, 'timeout', msg) }),
        })
        await load(setup, { timeout: 'timeout', timeoutType: 'request' })
        const query = { timeout: 'query' }
        const cases: [object, unknown][] = [
            [{ req: { body: { timeout: 'body' }, query }, payload: { timeout: 'payload' } }, 'body'],
            [{ req: { body: { timeout: null }, query } }, null],
            [{ req: { body: {}, query } }, 'query'],
            [{ req: { body: '', query } }, 'query'],
            [{ req: { body: undefined, query }, payload: 5 }, 'query'],
            [{ req: { body: '5', query } }, '5'],
            [{ req: { body: [5], query } }, [5]],
            [{ req: { body: Object.create({ timeout: 'inherited' }), query: {} } }, undefined],
            [{ req: {} }, undefined],
            [{ payload: { timeout: 'payload' } }, 'payload'],
            [{ payload: 7 }, 7],
            [{}, undefined],
        ]
        for (const [msg, wanted] of cases) assert.deepEqual((await give(msg)).msg.found, wanted, JSON.stringify(msg))
    })

    it('a deep message from elsewhere that makes a node fail ends as an error, and its request is answered', async () => {
        const node = await load(() => ({
            input() {
                throw new Error('broken')
            },
        }))
        const _res = new Response()
        const answered = new Promise((resolve) => _res.once('answered', resolve))
        node.receive({ payload: {}, more: deep(50_000), req: post({}), res: { _res } } as never)
        await answered
        assert.deepEqual([_res.statusCode, Object.keys(_res.body as object)], [500, ['message']])
        assert.deepEqual(heard, [])
        assert.equal((await give({ payload: 'next' })).where, 'caught')
    })

    it('what is logged and shown is one line of no great length, whatever names are in it', async () => {
        const name = `a\nb\r\u2028${'x'.repeat(64_000)}`
        const node = await load(({ node }) => {
            const fail = () => {
                node.warn(`no ${name}`)
                throw Object.assign(new Error(`no ${name}`), { code: 'E_NAME' })
            }
            return { input: fail }
        })
        const { msg } = await give({})
        for (const text of [node.warn.args[0]![0], msg.error.message]) assert.match(text, /^(Error: )?no a\\nb\\r\\u2028x{900,990}$/)
        assert.equal(msg.error.code, 'E_NAME')
        await helper.unload()
        const broken = await load(() => {
            throw new Error(`no ${name}`)
        })
        await new Promise(setImmediate)
        assert.match(broken.status.args.at(-1)![0].text, /^no a\\nb\\r\\u2028x+$/)
        assert.equal(broken.status.args.at(-1)![0].text.length, 60)
    })
})
