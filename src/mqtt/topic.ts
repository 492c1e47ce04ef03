/** Bytes of UTF-8 that a topic or filter has at the most (MQTT 3.1.1, sections 1.5.3 and 4.7.3). */
const LONGEST = 65_535
/** Characters of a topic that are shown. */
const SHOWN = 100
const MOST_SHOWN = 3

/** Whether a topic filter is one: `+` fills a level, `#` fills the last (MQTT 3.1.1, section 4.7). */
export function isFilter(filter: string): boolean {
    const levels = filter.split('/')
    return isText(filter) && levels.every((level, i) => level === '+' || (level === '#' && i === levels.length - 1) || !/[+#]/.test(level))
}

/** Whether a message can have that topic. */
export const isTopic = (topic: string): boolean => isText(topic) && !/[+#]/.test(topic)

/** The bytes are counted only where there may be too many. */
const isText = (topic: string): boolean =>
    topic !== '' && !topic.includes('\0') && (topic.length * 3 <= LONGEST || Buffer.byteLength(topic) <= LONGEST)

/** Why a text is not what it should be; the reason comes before what may be long. */
export function fault(topic: string, what: string): string {
    const bytes = Buffer.byteLength(topic)
    return bytes > LONGEST ? `a topic of ${bytes} bytes, MQTT allows ${LONGEST}: ${named([topic])}` : `${named([topic])} is not ${what}`
}

/** Topics as a text for people: the first few, and not all of a long one. */
export function named(topics: readonly string[]): string {
    const shown = topics.slice(0, MOST_SHOWN).map((topic) => (topic.length > SHOWN ? `"${topic.slice(0, SHOWN)}…"` : `"${topic}"`))
    return shown.join(', ') + (topics.length > MOST_SHOWN ? ` and ${topics.length - MOST_SHOWN} more` : '')
}

/** Whether a topic matches a filter. Wildcards at the first level do not reach topics that begin with `$`. */
export function matches(filter: string, topic: string): boolean {
    if (filter === topic) return true
    if (topic.startsWith('$') && /^[+#]/.test(filter)) return false
    return covers(filter, topic)
}

/** Whether every topic that `inner` matches is matched by `outer` too. */
export function covers(outer: string, inner: string): boolean {
    const wide = outer.split('/')
    const narrow = inner.split('/')
    for (const [i, level] of wide.entries()) {
        if (level === '#') return true
        const other = narrow[i]
        if (other === undefined || other === '#' || (level !== '+' && level !== other)) return false
    }
    return wide.length === narrow.length
}

/**
 * The fewest of the filters that match all that they match together. A broker may deliver a message once for each subscription that
 * matches it (MQTT 3.1.1, section 3.3.5), and the copies cannot be told from messages of their own.
 */
export function widest(filters: Iterable<string>): Set<string> {
    const distinct = [...new Set(filters)]
    return new Set(distinct.filter((filter) => !distinct.some((other) => other !== filter && covers(other, filter))))
}
