import { randomUUID } from 'node:crypto'
import { channelsOf, type Heard } from '../../src/channels/index.ts'
import { retryUntil, systemClock } from '../../src/lib/index.ts'
import { configNode, defineNode, liveStatus, messageId, status } from '../../src/node-red/index.ts'
import { behindStore, type StoreNode } from '../store-config/client.ts'
import { ChannelInConfig } from './schema.ts'

export default defineNode('channel-in', ChannelInConfig, ({ RED, node, config, closed }) => {
    const { store, bus } = configNode<StoreNode>(RED, config.store)
    const channels = channelsOf(store, { bus, clock: systemClock, newId: randomUUID, log: (text) => RED.log.warn(text) })
    const { channel: pattern, source, first } = config
    const pass = ({ channel, key, at, data, seq, peer }: Heard) => {
        const message = { _msgid: messageId(), topic: key || channel, payload: JSON.parse(data), channel, time: at }
        node.send([
            { ...message, ...(key !== '' && { key }), ...(seq !== undefined && { id: seq }), ...(peer !== undefined && { peer }) },
        ] as never)
    }
    const hear = (heard: Heard) => {
        if (source === 'all' || (source === 'peers') === (heard.peer !== undefined)) pass(heard)
    }
    if (first === 'new') channels.hear(pattern, hear, closed)
    else void retryUntil(systemClock, closed, () => channels.hearAll(pattern, hear, closed))
    liveStatus(node, closed, behindStore(store, { look: () => status.running('status.listening'), onChange: () => {} }))
    return {}
})
