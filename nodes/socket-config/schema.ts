import * as v from 'valibot'
import { choice, chosen, flag, int, number, text, topic } from '../../src/node-red/fields.ts'

export const SocketConfig = v.object({
    /** What `msg.socket` calls it by. */
    name: text(),
    broker: chosen,
    store: chosen,
    family: choice('tasmota'),
    topic: topic('smart-socket'),
    fullTopic: v.pipe(
        topic('%prefix%/%topic%/'),
        v.check((value) => value.includes('%prefix%') && value.includes('%topic%'), 'must contain %prefix% and %topic%'),
    ),
    /** From 1. */
    relay: int({ fallback: 1, min: 1, max: 32 }),
    /** Seconds that the plug has to confirm a command. */
    confirm: number({ fallback: 5, min: 0.1, max: 600 }),
    /** Seconds between readings while an instance runs. */
    interval: number({ fallback: 5, min: 0.1, max: 3600 }),
    /** Seconds between readings otherwise; 0 means none. */
    idleInterval: number({ fallback: 0, min: 0, max: 86_400 }),
    /** The plug itself is told to switch off after the instance's timeout. */
    offGuard: flag(false),
})
