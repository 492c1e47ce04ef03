import { choice, duration, int, settings, size, text, variable } from '../../src/node-red/fields.ts'

export const StoreConfig = settings({
    name: text(),
    kind: choice('file', 'postgres', 'memory'),
    /** Relative to Node-RED's user directory. */
    file: text('socketworks.sqlite'),
    /** Has the URL of a PostgreSQL server. */
    urlEnv: variable('url', 'SOCKETWORKS_STORE_URL'),
    /** Days that samples are kept; 0 means for ever. */
    retention: duration('d', { fallback: 14, min: 0, max: 36_500 }),
    /** Days that what was used is kept by the minute, by the quarter of an hour and by the hour; 0 means for ever. */
    keepMinutes: duration('d', { fallback: 60, min: 0, max: 36_500 }),
    keepQuarters: duration('d', { fallback: 400, min: 0, max: 36_500 }),
    keepHours: duration('d', { fallback: 3650, min: 0, max: 36_500 }),
    /** Days that stopped instances and the times of power on and off are kept; 0 means for ever. */
    keepInstances: duration('d', { fallback: 3650, min: 0, max: 36_500 }),
    /** Stopped instances of one socket that are kept. */
    mostInstances: int({ fallback: 100_000, min: 100, max: 10_000_000 }),
    /** Megabytes that the file may take; 0 means as much as there is. */
    mostSpace: size('MB', { fallback: 0, min: 0, max: 100_000_000 }),
})

/** `postgresql://user:password@host:port/database` */
export const credentials = { url: { type: 'password' } } as const
