import { readFileSync } from 'node:fs'

/** Milliseconds that processors have worked for this process and for those it started and that have ended; for this one alone if not on Linux. */
export function processorTime(): number {
    try {
        // See proc_pid_stat(5): utime, stime, cutime and cstime, in hundredths of a second, behind a name that may have spaces in it.
        const behindName = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)!
        const times = behindName.split(' ').slice(11, 15)
        return times.reduce((sum, time) => sum + Number(time) * 10, 0)
    } catch {
        const { user, system } = process.cpuUsage()
        return (user + system) / 1000
    }
}
