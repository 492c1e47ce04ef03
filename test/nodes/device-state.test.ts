import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { NodeMessage } from 'node-red'
import helper from 'node-red-node-test-helper'
import deviceState from '../../nodes/device-state/runtime.ts'
import storeConfig from '../../nodes/store-config/runtime.ts'
import { scratch } from '../support/file.ts'

type Message = Record<string, any>

describe('device-state', () => {
    let files: ReturnType<typeof scratch>
    /** What came out, by its output. */
    const out: [string, Message][] = []
    beforeEach(async () => {
        files = scratch()
        out.length = 0
        await helper.startServer()
    })
    afterEach(async () => {
        await helper.unload()
        await helper.stopServer()
        files.clear()
    })

    const ends = ['changed', 'refused', 'stored']
    const load = async (settings: object = {}, store: object = { file: files.file }) => {
        const flow = [
            { id: 'tab', type: 'tab' },
            { id: 'store', type: 'socketworks-store-config', kind: 'file', ...store },
            {
                id: 'state',
                z: 'tab',
                type: 'socketworks-device-state',
                store: 'store',
                register: 'true',
                ...settings,
                wires: ends.map((id) => [id]),
            },
            ...ends.map((id) => ({ id, z: 'tab', type: 'helper' })),
        ]
        await helper.load([storeConfig, deviceState] as never, flow as never)
        for (const id of ends) helper.getNode(id).on('input', (msg) => void out.push([id, msg as Message]))
    }
    /** Gives a message. @returns what came out, once it came out of that output */
    const give = async (msg: object, end: string): Promise<Map<string, Message>> => {
        out.length = 0
        const heard = once(helper.getNode(end), 'input', { signal: AbortSignal.timeout(30_000) })
        helper.getNode('state').receive(msg as NodeMessage)
        await heard
        await new Promise((resolve) => setImmediate(resolve))
        return new Map(out)
    }

    it('tells only what changed, and of each update that it is stored', async () => {
        await load()
        const peer = { id: '0001', connection: 'c', reply: { header: '0116:0001' } }
        const first = await give({ topic: 't', peer, kept: 1, payload: { id: '0001', set: { x: 1, y: '2' } } }, 'stored')
        const { at, ...payload } = first.get('changed')!.payload
        assert.ok(Math.abs(at - Date.now()) < 5000)
        assert.deepEqual({ ...payload, changed: { ...payload.changed } }, { id: '0001', changed: { x: 1, y: '2' }, registered: true })
        assert.deepEqual([first.get('changed')!.topic, first.get('changed')!.kept], ['0001', 1])
        const { _msgid, ...stored } = first.get('stored')!
        assert.deepEqual(stored, { topic: 't', peer, kept: 1, statusCode: 200, payload: { id: '0001', set: { x: 1, y: '2' } } })
        const again = await give({ payload: { id: '0001', set: { x: 1 } } }, 'stored')
        assert.deepEqual([...again.keys()], ['stored'])
        const more = await give({ payload: { id: '0001', set: { x: 1, y: 2 } } }, 'stored')
        assert.deepEqual({ ...more.get('changed')!.payload.changed }, { y: 2 })
    })

    it('refuses what is unknown, wrong or of somebody else, and says so by output 2 alone', async () => {
        await load({ register: 'false' })
        const refusal = async (msg: object) => {
            const all = await give(msg, 'refused')
            assert.deepEqual([...all.keys()], ['refused'])
            const { statusCode, refusal: reason, payload } = all.get('refused')!
            assert.equal(typeof payload.message, 'string')
            return `${statusCode} ${reason.code}`
        }
        assert.equal(await refusal({ payload: { id: 'a', set: { x: 1 } } }), '404 UNKNOWN_DEVICE')
        await helper.unload()
        await load()
        assert.equal(await refusal({ payload: { id: 'a', set: 5 } }), '422 BAD_INPUT')
        assert.equal(await refusal({ payload: 'text' }), '422 BAD_INPUT')
        // A flow that has read it as a number has rounded it.
        for (const x of [JSON.parse('8949020000123456789'), [{ iccid: -(2 ** 53) }], Number.NaN])
            assert.equal(await refusal({ payload: { id: 'a', set: { x } } }), '422 BAD_INPUT')
        await give({ payload: { id: 'n', set: { a: 2 ** 53 - 1, b: 6.02e23, c: '8949020000123456789' } } }, 'stored')
        assert.equal(await refusal({ payload: JSON.parse('{"__proto__": {}, "id": "a", "set": {}}') }), '422 BAD_INPUT')
        await give({ peer: { account: 'alice' }, payload: { id: 'a', set: { x: 1 } } }, 'stored')
        assert.equal(await refusal({ peer: { account: 'bob' }, payload: { id: 'a', set: { x: 1 } } }), '403 FOREIGN_DEVICE')
        assert.equal(await refusal({ peer: {}, payload: { id: 'a', set: { x: 1 } } }), '403 FOREIGN_DEVICE')
    })

    it('takes in new devices unless told otherwise, and shows in yellow how many it refuses', async () => {
        await load({ register: undefined })
        await give({ payload: { id: 'a', set: { x: 1 } } }, 'stored')
        await helper.unload()
        await load({ register: false })
        const shown = new Promise<unknown>((resolve) => {
            const { status } = helper.getNode('state')
            helper.getNode('state').status = (now) => {
                status.call(helper.getNode('state'), now)
                if (Object(now).fill === 'yellow') resolve(now)
            }
        })
        for (const id of ['b', 'c', 'b', 'a']) await give({ payload: { id, set: { x: 1 } } }, id === 'a' ? 'stored' : 'refused')
        assert.deepEqual(await shown, { fill: 'yellow', shape: 'ring', text: 'status.refused' })
    })

    it('deletes a device, once, and none of another account', async () => {
        await load()
        await give({ payload: { id: 'a', set: { x: 1 } }, peer: { account: 'north' } }, 'stored')
        await helper.unload()
        await load({ operation: 'delete', device: 'req.params.id' })
        const msg = { payload: {}, req: { params: { id: 'a' } }, kept: 1 }
        const foreign = await give({ ...msg, peer: { account: 'south' } }, 'refused')
        assert.deepEqual(
            [...foreign].map(([end, { statusCode, refusal }]) => [end, statusCode, refusal.code]),
            [['refused', 403, 'FOREIGN_DEVICE']],
        )
        const all = await give(msg, 'stored')
        const { at, ...payload } = all.get('changed')!.payload
        assert.deepEqual([typeof at, payload, all.get('changed')!.topic], ['number', { id: 'a', deleted: true }, 'a'])
        assert.deepEqual([all.get('stored')!.payload, all.get('stored')!.statusCode, all.get('stored')!.kept], [{}, 200, 1])
        const again = await give(msg, 'refused')
        assert.deepEqual([again.get('refused')!.statusCode, again.get('refused')!.refusal.code], [404, 'UNKNOWN_DEVICE'])
        const wrong = await give({ ...msg, req: { params: { id: 5 } } }, 'refused')
        assert.equal(wrong.get('refused')!.refusal.code, 'BAD_INPUT')
        await helper.unload()
        await load({ register: 'false' })
        const gone = await give({ payload: { id: 'a', set: { x: 1 } } }, 'refused')
        assert.equal(gone.get('refused')!.refusal.code, 'UNKNOWN_DEVICE')
    })

    it('knows after a restart what it was told', async () => {
        await load()
        await give({ payload: { id: 'a', set: { x: 1 } } }, 'stored')
        await helper.unload()
        await load({ register: 'false' })
        assert.deepEqual([...(await give({ payload: { id: 'a', set: { x: 1 } } }, 'stored')).keys()], ['stored'])
    })

    it('refuses with 503 while the store cannot be used, and says so in red', async () => {
        await load({}, { file: '/dev/null/none.sqlite' })
        const all = await give({ payload: { id: 'a', set: { x: 1 } } }, 'refused')
        assert.deepEqual([all.get('refused')!.statusCode, all.get('refused')!.refusal.code], [503, 'STORE_UNAVAILABLE'])
        const { args } = helper.getNode('state').status as any
        assert.deepEqual(args.at(-1)[0], { fill: 'red', shape: 'ring', text: 'common.status.storeAway' })
    })

    it('refuses what there is no memory for, takes all else, and says so in red', async () => {
        await load({ deviceMemory: '64', fleetMemory: '1' })
        const text = 'x'.repeat(12_000)
        const large = { a: text, b: text, c: text }
        assert.equal((await give({ payload: { id: 'a', set: large } }, 'refused')).get('refused')!.refusal.code, 'DEVICE_FULL')
        await give({ payload: { id: 'a', set: { a: text } } }, 'stored')
        const heard = once(helper.getNode('refused'), 'input', { signal: AbortSignal.timeout(30_000) })
        for (let n = 0; n < 40; n++) helper.getNode('state').receive({ payload: { id: `d${n}`, set: { a: text, b: text } } } as NodeMessage)
        const [refused] = await heard
        assert.deepEqual([refused.statusCode, refused.refusal.code], [503, 'FLEET_FULL'])
        const state = helper.getNode('state')
        const { args } = state.status as any
        // What it shows changes a few times a second at the most.
        while (args.at(-1)[0].fill !== 'red') await once(state, 'call:status', { signal: AbortSignal.timeout(30_000) })
        assert.deepEqual(args.at(-1)[0], { fill: 'red', shape: 'ring', text: 'status.full' })
        await give({ payload: { id: 'a', set: { a: text.replace('x', 'y') } } }, 'stored')
        await give({ payload: { id: 'new', set: { battery: 1 } } }, 'stored')
    })
})
