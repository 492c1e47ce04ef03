import assert from 'node:assert/strict'
import { Flow } from '../support/flow.ts'
import { hostile } from '../support/hostile.ts'

describe('stop-instance', () => {
    let flow: Flow
    beforeEach(async () => {
        flow = await Flow.open('stop-instance', { socket: { confirm: '0.6' } })
    })
    afterEach(() => flow.close())

    it('stops an instance, and answers for one that has stopped already as before', async () => {
        const { id } = await flow.socket!.start()
        const given = { payload: { instanceId: id }, topic: 't', req: {}, res: {} }
        const { req, res } = given
        const out = await flow.done(given)
        assert.ok(Object.is(out, given))
        assert.deepEqual([out.topic, out.req === req, out.res === res], ['t', true, true])
        assert.equal(out.payload.instance.id, id)
        assert.ok(out.payload.instance.stopTimestamp)
        assert.equal(flow.plug.relays[0], false)
        const again = await flow.done({ payload: { instanceId: id } })
        assert.deepEqual(again.payload.instance, out.payload.instance)
        assert.equal(flow.completed.length, 2)
    })

    it('left as it is finds what start instance has put into a message', async () => {
        for (const given of ['instance', 'instanceId']) {
            const instance = await flow.socket!.start()
            const out = await flow.done({ payload: given === 'instance' ? { instance } : { instanceId: instance.id } })
            assert.equal(out.payload.instance.id, instance.id)
        }
        for (const payload of [{ instance: null }, { instance: { id: '' } }, 'text', undefined])
            await flow.refused({ payload }, 422, 'BAD_INPUT')
    })

    it('whose refusals are wired to nothing warns of them, in words that help, and is yellow for a while', async () => {
        await flow.redeploy({ settings: { wires: [['way-1'], []] } })
        flow.node().receive({ payload: {}, _msgid: 'm7' } as never)
        await flow.shows('yellow', /^instanceId is required: no instance id at msg\.payload/)
        const warn = flow.node().warn as unknown as { args: string[][] }
        const text = 'no instance id at msg.payload.instanceId; *start instance* puts it at msg.payload.instance.id'
        assert.ok(warn.args[0]![0]!.includes(text) && warn.args[0]![0]!.includes('m7'))
        assert.equal(warn.args.length, 1)
    })

    it('leaves the socket on for the others', async () => {
        const [first, second] = [await flow.socket!.start(), await flow.socket!.start()]
        await flow.done({ payload: { instanceId: first.id } })
        assert.equal(flow.plug.relays[0], true)
        await flow.done({ payload: { instanceId: second.id } })
        assert.equal(flow.plug.relays[0], false)
    })

    it('refuses what there is not with 404, and a plug that says nothing with 500: it runs on', async () => {
        const { id } = await flow.socket!.start()
        const out = await flow.refused({ payload: { instanceId: 'abc' } }, 404, 'NOT_FOUND')
        assert.match(out.payload.message, /abc/)
        flow.plug.fault = 'deaf'
        const silent = await flow.refused({ payload: { instanceId: id } }, 500, 'NOT_CONFIRMED')
        assert.equal(silent.payload.instanceId, id)
        assert.deepEqual((await flow.socket!.status()).runningInstances, [id])
        assert.equal(flow.completed.length, 2)
    })

    it('takes the id as a route has it, and names what is missing as its sender does', async () => {
        const { id } = await flow.socket!.start()
        await flow.redeploy({ settings: { instanceId: 'req.params.which', instanceIdType: 'msg' }, socket: { confirm: '0.6' } })
        assert.match((await flow.refused({ req: {} }, 422, 'BAD_INPUT')).payload.message, /^which is required/)
        await flow.refused({ req: { params: { which: id } } }, 404, 'NOT_FOUND')
    })
})

describe('stop-instance, given an id that is none, refuses it by its name and stops nothing:', () => {
    let flow: Flow
    let id: string
    before(async () => {
        flow = await Flow.open('stop-instance')
        id = (await flow.socket!.start()).id
    })
    after(() => flow.close())
    for (const { name, value, id: possible } of hostile)
        it(name, async () => {
            const out = possible
                ? await flow.refused({ payload: { instanceId: value } }, 404, 'NOT_FOUND')
                : await flow.refused({ payload: { instanceId: value } }, 422, 'BAD_INPUT')
            if (!possible) assert.match(out.payload.message, /^instanceId /)
            assert.ok(out.payload.message.length < 200)
            assert.deepEqual([(await flow.socket!.status()).runningInstances, flow.told('OFF')], [[id], 0])
        })
})
