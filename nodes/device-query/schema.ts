import { choice, flag, optionalNode, requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

export const DeviceQueryConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    fleet: text('devices'),
    /** A peer sees only the devices of its own account. */
    own: flag(false),
    ...typed('filter', { literals: ['json'], blank: true }),
    ...typed('sort', { literals: ['json'], blank: true }),
    ...typed('offset', { literals: ['num'], min: 0, max: 100_000, whole: true }),
    ...typed('limit', { literals: ['num'], min: 0, max: 100_000, whole: true }),
})

/** What it was set to before *device history* and *device view* were nodes of their own. */
export const former = {
    mode: choice('query', 'history', 'live'),
    endpoint: optionalNode('socketworks-device-ws-endpoint'),
    ...typed('device', { value: 'payload.id', literals: ['str'] }),
    ...typed('property', { literals: ['str'] }),
    ...typed('from', { literals: ['str', 'num'] }),
    ...typed('to', { literals: ['str', 'num'] }),
}
