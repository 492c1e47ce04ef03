import type { Kysely } from 'kysely'
import { Refusal } from '../lib/index.ts'
import type { Access } from './access.ts'

/** What goes in one write at the most: a turn of the event loop stays short. */
const MOST_AT_ONCE = 500
const MOST_BYTES = 1_048_576
/** Somebody who adds faster than the disk takes it is refused before memory runs out. */
const MOST_WAITING = 20_000

interface Batch<T> {
    items: T[]
    bytes: number
    /** Nothing is added once it is being written: it may be written a second time, and must be the same then. */
    isSealed: boolean
    written: Promise<void>
}

/** Gathers what is to be written until the next commit comes, so that a thousand cost a few statements. */
export class Batches<Tables, T, Result> {
    readonly #access: Access<Tables>
    readonly #put: (db: Kysely<Tables>, items: readonly T[]) => Promise<Result>
    readonly #committed: (result: Result) => void
    #batch: Batch<T> | undefined
    #waiting = 0

    /** @param committed is told, before anybody else, what came of a write */
    constructor(
        access: Access<Tables>,
        put: (db: Kysely<Tables>, items: readonly T[]) => Promise<Result>,
        committed: (result: Result) => void,
    ) {
        this.#access = access
        this.#put = put
        this.#committed = committed
    }

    /** Resolves once it is committed. */
    add(item: T, bytes: number): Promise<void> {
        if (this.#waiting >= MOST_WAITING) return Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'too much waits to be written'))
        const batch = this.#open()
        batch.items.push(item)
        batch.bytes += bytes
        this.#waiting++
        this.#access.grown()
        if (batch.items.length >= MOST_AT_ONCE || batch.bytes >= MOST_BYTES) batch.isSealed = true
        return batch.written
    }

    /** What is added from now on is written in a later write. */
    seal(): void {
        if (this.#batch) this.#batch.isSealed = true
    }

    #open(): Batch<T> {
        if (this.#batch && !this.#batch.isSealed) return this.#batch
        const batch: Batch<T> = { items: [], bytes: 0, isSealed: false, written: Promise.resolve() }
        batch.written = this.#write(batch)
        this.#batch = batch
        return batch
    }

    async #write(batch: Batch<T>): Promise<void> {
        let result: Result | undefined
        try {
            await this.#access.write(async (db) => {
                batch.isSealed = true
                result = await this.#put(db, batch.items)
            })
            this.#committed(result as Result)
        } finally {
            batch.isSealed = true
            this.#waiting -= batch.items.length
        }
    }
}
