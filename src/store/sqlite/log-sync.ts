import { closeSync, fdatasync, openSync } from 'node:fs'
import { Unusable } from '../engine.ts'

/**
 * Has SQLite's write-ahead log written to the disk, in the thread pool: SQLite itself would keep the event loop waiting. A transaction is
 * safe once the log is, as SQLite puts it into the database file only after it has synced the log once more.
 */
export class LogSync {
    readonly #handle: number
    #pending: Promise<void> = Promise.resolve()
    /** Whether something was refused that may be in the log all the same. */
    hasFailed = false

    /** @param file of the database, which has to be open, in WAL mode, and to have been read: its log is there from then on, as long as it is open */
    constructor(file: string) {
        // Windows syncs only what may be written.
        this.#handle = openSync(`${file}-wal`, 'r+')
    }

    /** Resolves once all that was committed before is on the disk. @throws {@link Unusable} */
    sync(): Promise<void> {
        this.#pending = new Promise((resolve, reject) => {
            fdatasync(this.#handle, (error) => {
                if (!error) return resolve()
                this.hasFailed = true
                reject(new Unusable('anew', `the database file cannot be written: ${error.message}`))
            })
        })
        return this.#pending
    }

    /** Waits for what is being synced: another file may have the same handle afterwards. */
    async close(): Promise<void> {
        await this.#pending.catch(() => {})
        closeSync(this.#handle)
    }
}
