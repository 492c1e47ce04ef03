import { choice, duration, flag, settings, size, text, typed } from '../../src/node-red/fields.ts'

export const LogFileConfig = settings({
    name: text(),
    /** Relative to Node-RED's user directory; of `day`, the date goes before the extension. */
    file: text('general.log'),
    ...typed('line', { value: 'payload', literals: ['str'], blank: true }),
    /** Whether the time goes before it. */
    time: flag(false),
    /** A file a day, or one that is renamed to `<file>.1` when it has reached its size. */
    by: choice('size', 'day'),
    /** Bytes; only for `size`. */
    size: size('bytes', { fallback: 1_048_576, min: 1024, max: 1_073_741_824 }),
    /** Days that daily files are kept; 0 means for ever. */
    keep: duration('d', { fallback: 0, min: 0, max: 36_500 }),
})
