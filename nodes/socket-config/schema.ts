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
        v.check(
            (value) => value.includes('%prefix%') && /%(topic|id|hostname)%/.test(value),
            'must contain %prefix%, and %topic%, %id% or %hostname%',
        ),
    ),
    /** What `%id%` stands for: the plug's MAC address, with or without colons. */
    plugId: v.pipe(
        topic(''),
        v.transform((value) => (/^([\da-f]{2}[:-]){5}[\da-f]{2}$/i.test(value) ? value.replaceAll(/[:-]/g, '').toUpperCase() : value)),
    ),
    /** What `%hostname%` stands for. */
    hostname: topic(''),
    /** Prefix1 to Prefix3 of the plug. */
    commandPrefix: topic('cmnd'),
    answerPrefix: topic('stat'),
    reportPrefix: topic('tele'),
    /** GroupTopics of the plug, with commas between. */
    groupTopics: topic('tasmotas'),
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
