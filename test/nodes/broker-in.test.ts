import assert from 'node:assert/strict'
import { connectAsync, type MqttClient } from 'mqtt'
import helper from 'node-red-node-test-helper'
import brokerConfig from '../../nodes/broker-config/runtime.ts'
import runtime from '../../nodes/broker-in/runtime.ts'
import { startAedes, type TestBroker } from '../support/broker.ts'

interface Heard {
    topic: string
    payload: unknown
    retain: boolean
    reason?: string
}

describe('broker-in', () => {
    let server: TestBroker
    let client: MqttClient
    const shown: string[] = []

    before(async () => {
        server = await startAedes()
        client = await connectAsync(server.url)
        await new Promise<void>((resolve) => helper.startServer(resolve))
    })
    after(async () => {
        await new Promise<void>((resolve) => helper.stopServer(resolve))
        await client.endAsync(true)
        await server.close()
    })
    afterEach(() => helper.unload())

    /** @returns what comes next by an output */
    async function load(topic: string) {
        const z = 'tab'
        const flow = [
            { id: z, type: 'tab' },
            { id: 'b', z, type: 'socketworks-broker-config', host: '127.0.0.1', port: String(server.port) },
            { id: 'in', z, type: 'socketworks-broker-in', broker: 'b', topic, wires: [['message'], ['unreadable']] },
            { id: 'message', z, type: 'helper' },
            { id: 'unreadable', z, type: 'helper' },
        ]
        const watch = ({ events }: { events: NodeJS.EventEmitter }) =>
            events.on('node-status', ({ id, status }) => id === 'in' && shown.push(status.text))
        shown.length = 0
        await helper.load([watch as never, brokerConfig as never, runtime as never], flow as never)
        return (output: 'message' | 'unreadable') =>
            new Promise<Heard>((resolve) => helper.getNode(output).once('input', (msg) => resolve(msg as unknown as Heard)))
    }
    const shows = async (text: string) => {
        while (shown.at(-1) !== text) await new Promise(setImmediate)
    }

    it('passes on JSON of the topics that match, and says which was retained', async () => {
        await client.publishAsync('plants/fern/state', '{"id":9007199254740993}', { retain: true })
        const next = await load('plants/+/state')
        // That it comes shows that the topic is subscribed to.
        const kept = await next('message')
        assert.deepEqual([kept.topic, kept.payload, kept.retain], ['plants/fern/state', { id: '9007199254740993' }, true])
        const live = next('message')
        await client.publishAsync('plants/fern/other', '0')
        await client.publishAsync('plants/rose/state', "{'wet': True}")
        const { topic, payload, retain } = await live
        assert.deepEqual([topic, payload, retain], ['plants/rose/state', { wet: true }, false])
        await shows('status.listening')
        await client.publishAsync('plants/fern/state', '', { retain: true })
    })

    it('passes on apart what cannot be read, and counts it', async () => {
        await client.publishAsync('odd', '1', { retain: true })
        const next = await load('odd')
        await next('message')
        const wrong: [string, RegExp][] = [
            ['{"a":', /^not JSON$/],
            ["{'a': Decimal('1')}", /^not JSON$/],
            ['', /^not JSON$/],
            [`${'['.repeat(33)}${']'.repeat(33)}`, /^nested deeper than 32 levels$/],
            ['{"__proto__":{}}', /^__proto__ is not/],
            [JSON.stringify('x'.repeat(1_048_576)), /^more than 1048576 bytes$/],
        ]
        for (const [text, reason] of wrong) {
            const heard = next('unreadable')
            await client.publishAsync('odd', text)
            const { payload, topic, reason: given } = await heard
            assert.deepEqual([topic, payload], ['odd', text.slice(0, 1000)])
            assert.match(given!, reason)
        }
        await shows('status.unreadable')
    })

    it('says that the broker is away, and goes on when it is back', async () => {
        await load('odd')
        await shows('status.listening')
        await server.stop()
        await shows('common.status.brokerOffline')
        await server.start()
        await shows('status.listening')
    })
})
