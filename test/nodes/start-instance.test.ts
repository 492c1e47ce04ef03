import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { next } from '../support/bench.ts'
import { scratch } from '../support/file.ts'
import { Flow, type FlowOptions, type Message } from '../support/flow.ts'
import { hostile } from '../support/hostile.ts'

describe('start-instance', () => {
    let flow: Flow
    const open = async (options: FlowOptions = {}) => {
        flow = await Flow.open('start-instance', options)
    }
    afterEach(() => flow.close())
    const running = async () => (await flow.socket!.status()).runningInstances

    it('starts an instance, and passes the very message on with all else that it holds', async () => {
        await open()
        const [req, res] = [{ url: '/' }, { _res: { headersSent: false } }]
        const given = { payload: { timeout: 60_000 }, topic: 't', req, res, parts: { id: 1 }, refusal: { code: 'OLD' } }
        const out = await flow.done(given)
        assert.ok(Object.is(out, given))
        assert.equal(out.req, req)
        assert.equal(out.res, res)
        assert.deepEqual([out.topic, out.parts, 'refusal' in out], ['t', { id: 1 }, false])
        assert.deepEqual(Object.keys(out.payload), ['instance'])
        assert.equal(out.payload.instance.timeout, 60_000)
        assert.deepEqual(await running(), [out.payload.instance.id])
        assert.equal(flow.plug.relays[0], true)
        const { payload } = await flow.done({})
        assert.equal(payload.instanceId, payload.instance.id)
        assert.deepEqual([flow.completed.length, flow.outcomes.length], [2, 2])
    })

    it('refuses by output 2, completing once, and the same message may be tried again', async () => {
        await open({ socket: { confirm: '1.5' } })
        flow.plug.fault = 'contrary'
        const given = { payload: {}, topic: 't' }
        const out = await flow.refused(given, 409, 'TURNED_OFF')
        assert.ok(Object.is(out, given))
        assert.equal(out.topic, 't')
        assert.deepEqual(Object.keys(out.payload).sort(), ['instanceId', 'message'])
        assert.deepEqual(await running(), [])
        flow.plug.fault = undefined
        await flow.done(out)
        assert.equal(flow.completed.length, 2)
    })

    it('takes for whom it runs, but no name that reports have for nobody', async () => {
        await open()
        for (const owner of ['<nobody>', '<unknown>']) {
            const { payload } = await flow.refused({ payload: { owner } }, 422, 'BAD_INPUT')
            assert.equal(payload.errors[0].path, 'owner')
        }
        assert.deepEqual(await running(), [])
        await flow.done({ payload: { owner: 'nobody' } })
        assert.equal((await running()).length, 1)
    })

    it('starts without a timeout when none is given, and after one that is over it stops', async () => {
        await open()
        for (const payload of [undefined, null, '', 'text', 5, {}, { timeout: null }, { timeout: '' }, { timeout: 0 }, { timeout: '0' }])
            assert.equal((await flow.done({ payload })).payload.instance.timeout, 0)
        for (const id of await running()) await flow.socket!.stop(id)
        assert.equal((await flow.done({ payload: { timeout: ' 2e2 ' } })).payload.instance.timeout, 200)
        await flow.relay(false)
        assert.deepEqual(await running(), [])
    })

    it('counts in seconds, adds to the timeout, and asks for one, if it is set to', async () => {
        await open({ settings: { unit: 's', extra: '10', required: 'true' } })
        assert.equal((await flow.done({ payload: { timeout: '1.5' } })).payload.instance.timeout, 11_500)
        const out = await flow.refused({ payload: {} }, 422, 'BAD_INPUT')
        assert.equal(out.payload.message, 'timeout is required: no timeout at msg.payload.timeout')
        assert.equal((await running()).length, 1)
    })

    it('gives an instance a weight, by which those that run share the energy of the socket', async () => {
        await open({ socket: { sharing: 'weight' } })
        const [light, heavy] = [await flow.done({ payload: {} }), await flow.done({ payload: { weight: '3' } })]
        const before = (await flow.socket!.get(light.payload.instanceId)).summary.energyWh!
        await next(flow.socket!, 'reading')
        const share = async ({ payload }: Message) => (await flow.socket!.get(payload.instanceId)).summary.energyWh!
        const [one, three] = [(await share(light)) - before, await share(heavy)]
        assert.ok(one > 0 && Math.abs(three / one - 3) < 0.01, `${three} is not three times ${one}`)
        for (const weight of [-1, 'much', {}, 1_000_001])
            assert.match((await flow.refused({ payload: { weight } }, 422, 'BAD_INPUT')).payload.message, /^weight must be/)
    })

    it('takes a timeout that is set in minutes, and a grace with a unit of its own', async () => {
        await open({ settings: { timeout: '1.5', timeoutType: 'num', unit: 'min', extra: '0.5 min' } })
        assert.equal((await flow.done({ payload: {} })).payload.instance.timeout, 120_000)
    })

    it('refuses while emergency stopped, and without an answer of the plug', async () => {
        await open({ socket: { confirm: '0.6' } })
        await flow.socket!.emergencyStop()
        await flow.refused({ payload: {} }, 409, 'EMERGENCY_STOPPED')
        await flow.socket!.recover()
        flow.plug.fault = 'deaf'
        await flow.refused({ payload: {} }, 500, 'NOT_CONFIRMED')
        await flow.mqtt.stop()
        await flow.shows('red', 'common.status.brokerOffline')
        await flow.refused({ payload: {} }, 500, 'BROKER_OFFLINE')
    })
})

