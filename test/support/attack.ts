import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningNodeRed } from './node-red.ts'

/** Of a Node-RED that is attacked: what a small machine has to spare, in its environment. */
export const HEAP = { NODE_OPTIONS: '--max-old-space-size=512' }

/** Milliseconds of the clock in which a machine that has much to do gets round to an answer. */
const PATIENCE = 60_000

/**
 * Measures what a process takes for something: time in which the machine let others run does not count.
 * @returns what tells how many milliseconds it were since
 */
export function busyTime(pid: number): () => number {
    const begun = performance.now()
    const before = processorTime(pid)
    return () => Math.min(performance.now() - begun, processorTime(pid) - before)
}

/** What a process has in memory, in MB. */
export const memoryOf = (pid: number): number => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024

/** Milliseconds that a process has computed; where nobody tells that, those of the clock take their place. */
function processorTime(pid: number): number {
    try {
        const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
        const [user, system] = fields.split(' ').slice(11, 13).map(Number)
        // In hundredths of a second, on all of today's Linux.
        return (user! + system!) * 10
    } catch {
        return performance.now()
    }
}

/** That a Node-RED lives, and answers before it has computed anything else for so many milliseconds. @returns how many it were */
export async function lives(red: RunningNodeRed, within = 2000): Promise<number> {
    const busy = busyTime(red.pid)
    const response = await fetch(`${red.url}/settings`, { signal: AbortSignal.timeout(PATIENCE) })
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`Node-RED answers with ${response.status}`)
    const took = busy()
    if (took > within) throw new Error(`Node-RED answers only after ${took} ms`)
    return took
}

/** Calls again and again until something is done. @returns how long the slowest call took */
export async function slowest(work: Promise<unknown>, call: () => Promise<number>): Promise<number> {
    let most = 0
    let busy = true
    const done = work.finally(() => {
        busy = false
    })
    while (busy) {
        most = Math.max(most, await call())
        await Promise.race([done, sleep(100)])
    }
    await done
    return most
}
