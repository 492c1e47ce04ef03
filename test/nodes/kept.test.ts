import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import helper from 'node-red-node-test-helper'
import { Desk, type Message } from '../support/desk.ts'
import { Receiver } from '../support/service.ts'
import { stopwatch } from '../support/stopwatch.ts'

describe('what is kept for a node', () => {
    const desk = new Desk()
    let folder: string
    let receiver: Receiver
    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), 'socketworks-kept-'))
        receiver = await Receiver.listen()
        await helper.startServer()
    })
    afterEach(async () => {
        await desk.unload()
        await helper.stopServer()
        await receiver.close()
        await rm(folder, { recursive: true })
    })

    const accept = { a: { type: 'callback-accept' }, r: { type: 'callback-reply' } } as const
    const wait = { w: { type: 'wait' } } as const
    const load = (nodes: Parameters<Desk['load']>[0]) => desk.load(nodes, { kind: 'file', file: join(folder, 'store.sqlite') })
    const accepted = async () => {
        const headers = { 'x-callback': receiver.url }
        desk.give('a', { req: { headers, rawHeaders: ['X-Callback', receiver.url] }, payload: {} })
        return (await desk.end('a1').reaches(1))[0]!
    }
    const hold = async (msg: object) => {
        desk.give('w', { ...msg, payload: { duration: 600, instance: 'i1' }, res: undefined })
        await desk.end('w3').reaches(1)
    }
    const count = (owner: string) => desk.store.tasks.total('wait', owner).count
    const until = async (holds: () => boolean) => {
        while (!holds()) await new Promise((resolve) => setImmediate(resolve))
    }
    /** A task of a node that is nowhere: once it is swept, all are that are to be. */
    const swept = async (deploy: () => Promise<void>) => {
        const task = { kind: 'wait', queue: 'ghost', owner: 'ghost', key: null, dueAt: 1e15, expiresAt: null, parent: null, payload: '' }
        await desk.store.tasks.add({ id: 'ghost', ...task })
        assert.equal(count('ghost'), 1)
        await deploy()
        await until(() => count('ghost') === 0)
    }

    it('ends, and its callback is answered, when it was deleted while Node-RED was down', async () => {
        await load({ ...accept, ...wait })
        await hold(await accepted())
        await desk.unload()
        await load(accept)
        const { body } = await receiver.called(1)
        assert.deepEqual(body, { duration: 600, instance: 'i1', message: 'the run was interrupted by a restart' })
        await until(() => count('w') === 0)
    })

    it('ends, and its callback is answered, when it is deleted', async () => {
        await load({ ...accept, ...wait })
        await hold(await accepted())
        await desk.deploy((node) => (node.id === 'w' ? undefined : node))
        assert.match((await receiver.called(1)).body.message, /interrupted/)
        assert.equal(count('w'), 0)
    })

    for (const what of ['it', 'its tab'])
        it(`stays while ${what} is disabled, whatever is swept, also over a restart`, async () => {
            const id = what === 'it' ? 'w' : 'tab'
            const disable = (node: Message) => (node.id === id ? { ...node, d: true, disabled: true } : node)
            await load({ ...accept, ...wait })
            await hold(await accepted())
            await swept(() => desk.deploy(disable))
            assert.equal(helper.getNode('w'), null)
            assert.equal(count('w'), 1)
            await desk.unload()
            await desk.again()
            await swept(() => desk.deploy(disable))
            assert.equal(count('w'), 1)
            assert.deepEqual(receiver.puts, [])
        })

    it('is answered within seconds when a deploy has cut it short, not at the next start', async () => {
        await load({ ...accept, ...wait })
        await accepted()
        const took = stopwatch()
        await desk.deploy((node) => (node.id === 'w' ? { ...node, name: 'other' } : node))
        assert.match((await receiver.called(1)).body.message, /interrupted/)
        assert.ok(took() < 15_000)
    })
})
