import { checked, choice, duration, flag, int, list, requiredNode, settings, text, topic, transformed } from '../../src/node-red/fields.ts'

const isFullTopic = (value: string) => value.includes('%prefix%') && /%(topic|id|hostname)%/.test(value)
const isMac = /^([\da-f]{2}[:-]){5}[\da-f]{2}$/i

/** A price, with the days and the time of day that it is for, as `tariffOf` reads it. */
const isRate = (entry: string) =>
    /^((sun|mon|tue|wed|thu|fri|sat)(-(sun|mon|tue|wed|thu|fri|sat))?\s+)?(([01]?\d|2[0-3]):[0-5]\d-(([01]?\d|2[0-3]):[0-5]\d|24:00)\s+)?\d+(\.\d+)?$/i.test(
        entry,
    )

/** After a price without a time no other would ever count: `0,32` is meant to be one price. */
const isInOrder = (prices: string) =>
    prices
        .split(',')
        .slice(0, -1)
        .every((entry) => entry.trim().includes(' '))

const priceList = 'must be prices such as 0.32 or Mon-Fri 06:00-22:00 0.36, one without a time last'

export const SocketConfig = settings({
    /** What `msg.socket` calls it by. */
    name: text(),
    broker: requiredNode('socketworks-broker-config'),
    topic: topic('smart-socket'),
    store: requiredNode('socketworks-store-config'),
    family: choice('tasmota'),
    fullTopic: checked(topic('%prefix%/%topic%/'), isFullTopic, 'must contain %prefix%, and %topic%, %id% or %hostname%'),
    /** What `%id%` stands for: the plug's MAC address, with or without colons. */
    plugId: transformed(topic(''), (value) => (isMac.test(value) ? value.replaceAll(/[:-]/g, '').toUpperCase() : value)),
    /** What `%hostname%` stands for. */
    hostname: topic(''),
    /** From 1. */
    relay: int({ fallback: 1, min: 1, max: 32 }),
    /** Seconds that the plug has to confirm a command. */
    confirm: duration('s', { fallback: 5, min: 0.1, max: 600 }),
    /** Seconds between readings while an instance runs. */
    interval: duration('s', { fallback: 5, min: 0.1, max: 3600 }),
    /** Seconds between readings otherwise; 0 means none. */
    idleInterval: duration('s', { fallback: 0, min: 0, max: 86_400 }),
    /** The plug itself is told to switch off after the instance's timeout. */
    offGuard: flag(false),
    /** How energy is shared between instances that run at the same time. */
    sharing: choice('equal', 'weight', 'marginal'),
    /** Prices of a kWh with commas between, of which the first one counts that is for now; blank means that cost is not told. */
    tariff: checked(list('', isRate, priceList), isInOrder, priceList),
    /** Prefix1 to Prefix3 of the plug. */
    commandPrefix: topic('cmnd'),
    answerPrefix: topic('stat'),
    reportPrefix: topic('tele'),
    /** GroupTopics of the plug, with commas between. */
    groupTopics: topic('tasmotas'),
})
