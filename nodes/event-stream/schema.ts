import { int, list, optionalNode, settings, size, text, typed } from '../../src/node-red/fields.ts'

export const EventStreamConfig = settings({
    name: text(),
    /** Of readers that come by WebSocket. */
    endpoint: optionalNode('socketworks-device-ws-endpoint'),
    /** What a reader is told first, unless it has come back and missed nothing. */
    ...typed('state', { value: '', literals: ['json'], blank: true }),
    /** Events of which only the latest counts, for each topic. */
    latest: list('reading', (event) => /^[\w.:-]+$/.test(event), 'must be names of events, separated by commas'),
    /** What is kept for readers that come back: messages and bytes. */
    most: int({ fallback: 1000, min: 1, max: 1_000_000 }),
    mostBytes: size('bytes', { fallback: 1_048_576, min: 1024, max: 1_073_741_824 }),
    mostReaders: int({ fallback: 500, min: 1, max: 100_000 }),
})
