import { randomUUID } from 'node:crypto'
import { systemClock } from '../../src/clock/index.ts'
import { configNode, defineNode, type SocketNode, showSocket } from '../../src/node-red/index.ts'
import { Socket, Sockets, Tasmota } from '../../src/power/index.ts'
import type { BrokerNode } from '../broker-config/runtime.ts'
import type { StoreNode } from '../store-config/runtime.ts'
import { SocketConfig } from './schema.ts'

export type { SocketNode }

export default defineNode('socket-config', SocketConfig, ({ RED, node, config, closed }) => {
    const { store } = configNode<StoreNode>(RED, config.store)
    const { broker } = configNode<BrokerNode>(RED, config.broker)
    const sockets = store.once('sockets', () => new Sockets())
    const socket = new Socket({
        id: node.id,
        name: config.name || config.topic,
        store,
        broker,
        family: new Tasmota(config),
        clock: systemClock,
        newId: randomUUID,
        log: (text) => node.warn(text),
        confirm: config.confirm * 1000,
        interval: config.interval * 1000,
        idleInterval: config.idleInterval * 1000,
        offGuard: config.offGuard,
        signal: closed,
    })
    sockets.add(socket, closed)
    Object.assign(node, { socket, sockets, store })
    showSocket(RED, node, socket, closed)
    return {}
})
