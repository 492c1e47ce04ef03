import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import helper from 'node-red-node-test-helper'
import { readPromised } from '../../src/callback/promised.ts'
import { PARKED } from '../../src/tasks/index.ts'
import { Desk, type Message } from '../support/desk.ts'

describe('callback accept and callback reply', () => {
    const desk = new Desk()
    let folder: string
    let server: Server
    let url: string
    let puts: { headers: IncomingHttpHeaders; body: Message }[]
    /** What the server does with each request, one after the other; 200 after that. */
    let answers: RequestListener[]

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), 'socketworks-callback-'))
        puts = []
        answers = []
        server = createServer(async (request, response) => {
            let text = ''
            for await (const chunk of request) text += chunk
            puts.push({ headers: request.headers, body: JSON.parse(text) })
            const answer = answers.shift() ?? ((_request, response) => response.end('thanks'))
            answer(request, response)
            server.emit('put')
        }).listen(0, '127.0.0.1')
        await once(server, 'listening')
        url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/done`
        await helper.startServer()
    })
    afterEach(async () => {
        await desk.unload()
        await helper.stopServer()
        server.closeAllConnections()
        server.close()
        await rm(folder, { recursive: true })
    })

    const load = (store?: object, settings: { accept?: object; reply?: object } = {}) =>
        desk.load(
            {
                a: { type: 'callback-accept', ...settings.accept },
                r: { type: 'callback-reply', ...settings.reply },
                w: { type: 'wait' },
            },
            store,
        )
    const file = () => ({ kind: 'file', file: join(folder, 'store.sqlite') })
    const request = (target = url) => ({ headers: { 'cpee-callback': target }, rawHeaders: ['CPEE-CALLBACK', target] })
    const accepted = async (msg: object = {}) => {
        const count = desk.end('a1').messages.length + 1
        desk.give('a', { req: request(), ...msg })
        return (await desk.end('a1').reaches(count))[count - 1]!
    }
    const called = async (times: number) => {
        while (puts.length < times) await once(server, 'put')
        return puts
    }
    const status = (code: number, headers = {}): RequestListener => {
        return (_request, response) => response.writeHead(code, headers).end()
    }

    describe('callback accept', () => {
        it('passes a message without such a header on as it came', async () => {
            await load()
            desk.give('a', { payload: 1, req: { headers: { host: 'x' } }, headers: { a: 'b' } })
            desk.give('a', { payload: 2 })
            const [first, second] = await desk.end('a1').reaches(2)
            assert.deepEqual([first!.payload, first!.headers, first!.callback], [1, { a: 'b' }, undefined])
            assert.deepEqual([second!.payload, 'headers' in second!, 'callback' in second!], [2, false, false])
        })

        it('keeps the promise before it says so, and has the response say it in the same header', async () => {
            await load(file())
            const msg = await accepted({ payload: { duration: 5 }, headers: { 'x-other': '1' }, res: 'response' })
            assert.deepEqual(msg.headers, { 'x-other': '1', 'CPEE-CALLBACK': 'true' })
            assert.deepEqual([msg.payload, msg.res], [{ duration: 5 }, 'response'])
            assert.deepEqual([msg.callback.url, msg.callback.header], [url, 'CPEE-CALLBACK'])
            const task = (await desk.store.tasks.get(msg.callback.id))!
            const { header, url: kept, body } = readPromised(task)
            assert.deepEqual([task.dueAt, header, kept, body], [PARKED, 'CPEE-CALLBACK', url, ''])
        })

        it('promises nothing to a HEAD request', async () => {
            await load()
            const { callback, headers } = await accepted({ req: { ...request(), method: 'HEAD' } })
            assert.deepEqual([callback, headers], [undefined, undefined])
        })

        it('refuses what it will not call, and hosts that are not on its list', async () => {
            await load(undefined, { accept: { hosts: 'a.test, 127.0.0.1:9' } })
            for (const target of ['file:///etc/passwd', 'http://169.254.169.254/', 'http://b.test/', url])
                desk.give('a', { req: request(target), topic: 'kept' })
            for (const msg of await desk.end('a2').reaches(4)) {
                assert.deepEqual([msg.statusCode, msg.topic, 'callback' in msg], [422, 'kept', false])
                assert.match(msg.payload.message, /^CPEE-CALLBACK /)
            }
        })

        it('promises nothing that it cannot keep', async () => {
            await load({ kind: 'file', file: folder })
            desk.give('a', { req: request() })
            const [msg] = await desk.end('a2').reaches(1)
            assert.deepEqual([msg!.statusCode, msg!.refusal.code, msg!.headers], [503, 'STORE_UNAVAILABLE', undefined])
        })

        it('is broken by a list that names no hosts', async () => {
            await load(undefined, { accept: { hosts: 'http://a.test/' } })
            const calls = (helper.getNode('a') as any).status.getCalls()
            const [shown] = calls.findLast(({ thisValue }: { thisValue: { id: string } }) => thisValue.id === 'a').args
            assert.equal(shown.fill, 'red')
            assert.match(shown.text, /^hosts/)
        })
    })

    describe('callback reply', () => {
        it('leaves a message without a callback to the plain answer', async () => {
            await load()
            const res = { _res: {} }
            desk.give('r', { payload: { instance: 1 }, statusCode: 409, headers: { a: 'b' }, res })
            const [msg] = await desk.end('r3').reaches(1)
            assert.deepEqual([msg!.payload, msg!.statusCode, msg!.headers, msg!.res], [{ instance: 1 }, 409, { a: 'b' }, res])
            assert.equal(puts.length, 0)
        })

        it('sends the payload, and passes the message on once that was taken', async () => {
            await load(file())
            const msg = await accepted({ topic: 'kept' })
            desk.give('r', { ...msg, payload: { instance: { id: 'i1' } } })
            const [out] = await desk.end('r1').reaches(1)
            assert.deepEqual(puts[0]!.body, { message: 'done', instance: { id: 'i1' } })
            assert.equal(puts[0]!.headers['content-type'], 'application/json')
            assert.deepEqual([out!.statusCode, out!.payload, out!.topic], [200, puts[0]!.body, 'kept'])
            assert.deepEqual([out!.callback, 'req' in out!, 'res' in out!], [msg.callback, false, false])
            assert.equal(await desk.store.tasks.get(msg.callback.id), undefined)
            await desk.end('completed').reaches(2)
        })

        const bodies: [payload: unknown, statusCode: number | undefined, body: object][] = [
            [{ message: 'off', a: 1 }, 200, { message: 'off', a: 1 }],
            [{ a: 1 }, 500, { message: 'failed', a: 1 }],
            ['text', 200, { message: 'text' }],
            [5, undefined, { message: '5' }],
            [undefined, undefined, { message: 'done' }],
            [null, undefined, { message: 'done' }],
            [[1, 2], undefined, { message: '[1,2]' }],
        ]
        for (const [payload, statusCode, body] of bodies)
            it(`makes ${JSON.stringify(body)} of ${JSON.stringify(payload)} with ${statusCode}`, async () => {
                await load()
                const { callback } = await accepted()
                desk.give('r', { callback, payload, statusCode })
                assert.deepEqual((await called(1))[0]!.body, body)
                await desk.end('r1').reaches(1)
            })

        it('answers with a failure, and says so, if the payload cannot be written', async () => {
            await load()
            const { callback } = await accepted()
            desk.give('r', { callback, payload: { n: 1n } })
            const [msg] = await desk.end('r2').reaches(1)
            assert.deepEqual([msg!.statusCode, msg!.refusal.code], [422, 'NOT_STORABLE'])
            assert.match(puts[0]!.body.message, /cannot be written/)
        })

        it('answers once, and refuses another or an unknown callback', async () => {
            await load()
            const { callback } = await accepted()
            desk.give('r', { callback, payload: { n: 1 } })
            desk.give('r', { callback, payload: { n: 2 } })
            await desk.end('r1').reaches(1)
            desk.give('r', { callback, payload: { n: 3 } })
            desk.give('r', { callback: { id: 'unknown' }, payload: {} })
            for (const msg of await desk.end('r2').reaches(3))
                assert.deepEqual([msg.statusCode, msg.refusal.code], [410, 'CALLBACK_CLOSED'])
            assert.deepEqual(
                puts.map(({ body }) => body.n),
                [1],
            )
        })

        it('calls the URL that was promised, whatever the message says', async () => {
            await load()
            const { callback } = await accepted()
            desk.give('r', { callback: { ...callback, url: 'http://127.0.0.1:9/' }, payload: {} })
            await called(1)
            await desk.end('r1').reaches(1)
        })

        it('tries again until it is heard, shows why it was not, and is heard once', async () => {
            answers = [status(500), (request) => request.socket.destroy()]
            await load()
            const { callback } = await accepted()
            desk.give('r', { callback, payload: { n: 1 } })
            await desk.shows(({ fill, text }) => fill === 'red' && text === 'answered with 500')
            await desk.end('r1').reaches(1)
            assert.deepEqual(
                puts.map(({ headers }) => headers['idempotency-key']),
                Array(3).fill(`"${callback.id}"`),
            )
            await desk.shows(({ fill }) => fill === undefined)
        })

        for (const [what, answer] of [
            ['a redirect', status(302, { location: '/else' })],
            ['404', status(404)],
        ] as const)
            it(`gives up at ${what}`, async () => {
                answers = [answer]
                await load()
                const { callback } = await accepted()
                desk.give('r', { callback, payload: {}, topic: 'kept' })
                const [msg] = await desk.end('r2').reaches(1)
                assert.deepEqual([msg!.statusCode, msg!.refusal.code, msg!.topic], [502, 'CALLBACK_UNDELIVERED', 'kept'])
                assert.equal(puts.length, 1)
                assert.equal(await desk.store.tasks.get(callback.id), undefined)
            })

        it('gives up when its time is over', async () => {
            answers = Array(20).fill(status(503))
            await load(undefined, { reply: { giveUp: '0.001' } })
            const { callback } = await accepted()
            desk.give('r', { callback, payload: {} })
            const [msg] = await desk.end('r2').reaches(1)
            assert.match(msg!.payload.message, /503/)
        })

        it('closes at once while it delivers, and delivers after the restart, by the node that answered', async () => {
            answers = [() => {}]
            await load(file())
            const { callback } = await accepted()
            desk.give('r', { callback, payload: { n: 1 } })
            await called(1)
            assert.ok((await desk.unload()) < 1000)
            await load(file())
            const [msg] = await desk.end('r1').reaches(1)
            assert.deepEqual([msg!.callback, msg!.payload, msg!.statusCode], [callback, { message: 'done', n: 1 }, 200])
            assert.equal(puts.length, 2)
        })
    })

    it('answers what was lost between nodes with a failure after the restart, not what still waits', async () => {
        await load(file())
        const lost = await accepted()
        const held = await accepted()
        desk.give('w', { ...held, payload: { duration: 1, instance: 'i1' }, res: undefined })
        await desk.end('w3').reaches(1)
        await desk.unload()
        await load(file())
        const [first] = await called(1)
        assert.deepEqual(first, { headers: first!.headers, body: { message: 'the run was interrupted by a restart' } })
        assert.equal(first!.headers['idempotency-key'], `"${lost.callback.id}"`)
        const [msg] = await desk.end('w1').reaches(1)
        assert.deepEqual(msg!.callback, held.callback)
        desk.give('r', msg!)
        await desk.end('r1').reaches(1)
        assert.deepEqual(puts[1]!.body, { message: 'done', duration: 1, instance: 'i1' })
        assert.equal(desk.end('a1').messages.length, 0)
    })

    it('answers what waited and was overdue by its own answer, not by a failure', async () => {
        await load(file())
        const held = await accepted()
        desk.give('w', { ...held, payload: { duration: 0.2, instance: 'i1' }, res: undefined })
        await desk.end('w3').reaches(1)
        await desk.unload()
        const until = performance.now() + 250
        while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve))
        await load(file())
        const [msg] = await desk.end('w1').reaches(1)
        desk.give('r', msg!)
        await desk.end('r1').reaches(1)
        assert.deepEqual(
            puts.map(({ body }) => body.message),
            ['done'],
        )
    })
})
