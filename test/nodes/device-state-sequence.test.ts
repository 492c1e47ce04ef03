import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { NodeMessage } from 'node-red'
import helper from 'node-red-node-test-helper'
import deviceState from '../../nodes/device-state/runtime.ts'
import storeConfig from '../../nodes/store-config/runtime.ts'

type Message = Record<string, any>

describe('device-state and message ids', () => {
    before(() => helper.startServer())
    after(() => helper.stopServer())
    afterEach(() => helper.unload())

    const load = (settings: object) =>
        helper.load(
            [storeConfig, deviceState] as never,
            [
                { id: 'tab', type: 'tab' },
                { id: 'store', type: 'socketworks-store-config', kind: 'memory' },
                {
                    id: 'state',
                    z: 'tab',
                    type: 'socketworks-device-state',
                    store: 'store',
                    ...settings,
                    wires: [['changed'], ['refused'], ['stored']],
                },
                ...['changed', 'refused', 'stored'].map((id) => ({ id, z: 'tab', type: 'helper' })),
            ] as never,
        )
    const said = (sequence: number, set: object) => ({ payload: { id: '0001', set, kind: 'UPDT', sequence }, peer: { connection: 'c' } })
    const give = async (msg: object, end: string): Promise<Message> => {
        const heard = once(helper.getNode(end), 'input')
        helper.getNode('state').receive(msg as NodeMessage)
        return (await heard)[0]
    }

    it('tells with a change how the messages came', async () => {
        await load({ register: true })
        const changes: object[] = []
        helper.getNode('changed').on('input', (msg) => changes.push({ ...(msg as Message).payload.changed }))
        await give(said(1, { battery: 1 }), 'stored')
        await give(said(4, { battery: 2 }), 'stored')
        await give(said(4, { battery: 2 }), 'stored')
        const { payload } = await give(said(5, { battery: 2 }), 'stored')
        assert.deepEqual(changes, [{ battery: 1 }, { battery: 2, _gaps: 2 }, { _duplicates: 1 }])
        assert.deepEqual(payload, { id: '0001', set: { battery: 2 }, kind: 'UPDT', sequence: 5 })
    })

    it('takes of late messages only what nothing later has said, and answers them all', async () => {
        await load({ register: true })
        const changes: object[] = []
        const stored: object[] = []
        helper.getNode('changed').on('input', (msg) => changes.push({ ...(msg as Message).payload.changed }))
        helper.getNode('stored').on('input', (msg) => stored.push([(msg as Message).payload.sequence, (msg as Message).statusCode]))
        // All at once, so that none is stored when the next one comes.
        for (const [sequence, set] of [
            [1, { battery: 1, power: 1 }],
            [4, { battery: 4 }],
            [3, { battery: 3, power: 3 }],
            [1, { battery: 1, power: 1 }],
        ] as const)
            helper.getNode('state').receive(said(sequence, set) as NodeMessage)
        await give(said(5, { charge: 5 }), 'stored')
        while (stored.length < 5) await new Promise(setImmediate)
        assert.deepEqual(
            stored,
            [1, 4, 3, 1, 5].map((sequence) => [sequence, 200]),
        ) // each as it came
        const last = Object.assign({}, ...changes)
        assert.deepEqual(last, { battery: 4, power: 3, charge: 5, _gaps: 1, _reordered: 1, _duplicates: 1 })
    })

    it('takes a refused message when it comes again', async () => {
        await load({ register: true })
        await give(said(1, { battery: 1 }), 'stored')
        await give(said(2, { battery: 2, odd: 'x'.repeat(20_000) }), 'refused')
        await give(said(3, { power: 3 }), 'stored')
        const heard = once(helper.getNode('changed'), 'input')
        await give(said(2, { battery: 2 }), 'stored')
        assert.deepEqual({ ...(await heard)[0].payload.changed }, { battery: 2 })
    })

    it('looks at no numbers where that is switched off: what came last stands', async () => {
        await load({ register: true, checkOrder: false })
        const changes: object[] = []
        helper.getNode('changed').on('input', (msg) => changes.push({ ...(msg as Message).payload.changed }))
        await give(said(4, { battery: 4 }), 'stored')
        await give(said(9, { battery: 9 }), 'stored')
        await give(said(3, { battery: 3 }), 'stored')
        await give(said(3, { battery: 3, _gaps: 'mine' }), 'stored')
        assert.deepEqual(changes, [{ battery: 4 }, { battery: 9 }, { battery: 3 }, { _gaps: 'mine' }])
    })

    it('refuses an unknown device as ever', async () => {
        await load({ register: false })
        const { statusCode, refusal } = await give(said(1, { battery: 1 }), 'refused')
        assert.deepEqual([statusCode, refusal.code], [404, 'UNKNOWN_DEVICE'])
    })
})
