import { requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

/** The last moment that ECMAScript knows. */
const LAST = 8.64e15
const time = { literals: ['str', 'num'], blank: true, min: -LAST, max: LAST } as const

export const EnergyReportConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    /** Names of sockets; nothing means all. */
    ...typed('sockets', { value: 'socket', literals: ['str', 'json'], blank: true }),
    ...typed('from', time),
    ...typed('to', time),
    ...typed('bucket', {
        literals: ['str'],
        words: ['auto', '5s', '15s', '1m', '5m', '15m', 'h', 'd', 'w', 'month'],
        blank: true,
    }),
    ...typed('points', { literals: ['num'], min: 1, max: 10_000, whole: true }),
    ...typed('timeZone', { literals: ['str'], blank: true }),
    ...typed('instanceId', { literals: ['str'], blank: true }),
    ...typed('by', { literals: ['str'], words: ['socket', 'instance', 'owner'], blank: true }),
    ...typed('format', { literals: ['str'], words: ['json', 'csv'], blank: true }),
})
