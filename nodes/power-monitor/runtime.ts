import type { Node, NodeMessage } from 'node-red'
import type * as v from 'valibot'
import { systemClock } from '../../src/lib/index.ts'
import { defineNode, SocketworksError } from '../../src/node-red/index.ts'
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
    'appliance-paused': 5,
    'appliance-resumed': 5,
    'appliance-finished': 5,
    'appliance-aborted': 5,
    'appliance-silent': 5,
    'appliance-heard': 5,
    'appliance-learned': 5,
    'appliance-not-learned': 5,
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
    const { startPower, finishPower } = config
    const times = milliseconds(config)
    const log = (text: string) => node.warn(text)
    const options = { node: node.id, socket, store, clock: systemClock, startPower, finishPower, ...times, tell, log, signal: closed }
    const detected = config.detect ? detectAppliance(options) : undefined
    return {
        changesState: true,
        async input() {
            if (!detected) throw new SocketworksError('NO_CONFIG', 'an idle power is learned only where an appliance is detected')
            const appliance = await detected
            appliance?.learn()
        },
    }
})

/** The settings that are times: seconds in the dialog. */
function milliseconds(config: v.InferOutput<typeof PowerMonitorConfig>) {
    const { startHold, finishHold, longestPause, shortestRun, silence, learnFor } = config
    const seconds = { startHold, finishHold, longestPause, shortestRun, silence, learnFor }
    return Object.fromEntries(Object.entries(seconds).map(([name, value]) => [name, value * 1000])) as typeof seconds
}
