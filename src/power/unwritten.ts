import { Ledger } from './ledger.ts'
import type { SocketOptions } from './parts.ts'
import type { State } from './state.ts'

/**
 * The ledger of a socket. What the socket of the same id before it could not write down is taken over, and what this one cannot is left for the
 * next: an emergency stop, above all, holds over a deploy while the store is away.
 */
export function ledgerOf({ id, store, clock, signal, log, unwritten }: SocketOptions, state: State): Ledger {
    const left = unwritten?.get(id)
    unwritten?.delete(id)
    state.inherit(left?.row)
    const ledger = new Ledger({
        repository: store.power,
        socket: id,
        row: () => state.row,
        clock,
        signal,
        log,
        backlog: left?.backlog,
    })
    signal.addEventListener('abort', () => {
        const backlog = ledger.rest
        if (backlog) unwritten?.set(id, { backlog, row: state.row })
    })
    return ledger
}
