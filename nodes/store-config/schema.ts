import * as v from 'valibot'
import { choice, int, text } from '../../src/node-red/fields.ts'

export const StoreConfig = v.object({
    name: text(),
    kind: choice('file', 'memory'),
    /** Relative to Node-RED's user directory. */
    file: text('socketworks.sqlite'),
    /** Days that samples are kept; 0 means for ever. */
    retention: int({ fallback: 400, min: 0, max: 36_500 }),
})
