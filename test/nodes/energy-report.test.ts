import assert from 'node:assert/strict'
import { Flow } from '../support/flow.ts'

describe('energy-report', () => {
    let flow: Flow
    before(async () => {
        const two = { id: 's2', type: 'socketworks-socket-config', name: 'lamp', broker: 'b', store: 'st', topic: 'lamp' }
        flow = await Flow.open('energy-report', { settings: { store: 'st' }, more: [two] })
    })
    after(() => flow.close())

    it('tells of all sockets, or of those that are named', async () => {
        const names = async (msg: object) => (await flow.done(msg)).payload.sockets
        assert.deepEqual(await names({ payload: {} }), ['heater', 'lamp'])
        assert.deepEqual(await names({ payload: {}, socket: '*' }), ['heater', 'lamp'])
        assert.deepEqual(await names({ payload: {}, socket: 'lamp' }), ['lamp'])
        assert.deepEqual(await names({ payload: {}, socket: 'lamp, heater,lamp' }), ['lamp', 'heater'])
        assert.deepEqual(await names({ payload: {}, socket: ['heater'] }), ['heater'])
        await flow.refused({ payload: {}, socket: 'heater,stove' }, 404, 'UNKNOWN_SOCKET')
        await flow.refused({ payload: {}, socket: [7] }, 422, 'BAD_INPUT')
    })

    it('tells nothing of what it does not know', async () => {
        const { total } = (await flow.done({ payload: { to: '2020-01-02' } })).payload
        assert.deepEqual(
            [total.kWh, total.cost, total.meanW, total.p50W, total.secondsOn, total.quality],
            Array.from({ length: 6 }, () => null),
        )
    })

    it('is of a run, and of steps of its time; CSV is a text with its type', async () => {
        const { id } = await flow.socket!.start(0, undefined, 'ann')
        await flow.socket!.stop(id)
        const { payload } = await flow.done({ payload: { instanceId: id, by: 'owner', bucket: 'auto' } })
        assert.equal(payload.bucket, '5s')
        assert.deepEqual([payload.groups[0].instanceId, payload.groups[0].owner], [id, 'ann'])
        const { payload: csv, headers } = await flow.done({ payload: { by: 'socket', format: 'csv' }, headers: { x: 'y' } })
        assert.match(csv, /^from,to,socket,kWh[^\n]*\r\n[^\n]*,heater,[^\n]*\r\n[^\n]*,lamp,/)
        assert.deepEqual(headers, { x: 'y', 'content-type': 'text/csv; charset=utf-8; header=present' })
    })

    it('names every input that is wrong', async () => {
        const { payload } = await flow.refused({ payload: { from: 'x', bucket: 'q', by: 1 } }, 422, 'BAD_INPUT')
        assert.deepEqual(
            payload.errors.map(({ path }: { path: string }) => path),
            ['from', 'bucket', 'by'],
        )
    })
})
