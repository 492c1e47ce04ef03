import { Budget } from '../lib/index.ts'

/** What all nodes together may keep in a store, in bytes. */
const MOST_KEPT = 268_435_456

/** What the nodes on a store have in common, and keep when one of them is deployed anew. */
export class Keeping {
    /** Of the serialised messages in the store. */
    readonly bytes = new Budget(MOST_KEPT)
    /** What has gone on, but is still in the store, which was away: it must not go on again. */
    readonly gone = new Set<string>()
}
