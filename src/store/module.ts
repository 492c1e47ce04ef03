import type { Kysely } from 'kysely'
import type { Access } from './access.ts'
import type { ColumnTypes } from './engine.ts'

/** One step of a subject's tables towards today's. */
export type Step = (db: Kysely<unknown>, types: ColumnTypes) => Promise<void>

/** Deletes what is no longer to be kept. */
export interface Sweep {
    /** What it deletes, for the log: "old samples". */
    what: string
    /** Milliseconds after the database was opened before it runs for the first time; at once by default. */
    wait?: number
    /** @param now milliseconds since 1970 @param ending aborts when it is to end */
    run(now: number, ending: AbortSignal): Promise<void>
}

/** Deletes a portion of what is oldest, from before a time in milliseconds since 1970. @returns whether there was any */
export type FreeSpace = (before: number) => Promise<boolean>

/** What a module is given by the store that opens it. */
export interface ModuleContext {
    access<Tables>(): Access<Tables>
    /** Whether a row can be locked while others pass over it: SELECT … FOR UPDATE SKIP LOCKED. */
    readonly rowLocks: boolean
    /**
     * Has something deleted every hour while the store is open.
     * @returns what has it deleted now, or once more if that goes on already
     */
    sweep(sweep: Sweep): () => void
    /** Is asked to delete the oldest when the database has nearly reached its limit. */
    onShortage(freeSpace: FreeSpace): void
}

/** What a subject keeps: its tables, who reads and writes them, and when rows go. */
export interface StoreModule<Repository> {
    /**
     * The steps that bring its tables up to date, by name. The steps of all modules are run in the order of their names; those of one name
     * are parts of one step. A step that was ever released stays as it is: what changes later is a step of its own.
     */
    readonly migrations: Readonly<Record<string, Step>>
    open(context: ModuleContext): Repository
}

/** Modules by the names under which a store has their repositories. */
export type Modules = Readonly<Record<string, StoreModule<unknown>>>

export type Repositories<M extends Modules> = { readonly [K in keyof M]: M[K] extends StoreModule<infer R> ? R : never }
