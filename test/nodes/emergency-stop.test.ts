import assert from 'node:assert/strict'
import { lock, scratch } from '../support/file.ts'
import { Flow } from '../support/flow.ts'

describe('emergency-stop', () => {
    let flow: Flow
    beforeEach(async () => {
        flow = await Flow.open('emergency-stop', {
            socket: { confirm: '0.6' },
            more: [{ id: 'r', type: 'socketworks-recover' }],
        })
    })
    afterEach(() => flow.close())

    it('stops everything, says what, and holds until recover', async () => {
        const [first, second] = [await flow.socket!.start(), await flow.socket!.start()]
        const given = { payload: 'stop!', topic: 't', req: {}, res: {} }
        const { req, res } = given
        const out = await flow.done(given)
        assert.ok(Object.is(out, given))
        assert.deepEqual([out.topic, out.req === req, out.res === res], ['t', true, true])
        assert.deepEqual(out.payload.stoppedInstances, [first.id, second.id])
        assert.equal(typeof out.payload.message, 'string')
        assert.equal(flow.plug.relays[0], false)
        await assert.rejects(flow.socket!.start(), { code: 'EMERGENCY_STOPPED' })
        await flow.shows('red', 'common.status.halted')
        const recovered = await flow.done({ payload: {}, topic: 't' }, 'r')
        assert.deepEqual([Object.keys(recovered.payload), recovered.topic], [['message'], 't'])
        await flow.shows('grey', 'common.status.off')
        await flow.socket!.start()
        assert.equal(flow.completed.length, 2)
    })

    it('answers with no instances where none ran, and again when it holds already', async () => {
        assert.deepEqual((await flow.done({})).payload.stoppedInstances, [])
        assert.deepEqual((await flow.done({})).payload.stoppedInstances, [])
    })

    it('is refused by a plug that goes on, or says nothing, and holds all the same', async () => {
        const { id } = await flow.socket!.start()
        flow.plug.fault = 'deaf'
        const out = await flow.refused({ payload: {} }, 500, 'NOT_CONFIRMED')
        assert.deepEqual(out.payload.stoppedInstances, [id])
        await assert.rejects(flow.socket!.start(), { code: 'EMERGENCY_STOPPED' })
        flow.plug.fault = undefined
        await flow.relay(false)
        await flow.done({}, 'r')
        const again = await flow.socket!.start()
        flow.plug.fault = 'contrary'
        const contrary = await flow.refused({ payload: {} }, 409, 'TURNED_ON')
        assert.deepEqual(contrary.payload.stoppedInstances, [again.id])
        flow.plug.fault = undefined
        await flow.relay(false)
        assert.equal(flow.completed.length, 3)
    })

    it('halts with the broker gone, and switches off as soon as that is back', async () => {
        await flow.socket!.start()
        await flow.shows('green', /1 running/)
        await flow.mqtt.stop()
        await flow.shows('red', 'common.status.brokerOffline')
        await flow.refused({}, 500, 'BROKER_OFFLINE')
        await flow.mqtt.start()
        await flow.relay(false)
        await flow.shows('red', 'common.status.halted')
    })
})

describe('emergency-stop, with its store locked', () => {
    it('holds over a deploy', async () => {
        const files = scratch()
        const flow = await Flow.open('emergency-stop', { store: { kind: 'file', file: files.file } })
        let letGo: (() => void) | undefined
        try {
            await flow.socket!.start()
            letGo = lock(files.file)
            await flow.refused({}, 503, 'STORE_UNAVAILABLE')
            await flow.redeploy()
            assert.equal(flow.socket!.view.halted, true)
            letGo()
            letGo = undefined
            await flow.shows('red', 'common.status.halted')
            await assert.rejects(flow.socket!.start(), { code: 'EMERGENCY_STOPPED' })
            assert.deepEqual((await flow.socket!.status()).runningInstances, [])
        } finally {
            letGo?.()
            await flow.close()
            files.clear()
        }
    })
})

describe('recover', () => {
    let flow: Flow
    beforeEach(async () => {
        flow = await Flow.open('recover')
    })
    afterEach(() => flow.close())

    it('passes the very message on, also where nothing was to be lifted', async () => {
        const given = { payload: { a: 1 }, topic: 't', req: {}, res: {} }
        const out = await flow.done(given)
        assert.ok(Object.is(out, given))
        assert.deepEqual([out.topic, Object.keys(out.payload)], ['t', ['message']])
        await flow.socket!.emergencyStop()
        await flow.done({})
        await flow.socket!.start()
        assert.equal(flow.completed.length, 2)
    })
})
