import { choice, duration, optionalNode, requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

export const DeviceWsOutConfig = settings({
    name: text(),
    endpoint: requiredNode('socketworks-device-ws-endpoint'),
    /** The recipients: the peer that the message came from, named ones, all, or all but the peer that it came from. */
    to: choice('reply', 'peers', 'all', 'others'),
    /** A peer's id or a list of them. */
    ...typed('peer', { value: 'peer.id', literals: ['str', 'json'] }),
    ...typed('content', { value: 'payload', literals: ['str', 'num', 'bool', 'json'] }),
    /** Nothing is sent unless it is `true`, as a boolean or as text. */
    ...typed('when', { value: 'true', type: 'bool', literals: ['bool'] }),
    delivery: choice('live', 'kept'),
    /** Seconds that a message is kept for a peer that is away. */
    ttl: duration('s', { fallback: 3600, min: 1, max: 31_536_000 }),
    /** The store that messages for peers that are away are kept in. */
    store: optionalNode('socketworks-store-config'),
})
