import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
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

export interface SqliteEngineOptions {
    /** Absolute, or `:memory:`. */
    file: string
    /** Called when the file is free again after it was refused because another store had it. */
    freed: () => void
    warn: (text: string) => void
    trace?: ((sql: string) => void) | undefined
}

/** A database in a file of SQLite's, or in memory. */
export function sqliteEngine({ file, freed, warn, trace }: SqliteEngineOptions): Engine {
    const owner = {}
    let claimed: string | undefined
    let disown: (() => void) | undefined
    let wasOpen = false

    function letGo(): void {
        disown?.()
        disown = undefined
        if (claimed) release(claimed, owner, freed)
        claimed = undefined
    }

    function prepare(): void {
        // Once there was a directory, making it again would hide that a disk is gone.
        if (!wasOpen) mkdirSync(dirname(file), { recursive: true })
        const path = realPath(file)
        if (claimed !== path) letGo()
        claimed = path
        claim(path, owner, freed)
        if (wasOpen && !existsSync(file)) warn('the database file is gone: starting with an empty one')
        inspect(file)
        disown ??= own(path)
    }

    return {
        open() {
            const inMemory = file === ':memory:'
            if (!inMemory) prepare()
            const database = new DatabaseSync(file, { enableForeignKeyConstraints: false })
            try {
                configure(database, inMemory ? undefined : warn)
                const guard = inMemory ? () => {} : sameFile(file)
                wasOpen = true
                return new Kysely<Database>({ dialect: sqliteDialect(database, { guard, trace }) })
            } catch (error) {
                database.close()
                throw error
            }
        },
        fault: sqliteFault,
        release: letGo,
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

/** SQLite goes on writing to a file that was deleted or replaced, where nobody will ever find it again. */
function sameFile(file: string): () => void {
    const opened = statSync(file, { bigint: true })
    return () => {
        const found = statSync(file, { bigint: true, throwIfNoEntry: false })
        if (found?.ino !== opened.ino || found.dev !== opened.dev) throw new Unusable('anew', 'the database file has disappeared')
    }
}
