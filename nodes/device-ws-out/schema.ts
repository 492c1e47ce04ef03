import * as v from 'valibot'
import { choice, chosen, number, text, typed } from '../../src/node-red/fields.ts'

export const DeviceWsOutConfig = v.object({
    name: text(),
    endpoint: chosen,
    /** To whom: the peer that the message came from, those named, all of the endpoint, or all but the one that it came from. */
    to: choice('reply', 'peers', 'all', 'others'),
    /** A peer's id or a list of them. */
    ...typed('peer', 'peer.id'),
    ...typed('content', 'payload'),
    /** Sends nothing unless it is `true`, or a text that says so. */
    ...typed('when', 'true', 'bool'),
    delivery: choice('live', 'kept'),
    /** Seconds that a message is kept for a peer that is away. */
    ttl: number({ fallback: 3600, min: 1, max: 31_536_000 }),
    /** Of `kept`. */
    store: v.optional(v.string(), ''),
})
