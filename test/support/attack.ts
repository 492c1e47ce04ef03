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
