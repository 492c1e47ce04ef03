/** Whether a topic filter is one: `+` fills a level, `#` fills the last (MQTT 3.1.1, section 4.7). */
export function isFilter(filter: string): boolean {
    const levels = filter.split('/')
    return (
        filter !== '' &&
        !filter.includes('\0') &&
        levels.every((level, i) => level === '+' || (level === '#' && i === levels.length - 1) || !/[+#]/.test(level))
    )
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
