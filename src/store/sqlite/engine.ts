import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { type Engine, Unusable } from '../engine.ts'
import type { Database } from '../schema.ts'
import { claim, release } from './claims.ts'
import { sqliteDialect } from './dialect.ts'
import { sqliteFault } from './faults.ts'
import { inspect } from './inspect.ts'
import { own } from './ownership.ts'
import { SameFile } from './same-file.ts'

export interface SqliteEngineOptions {
    /** Absolute, or `:memory:`. */
    file: string
    /** Called when the file is free again after it was refused because another store had it. */
    freed: () => void
    warn: (text: string) => void
    trace?: ((sql: string) => void) | undefined
}

/** A database in a file of SQLite's, or in memory. */
export const sqliteEngine = (options: SqliteEngineOptions): Engine => new SqliteEngine(options)

class SqliteEngine implements Engine {
    readonly fault = sqliteFault
    isAnother = false
    readonly #o: SqliteEngineOptions
    readonly #inMemory: boolean
    readonly #owner = {}
    #claimed: string | undefined
    #disown: (() => void) | undefined
    #wasOpen = false
    /** What is open, or was open last. */
    #file: SameFile | undefined

    constructor(options: SqliteEngineOptions) {
        this.#o = options
        this.#inMemory = options.file === ':memory:'
    }

    open(): Kysely<Database> {
        const { file, warn, trace } = this.#o
        const hasVanished = this.#prepare()
        const database = new DatabaseSync(file, { enableForeignKeyConstraints: false })
        try {
            configure(database, this.#inMemory ? undefined : warn)
            const guard = this.#inMemory ? undefined : new SameFile(file)
            this.isAnother = this.#wasOpen && (this.#inMemory || hasVanished || guard?.id !== this.#file?.id)
            this.#file = guard
            this.#wasOpen = true
            return new Kysely<Database>({ dialect: sqliteDialect(database, { guard, trace }) })
        } catch (error) {
            database.close()
            throw error
        }
    }

    check(): void {
        this.#file?.before()
    }

    release(): void {
        this.#disown?.()
        this.#disown = undefined
        if (this.#claimed) release(this.#claimed, this.#owner, this.#o.freed)
        this.#claimed = undefined
    }

    /** @returns whether the file that was open before was gone at some time */
    #prepare(): boolean {
        if (this.#inMemory) return false
        const { file, warn, freed } = this.#o
        // Once there was a directory, making it again would hide that a disk is gone.
        if (!this.#wasOpen) makeDirectory(dirname(file))
        const isGone = this.#wasOpen && !existsSync(file)
        const hasVanished = isGone || this.#file?.hasVanished === true
        const path = realPath(file)
        // The lock may be gone with the file.
        if (this.#claimed !== path || hasVanished) this.release()
        this.#claimed = path
        claim(path, this.#owner, freed)
        if (isGone) warn(`${file} is gone: starting with an empty one, in which sockets, what runs and devices are written down again`)
        inspect(file)
        this.#disown ??= own(path)
        return hasVanished
    }
}

/** One level at the most: a path that is wrong further up is a mistake. */
function makeDirectory(directory: string): void {
    if (existsSync(directory)) return
    try {
        mkdirSync(directory)
    } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
        const reason = denied ? 'permission denied' : code === 'ENOENT' ? 'there is no such directory, and it cannot be made' : message
        throw new Unusable('anew', `cannot write ${directory}: ${reason}`)
    }
}

/** @param warn for a file only */
function configure(database: DatabaseSync, warn: ((text: string) => void) | undefined): void {
    // node:sqlite is synchronous: waiting for a lock inside of it would stop everything else.
    database.exec('pragma busy_timeout = 0')
    const mode = database.prepare('pragma journal_mode = wal').get()?.journal_mode
    if (warn && mode !== 'wal') warn(`the disk does not support SQLite's write-ahead log; going on more slowly with "${mode}"`)
    database.exec('pragma synchronous = full')
    database.exec('pragma journal_size_limit = 67108864')
}

/** The file may not be there yet, and may be named through links. */
function realPath(file: string): string {
    try {
        return realpathSync.native(file)
    } catch {
        return join(realpathSync.native(dirname(file)), basename(file))
    }
}
