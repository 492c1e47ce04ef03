import type { ChannelMessage } from '../shared/channel-client.ts'

/** From the least severe on. */
export const severities = ['debug', 'info', 'notice', 'warning', 'error', 'critical'] as const
export type Severity = (typeof severities)[number]

export interface LogEntry {
    id: number
    /** Milliseconds since 1970. */
    at: number
    severity: Severity
    source: string
    text: string
    /** Here messages were missed. */
    isGap?: boolean
}

const synonyms: Record<string, Severity> = {
    ...{ trace: 'debug', warn: 'warning', err: 'error', fatal: 'critical', alert: 'critical', emergency: 'critical' },
}

export function logOf({ id, time, data }: ChannelMessage): LogEntry {
    if (typeof data !== 'object' || data === null) return { id, at: time, severity: 'info', source: '', text: String(data) }
    const { severity, level, source, text, message, ...rest } = data as Record<string, unknown>
    const given = String(severity ?? level ?? 'info').toLowerCase()
    const found = severities.find((one) => one === given) ?? synonyms[given] ?? 'info'
    const said = text ?? message
    return {
        ...{ id, at: time, severity: found },
        source: typeof source === 'string' ? source : '',
        text: typeof said === 'string' ? said : JSON.stringify(said ?? rest),
    }
}

/** Those that are severe enough and have all words of a search, latest first. */
export function selectLogs(logs: readonly LogEntry[], least: Severity, search: string): LogEntry[] {
    const words = search.toLowerCase().split(/\s+/)
    const isWanted = ({ severity, source, text, isGap }: LogEntry) =>
        isGap ||
        (severities.indexOf(severity) >= severities.indexOf(least) &&
            words.every((word) => `${source} ${text}`.toLowerCase().includes(word)))
    return logs.filter(isWanted).reverse()
}
