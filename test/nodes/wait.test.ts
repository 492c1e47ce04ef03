import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import helper from 'node-red-node-test-helper'
import { readPromised, written } from '../../src/callback/promised.ts'
import { PARKED } from '../../src/tasks/index.ts'
import { Desk, type Message } from '../support/desk.ts'

describe('wait', () => {
    const desk = new Desk()
    let folder: string
    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), 'socketworks-wait-'))
        await helper.startServer()
    })
    afterEach(async () => {
        await desk.unload()
        await helper.stopServer()
        await rm(folder, { recursive: true })
    })

    const load = (store?: object, settings: object = {}) => desk.load({ w: { type: 'wait', ...settings } }, store)
    const file = () => ({ kind: 'file', file: join(folder, 'store.sqlite') })
    const rows = () => desk.store.tasks.ofOwner('wait', 'w', 0, 100)
    /** What was sent on is forgotten right after that. */
    const forgotten = async () => {
        while ((await rows()).length > 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const held = () => desk.end('w3').reaches(1)

    it('passes the message on after its time, as it came', async () => {
        await load()
        const before = performance.now()
        desk.give('w', { payload: { duration: '0.2', instance: { id: 'i1' } }, topic: 'kept', refusal: { code: 'OLD' }, _msgid: 'm1' })
        const [msg] = await desk.end('w1').reaches(1)
        assert.ok(performance.now() - before >= 199)
        assert.deepEqual(msg!.payload, { duration: '0.2', instance: { id: 'i1' } })
        assert.deepEqual([msg!.topic, msg!._msgid, msg!.statusCode, 'refusal' in msg!], ['kept', 'm1', 200, false])
        await desk.end('completed').reaches(1)
        await forgotten()
        assert.equal(desk.end('w2').messages.length, 0)
    })

    it('counts a duration in the unit that it is set to', async () => {
        await load(undefined, { duration: '200', durationType: 'num', unit: 'ms' })
        const before = performance.now()
        desk.give('w', { payload: {} })
        await desk.end('w1').reaches(1)
        assert.ok(performance.now() - before >= 199)
    })

    it('says by the third output that it holds a message, and completes, once that is kept', async () => {
        await load(file())
        desk.give('w', { payload: { duration: 600 }, topic: 'kept' })
        const [msg] = await held()
        assert.equal(msg!.topic, 'kept')
        assert.equal((await rows()).length, 1)
        await desk.end('completed').reaches(1)
        assert.equal(desk.end('w1').messages.length, 0)
    })

    const odd: unknown[] = [undefined, null, '', ' ', [], [1], {}, true, false, Number.NaN, Number.POSITIVE_INFINITY, -1, '-1', '0x10']
    odd.push('1s', 'NaN', 'Infinity', 101 * 31_557_600, '1\0', Buffer.from('1'))
    for (const duration of odd)
        it(`refuses a duration of ${typeof duration} ${JSON.stringify(duration)}`, async () => {
            await load()
            desk.give('w', { payload: { duration }, topic: 'kept' })
            const [msg] = await desk.end('w2').reaches(1)
            assert.deepEqual([msg!.statusCode, msg!.refusal.code, msg!.topic], [422, 'BAD_INPUT', 'kept'])
            assert.match(msg!.payload.message, /^duration /)
            await desk.end('completed').reaches(1)
            assert.deepEqual(await rows(), [])
        })

    it('refuses what cannot be kept, naming it', async () => {
        await load()
        desk.give('w', { payload: { duration: 1 }, notify: () => {} })
        const [msg] = await desk.end('w2').reaches(1)
        assert.deepEqual([msg!.statusCode, msg!.refusal.code], [422, 'NOT_STORABLE'])
        assert.match(msg!.payload.message, /notify/)
    })

    it('refuses what it cannot keep because the store is away', async () => {
        await load({ kind: 'file', file: folder })
        desk.give('w', { payload: { duration: 1 } })
        const [msg] = await desk.end('w2').reaches(1)
        assert.deepEqual([msg!.statusCode, msg!.refusal.code], [503, 'STORE_UNAVAILABLE'])
        await desk.shows(({ fill, text }) => fill === 'red' && text === 'common.status.storeAway')
    })

    it('lets each message go when its own time is over, and all of many', async () => {
        await load()
        for (const duration of [0.3, 0.1, 0.2]) desk.give('w', { payload: { duration } })
        const three = await desk.end('w1').reaches(3)
        assert.deepEqual(
            three.map((msg) => msg.payload.duration),
            [0.1, 0.2, 0.3],
        )
        for (let i = 0; i < 3000; i++) desk.give('w', { payload: { duration: 0.5 }, i })
        const all = await desk.end('w1').reaches(3003)
        assert.equal(new Set(all.map((msg) => msg.i)).size, 3001)
        await desk.end('completed').reaches(3003)
    })

    it('goes on with the remaining time after a redeploy, and at once with what is overdue, in order', async () => {
        await load(file())
        const begun = performance.now()
        const sent = { payload: { instance: { id: 'i1' } }, when: new Date(0), raw: Buffer.from('raw'), map: new Map([['a', 1]]) }
        desk.give('w', { ...structuredClone(sent), payload: { duration: 0.8, instance: { id: 'i1' } }, n: 1 })
        desk.give('w', { ...structuredClone(sent), payload: { duration: 0.9, instance: { id: 'i1' } }, n: 2 })
        desk.give('w', { payload: { duration: 1.5 }, n: 3 })
        desk.give('w', { payload: { duration: 3600 }, n: 4 })
        await desk.end('w3').reaches(4)
        const due = async () => Math.max(...(await rows()).map(({ dueAt }) => dueAt))
        const before = await due()
        assert.ok((await desk.unload()) < 1000)
        while (performance.now() - begun < 950) await new Promise((resolve) => setImmediate(resolve))
        await load(file())
        assert.equal(await due(), before)
        const [first, second] = await desk.end('w1').reaches(2)
        assert.deepEqual([first!.n, second!.n], [1, 2])
        assert.deepEqual([first!.when, first!.map, first!.statusCode], [sent.when, sent.map, 200])
        assert.deepEqual(Buffer.from(first!.raw).toString(), 'raw')
        assert.deepEqual(first!.payload, { duration: 0.8, instance: { id: 'i1' } })
        assert.equal((await desk.end('w1').reaches(3))[2]!.n, 3)
        assert.ok(performance.now() - begun >= 1499)
        while ((await rows()).length > 1) await new Promise((resolve) => setImmediate(resolve))
    })

    it('shows how many wait and clears that when none does', async () => {
        await load()
        desk.give('w', { payload: { duration: 0.5 } })
        await desk.shows(({ fill, text }) => fill === 'blue' && text === 'status.waiting')
        await desk.end('w1').reaches(1)
        await desk.shows(({ fill }) => fill === undefined)
    })

    it('forgets what it kept when it is deleted, and calls back those who wait for it', async () => {
        await load(file())
        const callback = { id: 'c1', url: 'http://127.0.0.1:9/', header: 'X-Callback' }
        const task = { id: 'c1', kind: 'callback', queue: '', owner: '', key: null, parent: null, expiresAt: null, dueAt: PARKED }
        await desk.store.tasks.add({ ...task, payload: written(callback) })
        desk.give('w', { payload: { duration: 600, instance: 'i1' }, callback })
        await held()
        await desk.deploy((node) => (node.id === 'w' ? undefined : node))
        assert.deepEqual(await rows(), [])
        const answered = (await desk.store.tasks.get('c1'))!
        assert.notEqual(answered.dueAt, PARKED)
        assert.deepEqual(JSON.parse(readPromised(answered).body!), {
            duration: 600,
            instance: 'i1',
            message: 'the run was interrupted by a restart',
        })
    })

    for (const what of ['itself', 'its tab'])
        it(`keeps what waits while ${what} is disabled, and sends it on once that is enabled`, async () => {
            await load(file())
            const disabled = (isDisabled: boolean) => (node: Message) =>
                node.id === (what === 'itself' ? 'w' : 'tab') ? { ...node, d: isDisabled, disabled: isDisabled } : node
            desk.give('w', { payload: { duration: 0.1, instance: 'i1' }, callback: { id: 'c1' } })
            await held()
            await desk.deploy(disabled(true))
            assert.equal(helper.getNode('w'), null)
            assert.equal((await rows()).length, 1)
            await desk.deploy(disabled(false))
            if (what === 'itself') assert.equal((await desk.end('w1').reaches(1))[0]!.payload.instance, 'i1')
            await forgotten()
        })

    describe('with an open HTTP request', () => {
        const ask = async () => {
            const { promise, resolve } = Promise.withResolvers<ServerResponse>()
            const server = createServer((_request, response) => resolve(response)).listen(0, '127.0.0.1')
            await once(server, 'listening')
            const caller = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false })
            caller.on('error', () => {}).end()
            const response = await promise
            const status = (code: number) => ({ json: (body: unknown) => response.writeHead(code).end(JSON.stringify(body)) })
            const end = () => {
                server.closeAllConnections()
                server.close()
            }
            return { caller, res: { _res: Object.assign(response, { status }) }, end }
        }

        it('keeps nothing, and passes the very request on', async () => {
            await load()
            const { res, end } = await ask()
            desk.give('w', { payload: { duration: 0.3 }, res })
            await held()
            assert.deepEqual(await rows(), [])
            assert.equal((await desk.end('w1').reaches(1))[0]!.res, res)
            end()
        })

        it('ends with the request', async () => {
            await load()
            const { caller, res, end } = await ask()
            desk.give('w', { payload: { duration: 600 }, res })
            await held()
            caller.destroy()
            await desk.end('completed').reaches(1)
            assert.equal(desk.end('w1').messages.length, 0)
            end()
        })

        it('is kept if a callback was promised', async () => {
            await load()
            const { res, end } = await ask()
            desk.give('w', { payload: { duration: 600 }, res, callback: { id: 'c1' } })
            await held()
            assert.deepEqual(
                (await rows()).map(({ parent }) => parent),
                ['c1'],
            )
            end()
        })

        it('is answered with 503 when the flow is closed', async () => {
            await load()
            const { caller, res, end } = await ask()
            desk.give('w', { payload: { duration: 600 }, res })
            await held()
            const answered = once(caller, 'response')
            await desk.unload()
            assert.equal((await answered)[0].statusCode, 503)
            end()
            await load()
        })
    })
})
