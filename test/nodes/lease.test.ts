import assert from 'node:assert/strict'
import { Flow } from '../support/flow.ts'

describe('a lease by start-instance and stop-instance', () => {
    let flow: Flow
    before(async () => {
        flow = await Flow.open('start-instance', { more: [{ id: 'stop', type: 'socketworks-stop-instance' }] })
    })
    after(() => flow.close())

    it('is renewed by the same message, and stopped by its name', async () => {
        const payload = { lease: 'heater', timeout: 60_000 }
        const first = (await flow.done({ payload })).payload
        const again = (await flow.done({ payload: { ...payload, timeout: 90_000 } })).payload
        assert.equal(again.instanceId, first.instanceId)
        assert.ok(again.instance.timeout >= 90_000)
        const { instances } = (await flow.done({ payload: { lease: 'heater' } }, 'stop')).payload
        assert.deepEqual(
            instances.map(({ id }: { id: string }) => id),
            [first.instanceId],
        )
        assert.equal(flow.plug.relays[0], false)
        assert.deepEqual((await flow.done({ payload: { lease: 'heater' } }, 'stop')).payload, { instances: [] })
    })

    it('needs a timeout and a name that can be one; an instance that is given comes first', async () => {
        const untimed = await flow.refused({ payload: { lease: 'heater' } }, 422, 'BAD_INPUT')
        assert.match(untimed.payload.message, /^timeout is required/)
        const unnamed = await flow.refused({ payload: { lease: '<nobody>', timeout: 1 } }, 422, 'BAD_INPUT')
        assert.match(unnamed.payload.message, /^lease must be/)
        await flow.refused({ payload: { lease: 'heater', instanceId: 'i1' } }, 404, 'NOT_FOUND', 'stop')
    })
})
