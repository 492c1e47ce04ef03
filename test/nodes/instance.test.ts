import assert from 'node:assert/strict'
import { Flow, type FlowOptions } from '../support/flow.ts'
import { hostile } from '../support/hostile.ts'

describe('instance', () => {
    let flow: Flow
    const open = async (operation: string, options: FlowOptions = {}) => {
        flow = await Flow.open('instance', { ...options, settings: { operation, ...options.settings } })
    }
    afterEach(() => flow.close())
    const ids = (out: any): string[] => out.payload.instances.map((instance: { id: string }) => instance.id)

    it('gets one, and passes the very message on', async () => {
        await open('get')
        const { id } = await flow.socket!.start(60_000)
        const given = { payload: { instanceId: id }, topic: 't', req: {}, res: {} }
        const { req, res } = given
        const out = await flow.done(given)
        assert.ok(Object.is(out, given))
        assert.deepEqual([out.topic, out.req === req, out.res === res], ['t', true, true])
        assert.deepEqual([out.payload.instance.id, out.payload.instance.timeout], [id, 60_000])
        await flow.refused({ payload: { instanceId: 'abc' } }, 404, 'NOT_FOUND')
        assert.equal(flow.completed.length, 2)
    })

    it('gets no instance of another socket', async () => {
        const other = { id: 's2', type: 'socketworks-socket-config', name: 'other', store: 'st', broker: 'b', topic: 'other-plug' }
        await open('get', { more: [other] })
        const { id } = await flow.socket!.start()
        await flow.refused({ payload: { instanceId: id }, socket: 'other' }, 404, 'NOT_FOUND')
        await flow.done({ payload: { instanceId: id }, socket: 'heater' })
    })

    it('lists the latest first, by state, time and number', async () => {
        await open('list')
        const started: string[] = []
        for (let n = 0; n < 4; n++) started.push((await flow.socket!.start()).id)
        const [first, second, third, fourth] = started
        await flow.socket!.stop(first!)
        const stopped = await flow.socket!.stop(second!)
        assert.deepEqual(ids(await flow.done({})).sort(), [...started].sort())
        assert.deepEqual(ids(await flow.done({ payload: { state: 'running' } })).sort(), [third, fourth].sort())
        assert.deepEqual(ids(await flow.done({ payload: { state: 'stopped' } })).sort(), [first, second].sort())
        assert.equal(ids(await flow.done({ payload: { limit: '1', state: '' } })).length, 1)
        const [after, before] = [Date.parse(stopped.stopTimestamp!) + 1, Date.parse(stopped.startTimestamp) - 60_000]
        assert.deepEqual(ids(await flow.done({ payload: { from: after } })).sort(), [third, fourth].sort())
        assert.deepEqual(ids(await flow.done({ payload: { from: new Date(after).toISOString() } })).sort(), [third, fourth].sort())
        assert.deepEqual(ids(await flow.done({ payload: { to: String(before) } })), [])
        assert.deepEqual(ids(await flow.done({ payload: { from: new Date(before).toISOString(), to: '2999-01-01' } })).length, 4)
    })

    it('lists by literals too, and by nothing where they are blank', async () => {
        const text = { stateType: 'str', fromType: 'str', toType: 'str', limitType: 'num' }
        await open('list', { settings: { ...text, state: 'running', from: '', to: '', limit: '1' } })
        await flow.socket!.start()
        await flow.socket!.start()
        assert.equal(ids(await flow.done({ payload: { state: 'stopped', limit: 1000 } })).length, 1)
    })

    it('deletes one that runs once it has stopped, and then knows nothing of it', async () => {
        await open('delete', { socket: { confirm: '0.6' } })
        const { id } = await flow.socket!.start()
        flow.plug.fault = 'deaf'
        await flow.refused({ payload: { instanceId: id } }, 500, 'NOT_CONFIRMED')
        flow.plug.fault = undefined
        const out = await flow.done({ payload: { instanceId: id } })
        assert.equal(out.payload.instance.id, id)
        assert.ok(out.payload.instance.stopTimestamp)
        assert.equal(flow.plug.relays[0], false)
        await flow.refused({ payload: { instanceId: id } }, 404, 'NOT_FOUND')
        assert.deepEqual(await flow.socket!.list({ limit: 10 } as never), [])
    })
})

describe('instance, told to delete by an id that is none, refuses it by its name and deletes nothing:', () => {
    let flow: Flow
    before(async () => {
        flow = await Flow.open('instance', { settings: { operation: 'delete' } })
        await flow.socket!.start()
    })
    after(() => flow.close())
    for (const { name, value, id: possible } of hostile)
        it(name, async () => {
            const msg = { payload: { instanceId: value } }
            if (possible) await flow.refused(msg, 404, 'NOT_FOUND')
            else assert.match((await flow.refused(msg, 422, 'BAD_INPUT')).payload.message, /^instanceId /)
            assert.equal((await flow.socket!.status()).runningInstances.length, 1)
        })
})

describe('instance, told to list by what is none, refuses it by its name:', () => {
    let flow: Flow
    before(async () => {
        flow = await Flow.open('instance', { settings: { operation: 'list' } })
    })
    after(() => flow.close())
    // A point in time may well be before 1970.
    const times = new Set(['a negative number', 'a negative number as text'])
    for (const key of ['state', 'limit', 'from', 'to'])
        it(key, async () => {
            for (const { value, name } of hostile.filter(({ missing }) => !missing)) {
                if (/from|to/.test(key) && times.has(name)) continue
                const out = await flow.refused({ payload: { [key]: value } }, 422, 'BAD_INPUT')
                assert.match(out.payload.message, new RegExp(`^${key} `), name)
                assert.ok(out.payload.message.length < 200, name)
            }
        })

    it('further limits, states and times', async () => {
        for (const limit of [0, 1001, 1.5, '1.5', '1e9']) await flow.refused({ payload: { limit } }, 422, 'BAD_INPUT')
        for (const state of ['RUNNING', 'toString', 1]) await flow.refused({ payload: { state } }, 422, 'BAD_INPUT')
        for (const from of ['2026-13-45', 'yesterday', '1 Jan 2026', 8.65e15]) await flow.refused({ payload: { from } }, 422, 'BAD_INPUT')
    })
})
