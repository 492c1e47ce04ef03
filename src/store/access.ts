import type { Kysely } from 'kysely'

export type Read<Tables, T> = (db: Kysely<Tables>) => Promise<T>
/** May be run again when the first run was undone, so it changes nothing but the database. */
export type Write<Tables> = (db: Kysely<Tables>) => Promise<void>

/** What a repository sees of the database: its own tables. */
export interface Access<Tables> {
    read<T>(run: Read<Tables, T>): Promise<T>
    /** Resolves once it is committed. */
    write(run: Write<Tables>): Promise<void>
    /** Another one whenever the database was opened anew: it may be another file. */
    readonly opened: number
    /**
     * Has something written whenever another database than the one of before was opened, before anything else is: what was acknowledged
     * is to be found in it.
     */
    onAnother(rewrite: Write<Tables>, signal?: AbortSignal): void
    /** Tells that there is more in a write than when it was asked for. */
    grown(): void
}
