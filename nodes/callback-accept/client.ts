import { randomUUID } from 'node:crypto'
import type { NodeAPI } from 'node-red'
import { callbacksOn } from '../../src/callback/index.ts'
import { systemClock } from '../../src/lib/index.ts'
import { configNode, surroundings } from '../../src/node-red/index.ts'
import type { StoreNode } from '../store-config/client.ts'

interface Context {
    RED: NodeAPI
    config: { store: string }
    closed: AbortSignal
}

/** The callbacks that are kept in the store that a node was given. */
export function useCallbacks({ RED, config, closed }: Context) {
    const { store, bus } = configNode<StoreNode>(RED, config.store)
    return { store, callbacks: callbacksOn(store, { bus, clock: systemClock, id: randomUUID, ...surroundings(RED) }, closed) }
}
