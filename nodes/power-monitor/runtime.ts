import type { Node, NodeMessage } from 'node-red'
import type * as v from 'valibot'
import { backoff, pause, systemClock } from '../../src/lib/index.ts'
import { defineNode, toError } from '../../src/node-red/index.ts'
import {
    Appliance,
    type ApplianceEvent,
    type ApplianceState,
    type SocketClient,
    type SocketEvent,
    type SocketView,
} from '../../src/power/index.ts'
import type { Store } from '../../src/stores.ts'
import { useSocket } from '../socket-config/client.ts'
import { PowerMonitorConfig } from './schema.ts'

/** Which output an event leaves by, from 0. */
const outputs = {
    reading: 0,
    on: 1,
    off: 1,
    manual: 1,
    reachable: 2,
    unreachable: 2,
    started: 3,
    stopped: 3,
    emergency: 4,
    recovered: 4,
    'appliance-started': 5,
    'appliance-finished': 5,
} as const

type Tell = (event: SocketEvent | ApplianceEvent) => void

export default defineNode('power-monitor', PowerMonitorConfig, (context) => {
    const { node, config, closed } = context
    const { socket, store } = useSocket(context)

    const { wires } = node as Node & { wires?: string[][] }
    const tell: Tell = ({ kind, at, ...data }) => {
        // A message that nobody gets is not made: there may be a thousand starts a second.
        if (wires?.[outputs[kind]]?.length === 0) return
        const payload = { timestamp: new Date(at).toISOString(), ...data }
        const messages = new Array<NodeMessage | null>(6).fill(null)
        messages[outputs[kind]] = { event: kind, socket: socket.name, topic: socket.name, payload } as NodeMessage
        node.send(messages)
    }

    // What happens is told whether the store can be used or not; only the appliance has to wait for it.
    socket.onEvent(tell, closed)
    if (config.detect)
        detect({ node, socket, store, closed, tell }, config).catch((error: unknown) => closed.aborted || node.error(toError(error)))
    return {}
})

interface Parts {
    node: Node
    socket: SocketClient
    store: Store
    closed: AbortSignal
    tell: Tell
}

async function detect({ node, socket, store, closed, tell }: Parts, config: v.InferOutput<typeof PowerMonitorConfig>): Promise<void> {
    const remembered = (await recall(store, node.id, closed)) as ApplianceState | undefined
    const appliance = new Appliance(
        {
            clock: systemClock,
            startPower: config.startPower,
            startHold: config.startHold * 1000,
            finishPower: config.finishPower,
            finishHold: config.finishHold * 1000,
            signal: closed,
        },
        remembered,
        (state, event) => {
            // What is told has been kept, so that a restart does not tell it again.
            const kept = store.states.put(node.id, state).catch((error: unknown) => node.warn(toError(error).message))
            kept.then(() => event && tell(event)).catch((error: unknown) => node.error(toError(error)))
        },
    )
    const see = ({ power, heard }: SocketView) => appliance.see(power === 'off', heard)
    socket.onEvent((event) => event.kind === 'reading' && appliance.take(event.reading), closed)
    socket.onView(() => see(socket.view), closed)
    see(socket.view)
    socket.readEvery(paceFor(config), closed)
}

/** Milliseconds between two readings: often enough to find what lasts for the shortest hold time, and not too often. */
function paceFor({ startHold, finishHold }: v.InferOutput<typeof PowerMonitorConfig>): number {
    const holds = [startHold, finishHold].filter((hold) => hold > 0)
    return Math.min(Math.max(Math.min(...holds) / 2, 1), 30) * 1000
}

/** What a node has kept, as soon as the store can tell. */
async function recall(store: Store, id: string, closed: AbortSignal): Promise<unknown> {
    await store.ready(closed)
    for (let tries = 1; ; tries++) {
        try {
            return await store.states.get(id)
        } catch {
            await pause(systemClock, backoff(tries), closed)
        } finally {
            closed.throwIfAborted()
        }
    }
}
