import { badInput, identifier, word } from '../lib/index.ts'

/**
 * What a channel does with its messages, by the first level of its name. `data` keeps the latest of each key; `logs` all of them, up to a
 * limit, each with a severity; `alarms` as well, and whoever subscribes is told first which alarms are active. All others are as `logs`, but
 * who is new is told only what comes from then on.
 */
export type ChannelClass = 'data' | 'logs' | 'alarms' | 'custom'

/** A message of a channel that is kept. */
export interface ChannelMessage {
    /** Ascending over all channels. */
    readonly seq: number
    readonly channel: string
    /** Of messages of a `data` channel with the same key only the latest counts; blank is a key like any other. */
    readonly key: string
    /** Milliseconds since 1970. */
    readonly at: number
    /** JSON. */
    readonly data: string
    /** Of a log, from 0 on; all others are as severe as can be. */
    readonly severity: number
    /** The frame that subscribers are sent: JSON. */
    readonly text: string
}

const NAME = /^[\p{L}\p{N}_.-]+(\/[\p{L}\p{N}_.-]+)*$/u
/** From the least severe on. */
const severities = ['trace', 'debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const
const synonyms: Record<string, (typeof severities)[number]> = { warn: 'warning', err: 'error', fatal: 'critical' }

export function classOf(channel: string): ChannelClass {
    const [first] = channel.split('/', 1)
    return first === 'data' || first === 'logs' || first === 'alarms' ? first : 'custom'
}

/** Reads the name of a channel. @throws {@link Refusal} 422 `BAD_INPUT` */
export function channelName(field: string, given: unknown): string {
    const name = identifier(field, given)
    if (!NAME.test(name)) throw badInput(field, 'must be letters, digits, or any of _ . - in levels with / between')
    return name
}

/** Reads a channel or, with `*` as the last level, all below it: `alarms/*`, or `*` for all. @throws {@link Refusal} 422 `BAD_INPUT` */
export function channelPattern(field: string, given: unknown): string {
    const pattern = identifier(field, given)
    if (!isPattern(pattern))
        throw badInput(field, 'must be a channel, letters and digits in levels with / between, the last of which may be *')
    return pattern
}

const isPattern = (pattern: string): boolean => pattern === '*' || NAME.test(pattern.replace(/\/\*$/, ''))

/** Whether a pattern has a channel, or all channels that another pattern has. */
export const covers = (pattern: string, other: string): boolean =>
    pattern.endsWith('*') ? other.startsWith(pattern.slice(0, -1)) : pattern === other

/** Reads the least severity that somebody wants to be told. @throws {@link Refusal} 422 `BAD_INPUT` */
export const severityOf = (field: string, given: unknown): number =>
    severities.indexOf(word(field, Object.hasOwn(synonyms, String(given)) ? synonyms[String(given)] : given, severities))

/** How severe a log is: by its property `severity` or `level`, or else `info`. */
function severityIn(data: unknown): number {
    const { severity, level } = Object(data) as { severity?: unknown; level?: unknown }
    const given = String(severity ?? level).toLowerCase()
    const found = severities.indexOf((Object.hasOwn(synonyms, given) ? synonyms[given] : given) as (typeof severities)[number])
    return found === -1 ? severities.indexOf('info') : found
}

export type Draft = Pick<ChannelMessage, 'channel' | 'key' | 'at' | 'data'>

/** Completes a message that has got its place. */
export function messageOf({ channel, key, at, data }: Draft, seq: number): ChannelMessage {
    const severity = classOf(channel) === 'logs' ? severityIn(JSON.parse(data)) : Number.POSITIVE_INFINITY
    const more = key === '' ? '' : `,"key":${JSON.stringify(key)}`
    const text = `{"channel":${JSON.stringify(channel)},"id":${seq},"time":${at}${more},"data":${data}}`
    return { seq, channel, key, at, data, severity, text }
}
