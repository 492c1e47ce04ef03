import { type BigIntStats, statSync } from 'node:fs'
import { Unusable } from '../engine.ts'
import type { ConnectionGuard } from './driver.ts'

/** SQLite goes on writing to files that were deleted, replaced or emptied, where nobody will ever find it again. */
export class SameFile implements ConnectionGuard {
    /** Tells files apart as long as both are there. */
    readonly id: string
    readonly #file: string
    #log: string | undefined
    #hasVanished = false

    constructor(file: string) {
        this.#file = file
        this.id = identity(file) ?? ''
    }

    /** Whether the file was found to be gone, or another. */
    get hasVanished(): boolean {
        return this.#hasVanished
    }

    /** @throws {@link Unusable} when the file, or the log that SQLite keeps beside it, is not the one that is open */
    before(): void {
        this.#check()
        if (!this.#hasLog()) throw new Unusable('anew', "the log of the database file, which ends in '-wal', has disappeared")
    }

    /** Nobody is told before this was found right. @throws {@link Unusable} */
    after(checkpoint: () => void): void {
        this.#check()
        // What was just written is in a log that nobody finds after a restart: it has to be in the file itself.
        if (!this.#hasLog()) checkpoint()
    }

    #check(): void {
        const found = statSync(this.#file, { bigint: true, throwIfNoEntry: false })
        const isThere = found && nameOf(found) === this.id
        // One that is empty has its log thrown away when it is opened next.
        if (isThere && found.size > 0) return
        this.#hasVanished = true
        throw new Unusable('anew', `the database file has ${isThere ? 'been emptied' : 'disappeared'}`)
    }

    /** It is made with the first transaction, and stays as long as the database is open. */
    #hasLog(): boolean {
        const found = identity(`${this.#file}-wal`)
        this.#log ??= found
        return this.#log === found
    }
}

function identity(file: string): string | undefined {
    const found = statSync(file, { bigint: true, throwIfNoEntry: false })
    return found && nameOf(found)
}

const nameOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`
