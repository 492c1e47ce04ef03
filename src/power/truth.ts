import type { Parts } from './parts.ts'
import type { SocketTruth } from './repository.ts'

/**
 * What is known of a socket, for a store that has lost it; undefined as long as what the store holds was not read.
 * @param starting instances that nobody was told of yet
 */
export function truth({ o, state, runs, ledger }: Parts, starting: ReadonlySet<string>): SocketTruth | undefined {
    if (!state.loaded) return undefined
    const running = runs.ids.filter((id) => !starting.has(id)).map((id) => ({ ...runs.get(id)! }))
    // That they stopped is kept when its turn comes, and needs them to be there.
    for (const id of ledger.stopsBehind) {
        const ended = runs.ended(id)
        if (ended) running.push(ended)
    }
    const { latest } = state.log
    // Those that wait to be kept are kept when their turn comes.
    const events = latest.slice(0, Math.max(0, latest.length - ledger.eventsBehind))
    return { socket: state.row, running, events, at: o.clock.now() }
}
