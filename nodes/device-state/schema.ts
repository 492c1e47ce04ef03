import { choice, duration, flag, int, requiredNode, settings, size, text, typed } from '../../src/node-red/fields.ts'

export const DeviceStateConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    /** The name of the fleet: the nodes of the same store and fleet share it. */
    fleet: text('devices'),
    operation: choice('update', 'delete'),
    /** Its id; a setting `id` would be the node's own. */
    ...typed('device', { value: 'payload.id', literals: ['str'] }),
    ...typed('set', { literals: ['json'] }),
    /** Whether unknown devices are registered. */
    register: flag(true),
    /** Where messages are numbered: counts missing and repeated ones, and lets no late one undo a later one. */
    checkOrder: flag(true),
    /** Numbers are kept as history. */
    history: flag(false),
    /** Days that history is kept; 0 means for ever. */
    historyDays: duration('d', { fallback: 30, min: 0, max: 36_500 }),
    /** Points of history that one device may have, and all of them together. */
    devicePoints: int({ fallback: 10_000_000, min: 1000, max: 1_000_000_000 }),
    fleetPoints: int({ fallback: 100_000_000, min: 1000, max: 10_000_000_000 }),
    /** Kilobytes of memory that one device may take. */
    deviceMemory: size('kB', { fallback: 256, min: 4, max: 65_536 }),
    /** Megabytes that all of them together may take. */
    fleetMemory: size('MB', { fallback: 64, min: 1, max: 65_536 }),
})