/** The response to somebody who waits for it. */
class Response extends EventEmitter {
    headersSent = false
    writableEnded = false
    destroyed = false
    statusCode = 200
    status() {
        return { json() {} }
    }
    leave(): void {
        this.destroyed = true
        this.emit('close')
    }
    answer(statusCode: number): void {
        Object.assign(this, { statusCode, headersSent: true, writableEnded: true, destroyed: true })
        this.emit('close')
    }
}

describe('start-instance, asked over HTTP', () => {
    let flow: Flow
    let response: Response
    let folder: ReturnType<typeof scratch>
    const open = async (options: FlowOptions = {}) => {
        folder = scratch()
        flow = await Flow.open('start-instance', {
            store: { kind: 'file', file: folder.file },
            plug: { delay: 100 },
            ...options,
        })
        response = new Response()
    }
    afterEach(async () => {
        await flow.close()
        folder.clear()
    })
    const running = async () => (await flow.socket!.status()).runningInstances
    const emptied = async () => {
        while ((await running()).length > 0) await new Promise(setImmediate)
    }
    const asked = (more: object = {}) => ({ payload: {}, res: { _res: response }, ...more })

    it('ends the instance when its caller leaves before the answer, also with a plug that does not answer', async () => {
        await open({ socket: { confirm: '0.6' } })
        await flow.done(asked())
        flow.plug.fault = 'deaf'
        response.leave()
        await emptied()
        assert.equal(flow.plug.relays[0], true)
        flow.plug.fault = undefined
        await flow.relay(false)
    })

    it('ends it when the caller is told of a failure, and not when all went well', async () => {
        await open()
        await flow.done(asked())
        response.answer(200)
        response = new Response()
        await flow.done(asked())
        const [kept] = await running()
        response.answer(500)
        while ((await running()).length > 1) await new Promise(setImmediate)
        assert.deepEqual(await running(), [kept])
    })

    it('starts nothing for a caller who has left, and keeps nothing for one who leaves meanwhile', async () => {
        await open()
        response.leave()
        const completed = flow.completed.length
        flow.node().receive(asked() as never)
        while (flow.completed.length === completed) await new Promise(setImmediate)
        assert.deepEqual([flow.told('ON'), flow.outcomes], [0, []])
        response = new Response()
        flow.plug.fault = 'slow'
        flow.node().receive(asked() as never)
        while (flow.told('ON') === 0) await new Promise(setImmediate)
        response.leave()
        while (flow.completed.length === completed + 1) await new Promise(setImmediate)
        flow.plug.fault = undefined
        await flow.relay(false)
        assert.deepEqual([await running(), flow.outcomes], [[], []])
    })

    it('lets it run where a callback is promised, or where it is set to', async () => {
        await open()
        await flow.done(asked({ callback: { id: 'c' } }))
        response.leave()
        await flow.redeploy({ settings: { withRequest: false } })
        response = new Response()
        await flow.done(asked())
        response.leave()
        await new Promise(setImmediate)
        assert.equal((await running()).length, 2)
    })

    it('ends it although everything was being deployed anew when the caller was turned away', async () => {
        await open()
        await flow.done(asked())
        await flow.unload()
        response.answer(503)
        await flow.load()
        await emptied()
        await flow.relay(false)
    })
})

