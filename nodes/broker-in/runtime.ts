import type { NodeStatus } from 'node-red'
import type { Message } from '../../src/mqtt/index.ts'
import { configNode, defineNode, liveStatus, messageId, status } from '../../src/node-red/index.ts'
import { readJson, Unreadable } from '../../src/peers/index.ts'
import type { BrokerNode } from '../broker-config/client.ts'
import { BrokerInConfig } from './schema.ts'

/** Bytes of a message. */
const LARGEST = 1_048_576
/** Bytes of an unreadable message that are passed on. */
const SHOWN = 1000

export default defineNode('broker-in', BrokerInConfig, ({ RED, node, config, closed }) => {
    const { broker } = configNode<BrokerNode>(RED, config.broker)
    let unreadable = 0
    let changed = () => {}
    function take({ topic, payload, retained }: Message): void {
        const message = { _msgid: messageId(), topic, retain: retained }
        const { value, reason } = read(payload)
        if (reason === undefined) {
            node.send([{ ...message, payload: value }, null])
            return
        }
        unreadable++
        changed()
        node.send([null, { ...message, payload: payload.toString('utf8', 0, SHOWN), reason }] as never)
    }
    function look(): NodeStatus {
        if (broker.state === 'connecting') return status.connecting('status.connecting')
        if (broker.state === 'disconnected') return status.broken('common.status.brokerOffline')
        const refusal = broker.refusal([config.topic])
        if (refusal) return status.broken(refusal)
        return status.running(unreadable === 0 ? 'status.listening' : RED._('status.unreadable', { unreadable }))
    }
    broker.subscribe([config.topic], take, closed)
    liveStatus(node, closed, {
        look,
        onChange(tell, signal) {
            changed = tell
            broker.onState(tell, signal)
        },
    })
    return {}
})

/** Reads JSON. @returns why it cannot be read, if so */
function read(payload: Buffer): { value?: unknown; reason?: string } {
    if (payload.length > LARGEST) return { reason: `more than ${LARGEST} bytes` }
    try {
        const { payload: value, odd } = readJson(payload.toString(), () => '')
        return odd ? { reason: 'not JSON' } : { value }
    } catch (error) {
        if (error instanceof Unreadable) return { reason: error.message }
        throw error
    }
}
