import type { NodeAPI, NodeMessage } from 'node-red'
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

export const surroundings = (RED: NodeAPI): Surroundings => ({
    ports() {
        const address = RED.server?.address()
        const ports = [typeof address === 'object' ? address?.port : undefined, RED.settings.uiPort]
        return ports.flatMap((port) => Number(port) || [])
    },
    log: (text) => RED.log.warn(text),
    onDeployed(listener, signal) {
        RED.events.on('flows:started', listener)
        signal.addEventListener('abort', () => RED.events.off('flows:started', listener), { once: true })
    },
    busy: () => Inbox.messages(),
})
