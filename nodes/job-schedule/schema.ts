import { choice, duration, hosts, int, requiredNode, settings, size, text, timeZone, typed } from '../../src/node-red/fields.ts'

export const JobScheduleConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    /** The name of the queue: the nodes of the same store and queue work on the same jobs. */
    queue: text('jobs'),
    kind: choice('package', 'message'),
    /** `{Package, Robot, Schedule, Policy?}` */
    ...typed('trigger', { value: 'payload', literals: ['json'] }),
    /** What is sent when a message is due. */
    ...typed('content', { value: 'payload', literals: ['str', 'num', 'bool', 'json'] }),
    /** `{date, time}` or `{cron}`, or such a thing as text. */
    ...typed('schedule', { value: 'schedule', literals: ['str', 'json'] }),
    /** What the job of a message is called. */
    ...typed('title', { value: 'topic', literals: ['str'], blank: true }),
    /** A job with the same key takes the place of what was not sent of the one before. */
    ...typed('key', { value: '', type: 'str', literals: ['str'], blank: true }),
    /** Blank means that of Node-RED. */
    timeZone: timeZone(),
    /** Which of two moments is meant that have the same time, when clocks are set back. */
    overlap: choice('earlier', 'later'),
    /** What becomes of a job that fell due while nobody was there. */
    misfire: choice('runOnce', 'skip', 'grace'),
    /** Seconds that it may be late, for `grace`. */
    grace: duration('s', { fallback: 300, min: 0, max: 31_536_000 }),
    /** How often it is sent at most. */
    attempts: int({ fallback: 3, min: 1, max: 100 }),
    /** Seconds within which its outcome has to be known. */
    timeout: duration('s', { fallback: 600, min: 0.1, max: 2_592_000 }),
    /** Seconds before the second attempt; doubles with each further one. */
    backoff: duration('s', { fallback: 1, min: 0, max: 86_400 }),
    /** Seconds for which a job waits for a robot that is away; 0 means for ever. */
    ttl: duration('s', { fallback: 0, min: 0, max: 31_536_000 }),
    /** Seconds that a robot has to stop when its job is cancelled. */
    cancelGrace: duration('s', { fallback: 10, min: 0, max: 86_400 }),
    /** A job with a greater one is sent before others. */
    priority: int({ fallback: 0, min: -100, max: 100 }),
    /** Relative to Node-RED's user directory; where packages are written to, blank means nowhere. */
    folder: text(),
    /** Megabytes that the files of packages there may have, all together. */
    folderSpace: size('MB', { fallback: 1024, min: 1, max: 100_000_000 }),
    /** Hosts that packages may come from, separated by commas; blank means any. */
    hosts: hosts(),
    /** Megabytes. */
    mostBytes: size('MB', { fallback: 100, min: 0.001, max: 100_000 }),
})
