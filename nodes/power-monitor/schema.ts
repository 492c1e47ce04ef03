import * as v from 'valibot'
import { chosen, flag, number, text } from '../../src/node-red/fields.ts'

export const PowerMonitorConfig = v.object({
    name: text(),
    socket: chosen,
    /** Tell when an appliance starts and finishes. */
    detect: flag(false),
    /** W and seconds: it has started once it draws at least so much for so long, ... */
    startPower: number({ fallback: 10, min: 0, max: 100_000 }),
    startHold: number({ fallback: 10, min: 0, max: 86_400 }),
    /** ... and has finished once it draws less than this for so long. */
    finishPower: number({ fallback: 5, min: 0, max: 100_000 }),
    finishHold: number({ fallback: 60, min: 0, max: 86_400 }),
})
