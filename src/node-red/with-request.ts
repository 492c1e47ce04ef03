import type { Node, NodeAPI, NodeMessage } from 'node-red'
import { backoff, pause, systemClock } from '../lib/index.ts'
import { RequestedRuns } from '../process/index.ts'
import type { Store } from '../stores.ts'
import { configNode } from './config-node.ts'
import { onRequestOver } from './reply.ts'
import type { SocketNode } from './socket-node.ts'

/** Instances whose requests ended while their socket was being deployed anew, by that. */
const leftBehind = new Map<string, string[]>()

/** One request and the instance that ends with it. */
export interface Bond {
    /** Whether nobody waits for it any more. */
    readonly isGone: boolean
    /** The instance that was started for it has this id. */
    begin(id: string): Promise<void>
}

/** Ends instances with the requests they were started by: at once, after a deploy, or when Node-RED is back. */
export class WithRequest {
    readonly #RED: NodeAPI
    readonly #runs: RequestedRuns

    constructor(RED: NodeAPI, node: Node, store: Store, closed: AbortSignal) {
        this.#RED = RED
        const end = (run: { socket: string; instance: string }) => this.#end(run.socket, run.instance)
        const make = () => new RequestedRuns({ node: node.id, states: store.states, clock: systemClock, end })
        this.#runs = store.once(`requested runs of ${node.id}`, make)
        void this.#load(store, closed)
    }

    /** For a socket that was deployed anew. */
    catchUp(socket: string): void {
        const left = leftBehind.get(socket) ?? []
        leftBehind.delete(socket)
        for (const id of left) void this.#end(socket, id)
    }

    /** Binds what is to be started to the request that a message came with; undefined without one. */
    bind(msg: NodeMessage, socket: string): Bond | undefined {
        let over: boolean | undefined
        let begun: { id: string; release(): void } | undefined
        // The request may be over before there is an instance.
        const settle = async () => {
            if (!begun || over === undefined) return
            if (over || (await this.#end(socket, begun.id))) begun.release()
        }
        const isBound = onRequestOver(msg, (isDone) => {
            over = isDone
            void settle()
        })
        if (!isBound) return undefined
        return {
            get isGone() {
                return over === false
            },
            begin: (id) => {
                begun = { id, release: this.#runs.add({ socket, instance: id }) }
                return settle()
            },
        }
    }

    /** Nobody may ever have heard of it, so that nobody else would stop it. @returns whether it has ended */
    async #end(socket: string, id: string): Promise<boolean> {
        try {
            await configNode<SocketNode>(this.#RED, socket).socket.end(id)
            return true
        } catch {
            leftBehind.set(socket, [...(leftBehind.get(socket) ?? []), id])
            return false
        }
    }

    async #load(store: Store, closed: AbortSignal): Promise<void> {
        for (let tries = 1; !closed.aborted; tries++) {
            try {
                await store.ready(closed)
                return await this.#runs.load()
            } catch {
                // The store says itself why it is away.
                await pause(systemClock, backoff(tries), closed)
            }
        }
    }
}
