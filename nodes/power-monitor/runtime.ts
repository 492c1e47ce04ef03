import type { Node, NodeMessage } from 'node-red'
import { systemClock } from '../../src/lib/index.ts'
import { defineNode } from '../../src/node-red/index.ts'
import { type ApplianceEvent, detectAppliance, type SocketEvent } from '../../src/power/index.ts'
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

export default defineNode('power-monitor', PowerMonitorConfig, (context) => {
    const { node, config, closed } = context
    const { socket, store } = useSocket(context)
    const { wires } = node as Node & { wires?: string[][] }
    const tell = ({ kind, at, ...data }: SocketEvent | ApplianceEvent) => {
        // A message that nobody gets is not made: there may be a thousand starts a second.
        if (wires?.[outputs[kind]]?.length === 0) return
        const payload = { timestamp: new Date(at).toISOString(), ...data }
        const messages = new Array<NodeMessage | null>(6).fill(null)
        messages[outputs[kind]] = { event: kind, socket: socket.name, topic: socket.name, payload } as NodeMessage
        node.send(messages)
    }
    // What happens is told whether the store can be used or not; only the appliance has to wait for it.
    socket.onEvent(tell, closed)
    const { detect, startPower, finishPower, startHold, finishHold } = config
    const powers = { startPower, finishPower, startHold: startHold * 1000, finishHold: finishHold * 1000 }
    const log = (text: string) => node.warn(text)
    if (detect) void detectAppliance({ node: node.id, socket, store, clock: systemClock, ...powers, tell, log, signal: closed })
    return {}
})
