import { duration, flag, number, requiredNode, settings, text } from '../../src/node-red/fields.ts'

export const PowerMonitorConfig = settings({
    name: text(),
    socket: requiredNode('socketworks-socket-config'),
    /** Tell when an appliance starts, pauses and finishes. */
    detect: flag(false),
    /** W above the idle power, and seconds: an appliance has started once it draws at least so much for so long, ... */
    startPower: number({ fallback: 10, min: 0, max: 100_000 }),
    startHold: duration('s', { fallback: 10, min: 0, max: 86_400 }),
    /** ... and has paused or finished once it draws less than this for so long. */
    finishPower: number({ fallback: 5, min: 0, max: 100_000 }),
    finishHold: duration('s', { fallback: 60, min: 0, max: 86_400 }),
    /** It has only paused until it has drawn less for so long; 0: it never pauses, as in flows from before there were pauses. */
    longestPause: duration('s', { fallback: 0, min: 0, max: 86_400 }),
    /** What ran for less was aborted. */
    shortestRun: duration('s', { fallback: 0, min: 0, max: 86_400 }),
    /** Tell when there was no reading for so long; 0 for never. */
    silence: duration('s', { fallback: 0, min: 0, max: 86_400 }),
    /** For how long the idle power is looked at when a message asks for it. */
    learnFor: duration('s', { fallback: 120, min: 0, max: 86_400 }),
})
