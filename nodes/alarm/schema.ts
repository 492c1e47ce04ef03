import { choice, duration, flag, number, requiredNode, settings, text, timeUnit, typed } from '../../src/node-red/fields.ts'

const DAY = 86_400

export const AlarmConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    /** The name of the group: the nodes of the same store and group share its alarms. */
    group: text('alarms'),
    operation: choice(
        ...(['watch', 'raise', 'clear', 'acknowledge', 'reset', 'shelve', 'unshelve', 'suppress', 'unsuppress'] as const),
        ...(['remove-from-service', 'return-to-service', 'get', 'list', 'history', 'action'] as const),
    ),
    /** Which operation, if each message says that. */
    ...typed('action', { literals: ['str'] }),
    /** Its id, or what the ids of a watched value's alarms begin with; a setting `id` would be the node's own. */
    ...typed('alarm', { value: 'payload.id', literals: ['str'] }),
    ...typed('text', { literals: ['str'], blank: true }),
    ...typed('priority', { literals: ['str'], words: ['low', 'medium', 'high', 'critical'], blank: true }),
    ...typed('value', { literals: ['num'] }),
    ...typed('setPoint', { literals: ['num'] }),
    ...typed('highHigh', { literals: ['num'] }),
    ...typed('high', { literals: ['num'] }),
    ...typed('low', { literals: ['num'] }),
    ...typed('lowLow', { literals: ['num'] }),
    /** By so much a value has to be back within its limit. */
    deadband: number({ fallback: 0, min: 0, max: 1e9 }),
    /** So much a value may change in a minute. */
    ...typed('rate', { literals: ['num'], min: 0 }),
    /** So far from its set-point a value may be, and for so long. */
    ...typed('tolerance', { literals: ['num'], min: 0 }),
    reachWithin: duration('s', { fallback: 3600, min: 0, max: 365 * DAY }),
    /** Without a value for so long there is no data; 0 for never. */
    silence: duration('s', { fallback: 0, min: 0, max: 365 * DAY }),
    onDelay: duration('s', { fallback: 0, min: 0, max: 30 * DAY }),
    offDelay: duration('s', { fallback: 0, min: 0, max: 30 * DAY }),
    latch: flag(false),
    /** What was acknowledged and still stands after so long is raised again; 0 for never. */
    repeat: duration('s', { fallback: 0, min: 0, max: 365 * DAY }),
    /** For how long an alarm is shelved. */
    ...typed('duration', { literals: ['num'], min: 0, unit: 'unit' }),
    unit: timeUnit('min'),
    /** Who does that, and why, for the record. */
    ...typed('by', { literals: ['str'], blank: true }),
    ...typed('comment', { literals: ['str'], blank: true }),
    /** Alarms of a list, and transitions of a history. */
    ...typed('limit', { literals: ['num'], min: 1, max: 1000, whole: true }),
    /** Whether a list has also those that are normal. */
    all: flag(false),
    /** Only what happened before the transition with this number. */
    ...typed('before', { literals: ['num'], min: 0, whole: true }),
})
