import * as v from 'valibot'
import { choice, int, text, typed } from '../../src/node-red/fields.ts'

export const LogFileConfig = v.object({
    name: text(),
    /** Relative to Node-RED's user directory; of `day`, the date goes before the extension. */
    file: text('general.log'),
    /** A file a day, or one that is renamed to `<file>.1` when it has reached its size. */
    by: choice('size', 'day'),
    /** Bytes, of `size`. */
    size: int({ fallback: 1_048_576, min: 1024, max: 1_073_741_824 }),
    /** Days that daily files are kept; 0 means for ever. */
    keep: int({ fallback: 0, min: 0, max: 36_500 }),
    ...typed('line', 'payload'),
})
