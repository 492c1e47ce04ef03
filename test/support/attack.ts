import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningNodeRed } from './node-red.ts'

/** Of a Node-RED that is attacked: what a small machine has to spare, in its environment. */
export const HEAP = { NODE_OPTIONS: '--max-old-space-size=512' }

/** That a Node-RED lives, and answers within so many milliseconds. @returns how many it took */
export async function lives(red: RunningNodeRed, within = 2000): Promise<number> {
    const from = performance.now()
    const response = await fetch(`${red.url}/settings`, { signal: AbortSignal.timeout(within) })
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`Node-RED answers with ${response.status}`)
    return performance.now() - from
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
