import type { Kysely } from 'kysely'
import type { Database } from './schema.ts'

export type Read<T> = (db: Kysely<Database>) => Promise<T>
/** May be run again when the first run was undone, so it changes nothing but the database. */
export type Write = (db: Kysely<Database>) => Promise<void>

/** What a repository sees of the database. */
export interface Access {
    read<T>(run: Read<T>): Promise<T>
    /** Resolves once it is committed. */
    write(run: Write): Promise<void>
    /** Another one whenever the database was opened anew: it may be another file. */
    readonly opened: number
    /**
     * Has something written whenever another database than the one of before was opened, before anything else is: what was acknowledged
     * is to be found in it.
     */
    onAnother(rewrite: Write, signal?: AbortSignal): void
    /** Tells that there is more in a write than when it was asked for. */
    grown(): void
}
