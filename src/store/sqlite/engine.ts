import { accessSync, constants, existsSync, mkdirSync, realpathSync, statfsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely, sql } from 'kysely'
import { claim, release } from '../claims.ts'
import type { DiskSpace } from '../disk-space.ts'
import { type ColumnTypes, type Engine, type EngineTables, type Fault, Unusable } from '../engine.ts'
import { sqliteDialect } from './dialect.ts'
import { sqliteFault } from './faults.ts'
import { inspect } from './inspect.ts'
import { LogSync } from './log-sync.ts'
import { own } from './ownership.ts'
import { SameFile } from './same-file.ts'

export interface SqliteEngineOptions {
    /** Absolute, or `:memory:`. */
    file: string
    /** Called when the file is free again after it was refused because another store had it. */
    freed: () => void
    /** Whether a step of this name is among those that bring tables up to date. */
    isKnown: (step: string) => boolean
    warn: (text: string) => void
    /** The most that it may take, in bytes; 0 means as much as there is. */
    limit?: number | undefined
    trace?: ((sql: string) => void) | undefined
}

/** A database in a file of SQLite's, or in memory. */
export const sqliteEngine = (options: SqliteEngineOptions): Engine => new SqliteEngine(options)

export const columnTypes: ColumnTypes = {
    counter: ['integer', (column) => column.primaryKey().autoIncrement()],
    keyFirst: (table) => table.modifyEnd(sql`without rowid`),
}

class SqliteEngine implements Engine {
    readonly types = columnTypes
    readonly rowLocks = false
    isAnother = false
    readonly #o: SqliteEngineOptions
    readonly #inMemory: boolean
    readonly #owner = {}
    #claimed: string | undefined
    #disown: (() => void) | undefined
    #wasOpen = false
    /** What is open, or was open last. */
    #file: SameFile | undefined
    #database: DatabaseSync | undefined
    #log: LogSync | undefined

    readonly fault = (error: unknown): Fault | undefined => {
        const fault = sqliteFault(error)
        const space = fault?.recovery === 'here' ? this.diskSpace() : undefined
        if (!fault || !space || space.limit === 0 || space.free < space.limit / 100) return fault
        return { ...fault, reason: `the database has reached its limit of ${Math.floor(space.limit / 1_048_576)} MB` }
    }

    constructor(options: SqliteEngineOptions) {
        this.#o = options
        this.#inMemory = options.file === ':memory:'
    }

    open(): Kysely<EngineTables> {
        const { file, warn, trace } = this.#o
        const hasVanished = this.#prepare()
        const database = new DatabaseSync(file, { enableForeignKeyConstraints: false })
        try {
            configure(database)
            const hasLog = !this.#inMemory && writesAhead(database, warn)
            restrict(database, this.#o.limit ?? 0)
            const guard = this.#inMemory ? undefined : new SameFile(file)
            const log = hasLog ? new LogSync(file) : undefined
            // What was refused as it could not be synced may be in the file: what is true is written down again.
            const isInDoubt = this.#log?.hasFailed === true
            this.isAnother = this.#wasOpen && (this.#inMemory || hasVanished || isInDoubt || guard?.id !== this.#file?.id)
            this.#log = log
            this.#file = guard
            this.#database = database
            this.#wasOpen = true
            return new Kysely<EngineTables>({ dialect: sqliteDialect(database, { guard, log, trace }) })
        } catch (error) {
            database.close()
            throw error
        }
    }

    diskSpace(): DiskSpace | undefined {
        const { file, limit = 0 } = this.#o
        if (!this.#database || this.#inMemory) return undefined
        try {
            const { bavail, blocks, bsize } = statfsSync(dirname(file))
            const pages = pragma(this.#database, 'page_count') - pragma(this.#database, 'freelist_count')
            return { used: pages * pragma(this.#database, 'page_size'), limit, free: bavail * bsize, size: blocks * bsize }
        } catch {
            // It was closed, or its directory is gone: whoever reads or writes next finds out.
            return undefined
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
        const { file, warn, freed, isKnown } = this.#o
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
        allowed(file)
        inspect(file, isKnown)
        this.#disown ??= own(path)
        return hasVanished
    }
}

const pragma = (database: DatabaseSync, name: string): number => Number(database.prepare(`pragma ${name}`).get()?.[name])

/** What is beyond it is refused as if the disk were full. */
function restrict(database: DatabaseSync, limit: number): void {
    if (limit > 0) database.exec(`pragma max_page_count = ${Math.ceil(limit / pragma(database, 'page_size'))}`)
}

/** SQLite itself only says that it cannot open something. */
function allowed(file: string): void {
    for (const path of [dirname(file), file]) {
        try {
            accessSync(path, constants.R_OK | constants.W_OK)
        } catch (error) {
            const { code } = error as NodeJS.ErrnoException
            if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
                throw new Unusable('anew', `cannot write ${path}: permission denied`)
        }
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

function configure(database: DatabaseSync): void {
    // node:sqlite is synchronous: waiting for a lock inside of it would stop everything else.
    database.exec('pragma busy_timeout = 0; pragma synchronous = full; pragma journal_size_limit = 67108864')
}

/**
 * Has the file written by way of a log. With it SQLite is told not to sync a commit, as {@link LogSync} does.
 * @returns whether the disk supports that
 */
function writesAhead(database: DatabaseSync, warn: (text: string) => void): boolean {
    const mode = database.prepare('pragma journal_mode = wal').get()?.journal_mode
    if (mode !== 'wal') {
        warn(`the disk does not support SQLite's write-ahead log; going on more slowly with "${mode}"`)
        return false
    }
    // SQLite still syncs the log before it overwrites anything in it or in the database file.
    database.exec('pragma synchronous = normal')
    // The log is there from the first read on.
    database.prepare('select 1 from sqlite_master').get()
    return true
}

/** The file may not be there yet, and may be named through links. */
function realPath(file: string): string {
    try {
        return realpathSync.native(file)
    } catch {
        return join(realpathSync.native(dirname(file)), basename(file))
    }
}
