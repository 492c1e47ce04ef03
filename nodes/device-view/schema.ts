import { flag, requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

export const DeviceViewConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    fleet: text('devices'),
    /** The endpoint that viewers connect to. */
    endpoint: requiredNode('socketworks-device-ws-endpoint'),
    /** A viewer sees only the devices of its own account. */
    own: flag(false),
    ...typed('filter', { literals: ['json'], blank: true }),
    ...typed('sort', { literals: ['json'], blank: true }),
    ...typed('offset', { literals: ['num'], min: 0, max: 100_000, whole: true }),
    ...typed('limit', { literals: ['num'], min: 0, max: 100_000, whole: true }),
})
