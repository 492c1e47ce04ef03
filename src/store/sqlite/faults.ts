import { type Fault, Unusable } from '../engine.ts'

/** SQLite's primary result codes that tell of the file rather than of the query: https://www.sqlite.org/rescode.html */
const faults: Record<number, Fault> = {
    5: { recovery: 'soon', reason: 'the database file is locked by another process' },
    6: { recovery: 'soon', reason: 'the database file is locked' },
    7: { recovery: 'anew', reason: 'the database cannot be used: out of memory' },
    8: { recovery: 'anew', reason: 'the database file cannot be written: it is read-only' },
    10: { recovery: 'anew', reason: 'the database file cannot be written: the disk reports an error' },
    11: { recovery: 'anew', reason: 'the database file is damaged' },
    13: { recovery: 'here', reason: 'the database file cannot be written: the disk is full' },
    14: { recovery: 'anew', reason: 'the database file cannot be opened' },
    15: { recovery: 'soon', reason: 'the database file is locked by another process' },
    26: { recovery: 'anew', reason: 'the file is not a database' },
}

/** What an error of node:sqlite or of the file system says about the database file; nothing if the query was wrong. */
export function sqliteFault(error: unknown): Fault | undefined {
    if (error instanceof Unusable) return error.fault
    if (!(error instanceof Error)) return undefined
    if ('errcode' in error && typeof error.errcode === 'number') return faults[error.errcode & 0xff]
    if ('syscall' in error) return { recovery: 'anew', reason: `the database file cannot be opened: ${error.message}` }
    if ('code' in error && error.code === 'ERR_INVALID_STATE') return { recovery: 'anew', reason: 'the database file was closed' }
    return undefined
}
