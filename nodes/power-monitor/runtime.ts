import type { NodeMessage } from 'node-red'
import { systemClock } from '../../src/clock/index.ts'
import { chosenSocket, configNode, defineNode, type SocketNode, showSocket } from '../../src/node-red/index.ts'
import { Appliance, type ApplianceEvent, type ApplianceState, type SocketEvent } from '../../src/power/index.ts'
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

export default defineNode('power-monitor', PowerMonitorConfig, async ({ RED, node, config, closed }) => {
    const { socket } = chosenSocket(RED, config.socket)
    const { store } = configNode<SocketNode>(RED, config.socket)
    showSocket(RED, node, socket, closed)

    function tell({ kind, at, ...data }: SocketEvent | ApplianceEvent): void {
        const payload = { timestamp: new Date(at).toISOString(), ...data }
        const messages = new Array<NodeMessage | null>(6).fill(null)
        messages[outputs[kind]] = { event: kind, socket: socket.name, topic: socket.name, payload } as NodeMessage
        node.send(messages)
    }

    if (!config.detect) {
        socket.announcer.onEvent(tell, closed)
        return {}
    }
    await store.ready(closed)
    const remembered = (await store.states.get(node.id)) as ApplianceState | undefined
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
            const kept = store.states.put(node.id, state)
            kept.catch((error: unknown) => node.warn(String(error))).finally(() => event && tell(event))
        },
    )
    socket.announcer.onEvent((event) => {
        tell(event)
        if (event.kind === 'reading') appliance.take(event.reading)
        else if (event.kind === 'off') appliance.off(event.at)
    }, closed)
    return {}
})
