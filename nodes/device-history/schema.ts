import { flag, requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

/** The last moment that ECMAScript knows. */
const LAST = 8.64e15
const time = { literals: ['str', 'num'], blank: true, min: -LAST, max: LAST } as const

export const DeviceHistoryConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    fleet: text('devices'),
    /** A peer sees only the devices of its own account. */
    own: flag(false),
    /** Its id; a setting `id` would be the node's own. */
    ...typed('device', { value: 'payload.id', literals: ['str'] }),
    ...typed('property', { literals: ['str'] }),
    ...typed('from', time),
    ...typed('to', time),
    // Of a stretch both the least and the greatest are shown.
    ...typed('limit', { literals: ['num'], min: 2, max: 100_000, whole: true }),
})
