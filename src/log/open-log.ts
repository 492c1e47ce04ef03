import type { Clock } from '../lib/index.ts'
import { LogFile, type LogHealth, type LogPolicy } from './log-file.ts'

/** One user's part in a log. */
export interface Log extends Pick<LogFile, 'append' | 'onHealth'> {
    readonly health: LogHealth
    /** Lets go of the log: what waits is written when its last user does. */
    close(): Promise<void>
}

/** One writer for each file in the process: two would rename it under each other. */
const logs = new Map<string, LogFile>()

/** Opens a log for one more user. @param file an absolute path; of a log by days, the date goes before the extension */
export function openLog(file: string, policy: LogPolicy, clock: Clock): Log {
    const key = `${policy.by} ${file}`
    const log = logs.get(key) ?? new LogFile(file, clock)
    const own = { ...policy }
    logs.set(key, log)
    log.policies.add(own)
    return {
        get health() {
            return log.health
        },
        append: (line) => log.append(line),
        onHealth: (listener, signal) => log.onHealth(listener, signal),
        async close() {
            if (log.policies.size > 1) return void log.policies.delete(own)
            if (logs.get(key) === log) logs.delete(key)
            await log.close()
        },
    }
}