describe('start-instance, given a timeout that is none, refuses it by its name and changes nothing:', () => {
    let flow: Flow
    before(async () => {
        flow = await Flow.open('start-instance')
    })
    after(() => flow.close())
    for (const { name, value } of hostile.filter(({ missing }) => !missing))
        it(name, async () => {
            const out = await flow.refused({ payload: { timeout: value } }, 422, 'BAD_INPUT')
            assert.match(out.payload.message, /^timeout /)
            assert.ok(out.payload.message.length < 200)
            assert.deepEqual(out.payload.errors[0].path, 'timeout')
            assert.deepEqual([(await flow.socket!.status()).runningInstances, flow.told('ON')], [[], 0])
        })

    it('a body that reaches for the prototype', async () => {
        const out = await flow.refused({ payload: JSON.parse('{"__proto__":{"timeout":1}}') }, 422, 'BAD_INPUT')
        assert.match(out.payload.message, /^__proto__ /)
        assert.equal(flow.told('ON'), 0)
        assert.equal(({} as { timeout?: unknown }).timeout, undefined)
    })
})

describe('start-instance takes its timeout', () => {
    let flow: Flow
    const timeout = async (settings: object) => {
        flow = await Flow.open('start-instance', { settings })
    }
    const started = async (msg: object = {}) => (await flow.done(msg)).payload.instance.timeout
    afterEach(async () => {
        await flow.close()
        delete process.env.SOCKETWORKS_TEST_TIMEOUT
    })

    it('from anywhere in the message', async () => {
        await timeout({ timeout: 'req.query["t o"]', timeoutType: 'msg' })
        assert.equal(await started({ req: { query: { 't o': '5000' } } }), 5000)
        const out = await flow.refused({ req: { query: { 't o': '-5' } } }, 422, 'BAD_INPUT')
        assert.match(out.payload.message, /^timeout /)
        assert.equal(await started({}), 0)
    })

    it('from the flow and from the global context', async () => {
        await timeout({ timeout: 'a.b', timeoutType: 'flow' })
        assert.equal(await started(), 0)
        flow.node().context().flow.set('a', { b: 6000 })
        assert.equal(await started(), 6000)
        await flow.redeploy({ settings: { timeout: 'x', timeoutType: 'global' } })
        flow.node().context().global.set('x', '7000')
        assert.equal(await started(), 7000)
        flow.node().context().global.set('x', [7000])
        await flow.refused({}, 422, 'BAD_INPUT')
    })

    it('from the environment', async () => {
        await timeout({ timeout: 'SOCKETWORKS_TEST_TIMEOUT', timeoutType: 'env' })
        assert.equal(await started(), 0)
        process.env.SOCKETWORKS_TEST_TIMEOUT = '8000'
        assert.equal(await started(), 8000)
    })

    it('from a JSONata expression, and says when that fails', async () => {
        await timeout({ timeout: '$number(payload.s) * 1000', timeoutType: 'jsonata' })
        assert.equal(await started({ payload: { s: '9' } }), 9000)
        const out = await flow.refused({ payload: { s: 'nine' } }, 422, 'BAD_INPUT')
        assert.match(out.payload.message, /^timeout could not be evaluated: .*nine/)
        await flow.redeploy({ settings: { timeout: '$error("why not")', timeoutType: 'jsonata' } })
        assert.match((await flow.refused({}, 422, 'BAD_INPUT')).payload.message, /why not/)
        await flow.redeploy({ settings: { timeout: '((', timeoutType: 'jsonata' } })
        assert.match((await flow.refused({}, 422, 'BAD_INPUT')).payload.message, /^timeout could not be evaluated: /)
        assert.equal(flow.told('ON'), 1)
    })

    it('from a literal, also one that a variable of the flow is put into', async () => {
        await timeout({ timeout: '10000', timeoutType: 'num' })
        assert.equal(await started({ payload: { timeout: 5 } }), 10_000)
        const env = [{ name: 'T', value: '11000', type: 'num' }]
        await flow.redeploy({ settings: { timeout: '${T}', timeoutType: 'num' }, env })
        assert.equal(await started(), 11_000)
    })

    it('from no mistyped path: without a timeout it would run for ever', async () => {
        await timeout({ timeout: 'payload.[timeout', timeoutType: 'msg' })
        const out = await flow.caught({ payload: { timeout: 5 } }, 'BAD_CONFIG')
        assert.match(out.error.message, /timeout: Invalid property expression/)
        assert.equal(flow.told('ON'), 0)
    })
})
