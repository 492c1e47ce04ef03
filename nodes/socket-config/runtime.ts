import { randomUUID } from 'node:crypto'
import { tariffOf } from '../../src/energy/index.ts'
import { Refusal, systemClock } from '../../src/lib/index.ts'
import { configNode, defineNode, type Handlers, liveStatus, offer, type Setup, SocketworksError } from '../../src/node-red/index.ts'
import { families, type OpenRequests, RequestedRuns, Socket, SocketClient, type SocketOptions, serveSocket } from '../../src/power/index.ts'
import { tasksOn } from '../../src/tasks/index.ts'
import type { BrokerNode } from '../broker-config/client.ts'
import type { StoreNode } from '../store-config/client.ts'
import { type SocketNode, socketsOf, statusOf } from './client.ts'
import { SocketConfig } from './schema.ts'

/** Requests are the process's, whichever socket they have started an instance of. */
const requests: OpenRequests = new Map()

function setup({ RED, node, config, closed }: Setup<typeof SocketConfig, never>): Handlers {
    const { store, bus, left } = configNode<StoreNode>(RED, config.store)
    const { broker } = configNode<BrokerNode>(RED, config.broker)
    const sockets = socketsOf(store)
    const family = families[config.family]
    const fault = family.faultIn(config)
    if (fault) throw new SocketworksError('BAD_CONFIG', fault)
    const clock = systemClock
    const named = { id: node.id, name: config.name || config.topic }
    const options: SocketOptions = {
        ...named,
        store,
        broker,
        family: family.open(config),
        clock,
        newId: randomUUID,
        log: (text) => node.warn(text),
        confirm: config.confirm * 1000,
        interval: config.interval * 1000,
        idleInterval: config.idleInterval * 1000,
        offGuard: config.offGuard,
        sharing: config.sharing,
        tariff: tariffOf(config.tariff),
        handover: left,
        signal: closed,
    }
    const socket = new SocketClient({ ...named, bus, clock, newId: randomUUID, signal: closed })
    // A plug hears nothing of a socket whose name is taken.
    sockets.add(socket, closed)
    serveSocket(new Socket(options), bus, clock, closed)
    const requestedRuns = new RequestedRuns({
        socket: node.id,
        tasks: tasksOn(store, { clock, newId: randomUUID, log: (text) => RED.log.warn(text) }),
        requests,
        clock,
        end: (id) => socket.end(id),
        log: options.log,
        signal: closed,
    })
    const statusSource = statusOf(RED, socket)
    offer<SocketNode>(node, { socket, sockets, requestedRuns, store, statusSource })
    liveStatus(node, closed, statusSource)
    return {}
}

export default defineNode('socket-config', SocketConfig, setup, {
    closing: () => new Refusal(503, 'SOCKET_RESTARTING', 'the socket is being deployed anew'),
})
