import type { Kysely } from 'kysely'
import type { When } from './commit-queue.ts'

export type Read<Tables, T> = (db: Kysely<Tables>) => Promise<T>
/** May be run again when the first run was undone, so it changes nothing but the database. */
export type Write<Tables> = (db: Kysely<Tables>) => Promise<void>

/** What a repository sees of the database: its own tables. */
export interface Access<Tables> {
    read<T>(run: Read<Tables, T>): Promise<T>
    /** Resolves once it is committed. @param when 'soon' by default */
    write(run: Write<Tables>, when?: When): Promise<void>
    /** How often the database was opened: each time it may be another file. */
    readonly opened: number
    /**
     * Has something written first when a database was opened that may not be the one of before, such as a file that was replaced: what was
     * acknowledged must be in it.
     */
    onAnother(rewrite: Write<Tables>, signal?: AbortSignal): void
    /** Tells that a write which waits for its commit has become larger. */
    grown(): void
}
