import { choice, flag, requiredNode, settings, text, timeZone, typed } from '../../src/node-red/fields.ts'

export const JobControlConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    /** The name of the queue: the nodes of the same store and queue work on the same jobs. */
    queue: text('jobs'),
    operation: choice('get', 'list', 'cancel', 'force', 'retry', 'delete', 'preview', 'clock'),
    ...typed('jobId', { literals: ['str'] }),
    /** Of a job that has one, in place of its id. */
    ...typed('key', { value: '', type: 'str', literals: ['str'], blank: true }),
    /** Whether further runs of a repeating job are cancelled, too. */
    ...typed('series', { literals: ['bool'], blank: true }),
    /** Who wants that, for the history. */
    ...typed('by', { value: 'payload.by', literals: ['str'], blank: true }),
    /** Of the jobs of a list: one or several, with commas. */
    ...typed('state', { value: 'payload.status', literals: ['str'], blank: true }),
    ...typed('robot', { literals: ['str'], blank: true }),
    /** The id of the first run of a repeating job. */
    ...typed('repeating', { value: 'payload.series', literals: ['str'], blank: true }),
    /** When they are due. */
    ...typed('from', { literals: ['str', 'num'], blank: true }),
    ...typed('to', { literals: ['str', 'num'], blank: true }),
    ...typed('order', { literals: ['str'], words: ['asc', 'desc'], blank: true }),
    ...typed('limit', { literals: ['num'], min: 1, max: 1000, whole: true }),
    /** What the page before gave as `next`. */
    ...typed('cursor', { literals: ['str'], blank: true }),
    ...typed('schedule', { value: 'payload.Schedule', literals: ['str', 'json'] }),
    /** How many runs are told. */
    ...typed('count', { literals: ['num'], min: 1, max: 100, whole: true }),
    timeZone: timeZone(),
    overlap: choice('earlier', 'later'),
    /** What the wall clock is set to; blank only asks for it. */
    ...typed('at', { literals: ['str', 'num'], blank: true }),
    /** Whether it may be set. */
    settable: flag(false),
})
