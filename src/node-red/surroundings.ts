import type { NodeAPI, NodeMessage } from 'node-red'
import { Listeners, pause, systemClock } from '../lib/index.ts'
import { Inbox } from './inbox.ts'

/** What goes on in this Node-RED, apart from a node itself. */
export interface Surroundings {
    /** The ports that it serves. */
    ports(): number[]
    log(text: string): void
    /** Calls back whenever flows were started, all or some of them, until the signal aborts. */
    onDeployed(listener: () => void, signal: AbortSignal): void
    /** The messages that nodes of this pack are working on. */
    busy(): NodeMessage[]
}

/** By their Node-RED: one listener of its own for all of ours, as it warns of more than ten. */
const deployments = new WeakMap<NodeAPI['events'], Listeners<() => void>>()

function deploymentsOf({ events, log }: NodeAPI): Listeners<() => void> {
    const known = deployments.get(events)
    if (known) return known
    const listeners = new Listeners<() => void>((text) => log.warn(text))
    events.on('flows:started', () => listeners.tell((run) => run()))
    deployments.set(events, listeners)
    return listeners
}

export const surroundings = (RED: NodeAPI): Surroundings => ({
    ports() {
        const address = RED.server?.address()
        const ports = [typeof address === 'object' ? address?.port : undefined, RED.settings.uiPort]
        return ports.flatMap((port) => Number(port) || [])
    },
    log: (text) => RED.log.warn(text),
    onDeployed: (listener, signal) => deploymentsOf(RED).add(listener, signal),
    busy: () => Inbox.messages(),
})

/** Milliseconds after which flows count as started although Node-RED has not said so. */
const LONGEST_START = 10_000

/** Resolves once all nodes are there: they are made one after the other, and what comes in before would find some of them missing. */
export function flowsStarted(RED: NodeAPI, closed: AbortSignal): Promise<void> {
    const started = new AbortController()
    surroundings(RED).onDeployed(() => started.abort(), closed)
    return pause(systemClock, LONGEST_START, AbortSignal.any([started.signal, closed]))
}
