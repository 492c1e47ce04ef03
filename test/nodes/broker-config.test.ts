import assert from 'node:assert/strict'
import { once } from 'node:events'
import helper from 'node-red-node-test-helper'
import type { BrokerNode } from '../../nodes/broker-config/client.ts'
import runtime from '../../nodes/broker-config/runtime.ts'
import { startAedes, type TestBroker } from '../support/broker.ts'
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts'
import { stopwatch } from '../support/stopwatch.ts'

describe('broker-config', () => {
    let server: TestBroker
    let guarded: Mosquitto
    const password = 'open sesame'

    before(async () => {
        guarded = await startMosquitto({ user: 'ali', password })
    })
    after(() => guarded.close())
    beforeEach(async () => {
        server = await startAedes()
        await new Promise<void>((resolve) => helper.startServer(resolve))
    })
    afterEach(async () => {
        await helper.unload()
        await new Promise<void>((resolve) => helper.stopServer(resolve))
        await server.close()
        delete process.env.TEST_BROKER_USER
        delete process.env.TEST_BROKER_PASSWORD
    })

    const load = async (config: object, credentials: object = {}) => {
        const flow = [
            { id: 'tab', type: 'tab' },
            { id: 'b', z: 'tab', type: 'socketworks-broker-config', host: '127.0.0.1', port: String(server.port), ...config },
            { id: 'net', z: 'tab', type: 'catch', wires: [['caught']] },
            { id: 'caught', z: 'tab', type: 'helper' },
        ]
        await helper.load([runtime as never], flow as never, { b: credentials } as never)
        return helper.getNode('b') as unknown as BrokerNode & { error: { callCount: number } }
    }
    const statuses = (node: unknown) =>
        (node as { status: { args: [{ fill: string; text: string }][] } }).status.args.map(([status]) => status)
    const state = (node: BrokerNode, wanted: string) =>
        new Promise<void>((resolve) => {
            if (node.broker.state === wanted) resolve()
            else node.broker.onState((now) => now === wanted && resolve(), AbortSignal.timeout(30_000))
        })

    /** The last status, once it fits: a few are shown in a second. */
    const shows = async (node: BrokerNode, pattern: RegExp) => {
        while (!pattern.test(statuses(node).at(-1)?.text ?? '')) await new Promise(setImmediate)
    }

    it('does not connect until it is used, then shows that it is', async () => {
        const node = await load({})
        assert.equal(server.connectionCount, 0)
        assert.equal(node.broker, node.broker)
        await state(node, 'connected')
        assert.equal(server.connectionCount, 1)
        assert.deepEqual(
            statuses(node).map(({ fill, text }) => [fill, text]),
            [
                ['yellow', 'status.connecting'],
                ['green', 'status.connected'],
            ],
        )
    })

    it('shows why it lost the broker, reports it once, so that a flow can catch it, and comes back', async () => {
        const node = await load({})
        await state(node, 'connected')
        const caught = once(helper.getNode('caught') as never, 'input')
        await server.stop()
        await state(node, 'disconnected')
        const [msg] = await caught
        assert.equal(msg.error.code, 'BROKER_OFFLINE')
        await shows(node, /nothing answers at 127\.0\.0\.1/)
        assert.equal(statuses(node).at(-1)?.fill, 'red')
        assert.equal(node.error.callCount, 1)
        await server.start()
        await state(node, 'connected')
        await shows(node, /status\.connected/)
    })

    it('takes user and password from its credentials', async () => {
        const node = await load({ port: guarded.port }, { user: 'ali', password })
        await state(node, 'connected')
    })

    it('takes them from the environment when only the variables are named', async () => {
        process.env.TEST_BROKER_USER = 'ali'
        process.env.TEST_BROKER_PASSWORD = password
        const node = await load({ port: guarded.port, version: '5', userEnv: 'TEST_BROKER_USER', passwordEnv: 'TEST_BROKER_PASSWORD' })
        await state(node, 'connected')
    })

    it('says that the password is wrong without showing it', async () => {
        const node = await load({ port: guarded.port }, { user: 'ali', password: 'hunter2' })
        const caught = once(helper.getNode('caught') as never, 'input')
        await state(node, 'disconnected')
        const [msg] = await caught
        assert.equal(msg.error.message, 'SocketworksError: the broker refused the user name or password')
        assert.ok(!JSON.stringify([statuses(node), msg]).includes('hunter2'))
    })

    it('passes its will and further options on', async () => {
        const watcher = await load({})
        await state(watcher, 'connected')
        const { connectAsync } = await import('mqtt')
        const other = await connectAsync(server.url)
        await other.subscribeAsync('gone')
        await helper.unload()
        const node = await load({ willTopic: 'gone', willPayload: 'bye', options: '{"clientId":"mine"}' })
        await state(node, 'connected')
        const told = new Promise((resolve) => other.once('message', (_topic, payload) => resolve(payload.toString())))
        const thief = await connectAsync(server.url, { clientId: 'mine', reconnectPeriod: 0 })
        assert.equal(await told, 'bye')
        await thief.endAsync()
        await other.endAsync()
    })

    it('is red when its settings do not hold', async () => {
        const node = await load({ options: '[1]' })
        await new Promise(setImmediate)
        assert.equal(statuses(node).at(-1)?.fill, 'red')
        assert.match(statuses(node).at(-1)!.text, /options/)
        assert.equal(node.broker, undefined)
    })

    it('closes at once while it cannot connect', async () => {
        await server.stop()
        const node = await load({})
        await state(node, 'disconnected')
        const took = stopwatch()
        await helper.unload()
        assert.ok(took() < 1000)
    })
})
