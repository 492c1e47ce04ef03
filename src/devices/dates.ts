const date = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/
/** Longer than any date, which spares looking at long texts. */
const LONGEST = 40

/**
 * The moment a text means, in milliseconds since 1970 with their fraction: ISO 8601, or `YYYY-MM-DD hh:mm:ss.ffffff` as Python has it.
 * Without a time zone it is taken for UTC. @returns NaN if it is no date
 */
export function dateOf(text: string): number {
    const parts = text.length <= LONGEST ? date.exec(text.trim()) : null
    if (!parts) return Number.NaN
    const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0)) as [
        ...[number, number, number],
        ...[number, number, number],
    ]
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return Number.NaN
    return Date.UTC(year, month - 1, day, hour, minute, second) + Number(`0.${parts[7] ?? 0}`) * 1000 - offset(parts[8] ?? 'Z')
}

/** Milliseconds that a time zone is ahead of UTC. */
function offset(zone: string): number {
    if (zone === 'Z') return 0
    const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
    return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}
