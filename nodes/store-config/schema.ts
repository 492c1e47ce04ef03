import * as v from 'valibot'
import { choice, int, text } from '../../src/node-red/fields.ts'

export const StoreConfig = v.object({
    name: text(),
    kind: choice('file', 'memory'),
    /** Relative to Node-RED's user directory. */
    file: text('socketworks.sqlite'),
    /** Days that samples are kept; 0 means for ever. */
    retention: int({ fallback: 400, min: 0, max: 36_500 }),
    /** Days that stopped instances and the times of power on and off are kept; 0 means for ever. */
    keepInstances: int({ fallback: 3650, min: 0, max: 36_500 }),
    /** Stopped instances of one socket that are kept. */
    mostInstances: int({ fallback: 100_000, min: 100, max: 10_000_000 }),
    /** Megabytes that the file may take; 0 means as much as there is. */
    mostSpace: int({ fallback: 0, min: 0, max: 100_000_000 }),
})
