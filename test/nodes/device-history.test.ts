import assert from 'node:assert/strict'
import { once } from 'node:events'
import helper from 'node-red-node-test-helper'
import deviceHistory from '../../nodes/device-history/runtime.ts'
import deviceState from '../../nodes/device-state/runtime.ts'
import storeConfig from '../../nodes/store-config/runtime.ts'

describe('device-history, asked for many histories', () => {
    before(() => helper.startServer())
    after(() => helper.stopServer())
    afterEach(() => helper.unload())

    it('reads one after the other, and refuses more than may wait', async () => {
        const flow = [
            { id: 'tab', type: 'tab' },
            { id: 'store', type: 'socketworks-store-config', kind: 'memory' },
            {
                id: 's',
                z: 'tab',
                type: 'socketworks-device-state',
                store: 'store',
                register: true,
                history: true,
                wires: [[], [], ['end']],
            },
            { id: 'n', z: 'tab', type: 'socketworks-device-history', store: 'store', wires: [['end'], ['end']] },
            { id: 'end', z: 'tab', type: 'helper' },
        ]
        await helper.load([storeConfig, deviceState, deviceHistory] as never, flow as never)
        const end = helper.getNode('end')
        const stored = once(end, 'input')
        helper.getNode('s').receive({ payload: { id: 'a', set: { x: 5 } } } as never)
        await stored
        const answers: unknown[] = []
        const all = new Promise<void>((resolve) => {
            end.on('input', ({ statusCode, payload, refusal }: any) => {
                answers.push(statusCode === 200 ? payload.points[0].value : refusal.code)
                if (answers.length === 150) resolve()
            })
        })
        for (let i = 0; i < 150; i++) helper.getNode('n').receive({ payload: { id: 'a', property: 'x' } } as never)
        await all
        const given = answers.filter((answer) => answer === 5).length
        assert.deepEqual(
            [given >= 100, given < 150, answers.filter((answer) => answer === 'TOO_MANY_REQUESTS').length],
            [true, true, 150 - given],
        )
    })
})
