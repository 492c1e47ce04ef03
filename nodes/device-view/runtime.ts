import { randomUUID } from 'node:crypto'
import type { NodeMessage } from 'node-red'
import { isMissing, systemClock } from '../../src/lib/index.ts'
import { answer, configNode, defineNode, liveStatus, status } from '../../src/node-red/index.ts'
import { type ViewMessage, ViewRequests, viewsOf } from '../../src/views/index.ts'
import { queryOf, statusOf, useFleet } from '../device-state/client.ts'
import type { EndpointNode } from '../device-ws-endpoint/client.ts'
import { DeviceViewConfig } from './schema.ts'

/** A message of a viewer, or the refusal of what it wanted a device to be told. */
type Message = NodeMessage & ViewMessage & { refusal?: unknown }

export default defineNode('device-view', DeviceViewConfig, (context) => {
    const { RED, node, config, closed } = context
    const { endpoint, sessions } = configNode<EndpointNode>(RED, config.endpoint)
    const { store, fleet } = useFleet(context)
    const requests = new ViewRequests({
        endpoint,
        fleet,
        views: viewsOf(store, fleet, { clock: systemClock, newId: randomUUID }),
        repository: store.devices,
        clock: systemClock,
        own: config.own,
        sessions,
        log: (text) => node.warn(text),
        signal: closed,
    })
    const look = () =>
        requests.viewers === 0 ? status.idle('status.nobody') : status.running(RED._('status.viewers', { count: requests.viewers }))
    const source = statusOf(store, fleet, look, (changed, signal) => requests.onViewers(changed, signal))
    liveStatus(node, closed, source)

    return {
        handlesRefusal: isRefusedSet,
        async input(msg: Message, send) {
            if (msg.event === 'disconnected') return
            if (isRefusedSet(msg)) return requests.failed(msg)
            const outcome = await requests.take(msg, () => queryOf(context, msg))
            if (!outcome || closed.aborted) return
            if (!('set' in outcome)) return send(answer(msg, outcome))
            const { set } = outcome
            // `msg.request` comes back with a refusal, which has a payload of its own.
            send(Object.assign(msg, { event: 'set', topic: set.id, payload: set, request: set.request }))
        },
    }
})

/** Whether it is what a device was to be told that comes back refused. */
const isRefusedSet = ({ event, refusal }: Message): boolean => event === 'set' && !isMissing(refusal)
