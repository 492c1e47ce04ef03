import { duration, flag, number, requiredNode, settings, text } from '../../src/node-red/fields.ts'

export const PowerMonitorConfig = settings({
    name: text(),
    socket: requiredNode('socketworks-socket-config'),
    /** Tell when an appliance starts and finishes. */
    detect: flag(false),
    /** W and seconds: an appliance has started once it draws at least so much for so long, ... */
    startPower: number({ fallback: 10, min: 0, max: 100_000 }),
    startHold: duration('s', { fallback: 10, min: 0, max: 86_400 }),
    /** ... and has finished once it draws less than this for so long. */
    finishPower: number({ fallback: 5, min: 0, max: 100_000 }),
    finishHold: duration('s', { fallback: 60, min: 0, max: 86_400 }),
})
