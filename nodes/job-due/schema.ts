import { duration, hosts, int, optionalNode, requiredNode, settings, size, text } from '../../src/node-red/fields.ts'

export const JobDueConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    /** The name of the queue: the nodes of the same store and queue work on the same jobs. */
    queue: text('jobs'),
    /** Where robots connect; blank means that messages are sent on. */
    endpoint: optionalNode('socketworks-device-ws-endpoint'),
    /** Jobs that a robot has at the same time. */
    inFlight: int({ fallback: 1, min: 1, max: 1000 }),
    /** Seconds within which a robot that comes back is sent its first one: at random, as many may come back at once. */
    jitter: duration('s', { fallback: 0, min: 0, max: 3600 }),
    /** Seconds between two jobs for the same robot. */
    spacing: duration('s', { fallback: 0, min: 0, max: 86_400 }),
    /** Hosts that packages may come from, separated by commas; blank means any. */
    hosts: hosts(),
    /** Megabytes. */
    mostBytes: size('MB', { fallback: 100, min: 0.001, max: 100_000 }),
})
