import type { Kysely } from 'kysely'
import type { Room } from './room.ts'
import type { Database } from './schema.ts'

/**
 * How a store gets over a fault: `soon` by trying again in a moment, `here` by trying again later on the same connection,
 * `anew` by opening the database again.
 */
export type Recovery = 'soon' | 'here' | 'anew'

/** Why the database cannot be used. It is the fault of the world, not of the query. */
export interface Fault {
    recovery: Recovery
    /** A short sentence without an end, for people. */
    reason: string
}

/** What a kind of database brings with it. Everything else in `src/store` is the same for all kinds. */
export interface Engine {
    /** Opens the database. Nothing may have been written to it when this fails. */
    open(): Kysely<Database> | Promise<Kysely<Database>>
    /** Whether the database that was opened last is not the one, or not for sure the one, that was open before. */
    readonly isAnother: boolean
    /** How much room there is; undefined while it is not open, and in memory. */
    room(): Room | undefined
    /** @throws when what is open is not, or no longer, what anybody will find there */
    check(): void
    /** What an error of a query or of {@link open} says about the database; nothing if the query itself was wrong. */
    fault(error: unknown): Fault | undefined
    /** Lets others have the database; called once, after the last connection was closed. */
    release(): void
}

/** The database cannot be used, found out by ourselves rather than reported by the driver. */
export class Unusable extends Error {
    readonly fault: Fault

    constructor(recovery: Recovery, reason: string) {
        super(reason)
        this.fault = { recovery, reason }
    }
}
