import { DatabaseSync } from 'node:sqlite'
import { Unusable } from '../engine.ts'

/** SQLite's primary result codes for a file that somebody else has locked, and for those that are no database of its. */
const [BUSY, DAMAGED, FOREIGN] = [5, 11, 26]

/**
 * Keeps other processes from a database file, with a lock on a file beside it: two Node-REDs on one would both switch what is due. The
 * system lets go of the lock however the process ends, and everybody may still read the database.
 * @returns what lets go of it
 * @throws {@link Unusable} when another process has it
 */
export function own(path: string): () => void {
    const lock = new DatabaseSync(`${path}-lock`)
    try {
        lock.exec('pragma busy_timeout = 0; pragma journal_mode = memory')
        lock.exec('begin exclusive')
    } catch (error) {
        lock.close()
        const { errcode } = error as { errcode?: unknown }
        if (errcode === BUSY) throw new Unusable('soon', 'the database file is already used by another process')
        if (errcode === DAMAGED || errcode === FOREIGN)
            throw new Unusable('anew', `${path}-lock is not the lock file that belongs beside the database: move it away`)
        throw error
    }
    return () => lock.close()
}
