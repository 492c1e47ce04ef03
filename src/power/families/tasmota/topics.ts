export interface TopicOptions {
    topic: string
    /** With `%prefix%`, and `%topic%`, `%id%` or `%hostname%`. */
    fullTopic: string
    /** Prefix1 to Prefix3: of commands, of answers, of what it tells by itself. */
    prefixes?: readonly [cmnd: string, stat: string, tele: string] | undefined
    /** What `%id%` stands for: its MAC address without colons. */
    id?: string | undefined
    /** What `%hostname%` stands for. */
    hostname?: string | undefined
    /** Its GroupTopics. */
    groups?: readonly string[] | undefined
}

export interface Topics {
    /** Each ends with a slash; what it is about follows. */
    cmnd: string
    stat: string
    tele: string
    /** What else it takes commands on, ending with a slash. */
    groups: string[]
    /** Where OpenBeken says whether it is connected. */
    connected: string
}

/**
 * The topics of a plug, put together as the firmware does it.
 * @see https://tasmota.github.io/docs/MQTT/#mqtt-topic-definition, and for groups https://tasmota.github.io/docs/Commands/#setoption75
 */
export function topicsOf({
    topic,
    fullTopic,
    prefixes = ['cmnd', 'stat', 'tele'],
    id = '',
    hostname = '',
    groups = [],
}: TopicOptions): Topics {
    const at = (prefix: string, name: string) => {
        const words: Record<string, string> = { prefix, topic: name, id, hostname }
        const full = fullTopic.replace(/%(prefix|topic|id|hostname)%/g, (_, word: string) => words[word] ?? '')
        return `${full}/`.replace(/\/\/+/g, '/')
    }
    const [cmnd, stat, tele] = prefixes
    const grouped = fullTopic.includes('%topic%') ? groups.flatMap((group) => [at(cmnd, group), `cmnd/${group}/`]) : []
    return {
        cmnd: at(cmnd, topic),
        stat: at(stat, topic),
        tele: at(tele, topic),
        groups: [...new Set(grouped)],
        connected: `${topic}/connected`,
    }
}
