import type { Node, NodeAPI, NodeMessage, NodeStatus } from 'node-red'
import type { Bus } from '../../src/bus/index.ts'
import { type Fleet, fleetOn, type Query, readQuery } from '../../src/fleet/index.ts'
import { isMissing, systemClock } from '../../src/lib/index.ts'
import { configNode, input, type StatusSource } from '../../src/node-red/index.ts'
import type { Store } from '../../src/stores.ts'
import { behindStore, type StoreNode } from '../store-config/client.ts'

interface Context {
    RED: NodeAPI
    node: Node
    config: { store: string; fleet: string }
    closed: AbortSignal
}

/** The fleet that a node was given, and the store it is in: nodes that name the same two share it. */
export function useFleet({ RED, node, config, closed }: Context): { store: Store; bus: Bus; fleet: Fleet } {
    const { store, bus } = configNode<StoreNode>(RED, config.store)
    const fleet = fleetOn(store, config.fleet, { bus, clock: systemClock, log: (text) => node.warn(text), signal: closed })
    return { store, bus, fleet }
}

/**
 * What a node shows of a fleet: anew whenever a device is taken in or forgotten.
 * @param more calls back whenever it may change for another reason
 */
export const statusOf = (store: Store, fleet: Fleet, look: () => NodeStatus, more?: StatusSource['onChange']): StatusSource =>
    behindStore(store, {
        look: () => (fleet.isLoaded ? look() : undefined),
        onChange(changed, signal) {
            fleet.listen(({ removed, registered }) => (removed || registered) && changed(), signal)
            void fleet.loadPatiently(signal).then(changed)
            more?.(changed, signal)
        },
    })

/**
 * Which devices a message asks for, by the settings `filter`, `sort`, `offset` and `limit`.
 * @param page how many are meant where nobody says how many; all of them if it is not given
 * @throws {@link Refusal} 422 `BAD_INPUT`
 */
export async function queryOf(
    { RED, node, config }: { RED: NodeAPI; node: Node; config: Record<string, unknown> },
    msg: NodeMessage,
    page?: number,
): Promise<Query> {
    const get = (key: string) => input(RED, node, config, key, msg)
    const [filter, sort, offset, limit] = await Promise.all([get('filter'), get('sort'), get('offset'), get('limit')])
    return readQuery({ filter, sort, offset, limit: isMissing(limit) ? page : limit })
}
