import type { Node } from 'node-red'
import type { Bus } from '../../src/bus/index.ts'
import { type StatusSource, status } from '../../src/node-red/index.ts'
import type { Handover } from '../../src/power/index.ts'
import type { Store } from '../../src/stores.ts'

/** A store-config node, and what it offers. */
export type StoreNode = Node & {
    store: Store
    /** How those who keep something there speak to each other. */
    bus: Bus
    /** What sockets could not keep there, which is handed on from one deploy to the next. */
    left: Map<string, Handover>
}

/** What a node shows of itself, unless its store is away. A store that is only just being opened is not. */
export function behindStore(store: Store, { look, onChange }: StatusSource): StatusSource {
    let isAway = false
    return {
        look: () => (isAway ? status.broken('common.status.storeAway') : look()),
        onChange(changed, signal) {
            const heard = ({ ok }: { ok: boolean }) => {
                isAway = !ok
                changed()
            }
            store.onHealth(heard, signal)
            onChange(changed, signal)
        },
    }
}
