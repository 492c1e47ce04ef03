import assert from 'node:assert/strict'
import { once } from 'node:events'
import { until } from '../support/bench.ts'
import { Flow, type Room } from '../support/flow.ts'
import { stopwatch } from '../support/stopwatch.ts'

/** As Express gives it to an *http in* node's messages, as far as it matters. */
function response() {
    const sent: { status: number; body: unknown }[] = []
    const _res = {
        headersSent: false,
        writableEnded: false,
        status: (status: number) => ({
            json(body: unknown) {
                _res.headersSent = true
                sent.push({ status, body })
            },
        }),
    }
    return { sent, res: { _res } }
}

describe('a node that waits for a silent plug', () => {
    let flow: Flow
    afterEach(() => flow.close())

    const busy = async (room: Room, settings: object, command: string) => {
        flow = await Flow.open(room, { socket: { confirm: '600' }, settings })
        const { id } = await flow.socket!.start()
        flow.plug.fault = 'deaf'
        if (room === 'start-instance') {
            // What waits then is the first reading.
            flow.plug.fault = undefined
            await flow.socket!.stop(id)
            flow.plug.fault = 'deaf'
        }
        const told = once(flow.plug, 'command')
        const { sent, res } = response()
        flow.node().receive({ payload: { instanceId: id }, res } as never)
        const [received] = await told
        assert.equal(received.payload, command)
        return sent
    }
    const actions: [Room, object, string][] = [
        ['start-instance', {}, 'ON'],
        ['stop-instance', {}, 'OFF'],
        ['emergency-stop', {}, 'OFF'],
        ['instance', { operation: 'delete' }, 'OFF'],
    ]
    for (const [room, settings, command] of actions)
        it(`closes at once, and answers the request it holds: ${room}`, async () => {
            const sent = await busy(room, settings, command)
            const took = stopwatch()
            await flow.unload()
            assert.ok(took() < 1000)
            assert.deepEqual(sent, [{ status: 503, body: { message: 'the flow is being restarted' } }])
            assert.deepEqual([flow.outcomes, flow.completed], [[], []])
        })

    it('closes with a thousand of them, and answers each once', async () => {
        flow = await Flow.open('start-instance', { socket: { confirm: '600' } })
        flow.plug.fault = 'deaf'
        const told = once(flow.plug, 'command')
        const responses = Array.from({ length: 1000 }, response)
        for (const { res } of responses) flow.node().receive({ payload: {}, res } as never)
        await told
        await flow.unload()
        assert.ok(responses.every(({ sent }) => sent.length === 1 && sent[0]!.status === 503))
    })

    it('is left alone by a message whose response is none', async () => {
        flow = await Flow.open('start-instance', { socket: { confirm: '600' } })
        flow.plug.fault = 'deaf'
        const told = once(flow.plug, 'command')
        for (const res of [null, 5, 'text', {}, { _res: null }, { _res: {} }, { _res: { status: 'ok' } }, { _res: { status: () => null } }])
            flow.node().receive({ payload: {}, res } as never)
        await told
        const took = stopwatch()
        await flow.unload()
        assert.ok(took() < 1000)
        assert.equal(flow.plug.online, true)
    })

    it('answers a request that comes while it closes', async () => {
        flow = await Flow.open('start-instance')
        const node = flow.node()
        flow.plug.fault = 'deaf'
        // The socket closes before the node has been told to stop listening.
        const closing = Promise.all([flow.node('s').close(false), node.close(false)])
        const { sent, res } = response()
        node.receive({ payload: {}, res } as never)
        await closing
        await new Promise(setImmediate)
        assert.deepEqual(
            sent.map(({ status }) => status),
            [503],
        )
        assert.equal(flow.told('ON'), 0)
    })

    it('leaves nothing running of a start that it has answered with 503, where its socket goes on', async () => {
        flow = await Flow.open('start-instance', { plug: { delay: 100 } })
        flow.plug.fault = 'slow'
        const { sent, res } = response()
        const told = once(flow.plug, 'command')
        flow.node().receive({ payload: {}, res } as never)
        await told
        await flow.node().close(false)
        assert.deepEqual(
            sent.map(({ status }) => status),
            [503],
        )
        await flow.relay(true)
        await flow.relay(false)
        await until(flow.socket!, () => flow.socket!.view.running === 0)
        assert.deepEqual(flow.outcomes, [])
    })

    it('refuses what waits for another socket that is deployed anew alone', async () => {
        const other = {
            id: 's2',
            type: 'socketworks-socket-config',
            name: 'fridge',
            store: 'st',
            broker: 'b',
            confirm: '600',
            topic: 'fridge',
        }
        flow = await Flow.open('start-instance', { more: [other] })
        const { sent, res } = response()
        const waiting = flow.give({ socket: 'fridge', payload: {}, res })
        const { socket } = flow.node('s2') as unknown as { socket: { download(): Promise<any> } }
        // It is on its way once its id is among those that are starting.
        while ((await socket.download()).server.instancesStarting.length === 0) await new Promise(setImmediate)
        await flow.node('s2').close(false)
        const { way, msg } = await waiting
        assert.deepEqual([way, msg.statusCode, msg.refusal], [2, 503, { code: 'SOCKET_RESTARTING', payload: {} }])
        assert.deepEqual(sent, [])
    })
})
