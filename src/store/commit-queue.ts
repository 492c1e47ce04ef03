import { afterTurn, type Clock } from '../lib/index.ts'

/** A turn of the event loop stays short whatever comes in at once. */
const MOST_AT_ONCE = 250
/** Turns that a commit is put off while each of them brings more: syncing the disk costs the same for one write as for all. */
const TURNS = 4
/** Milliseconds that it is put off at the most, where the one before took as long: a slow disk is given more at once. */
const LONGEST = 10
/** Milliseconds between two looks at whether more has come. */
const LOOK = 1
/** Somebody who adds faster than the disk takes it is refused before memory runs out. */
const MOST_WAITING = 20_000

interface Entry<Write> {
    write: Write
    resolve(): void
    reject(error: unknown): void
}

/**
 * Commits a list of writes in one transaction.
 * @returns for each write the error that undid it alone, if any
 * @throws when none of them was committed
 */
export type Commit<Write> = (writes: Write[]) => Promise<unknown[]>

/** Gathers what arrives in one turn of the event loop, or in a few while more comes with each, so that it costs one commit. */
export class CommitQueue<Write> {
    readonly #commit: Commit<Write>
    readonly #full: () => Error
    readonly #clock: Clock
    #waiting: Entry<Write>[] = []
    #busy = false
    #grown = false
    /** How long the last commit took, in milliseconds. */
    #took = 0
    /** How many writes were in it, unless others had come by its end. */
    #size = 0
    #idle: (() => void)[] = []

    /** @param full makes the error for those that come while too many wait */
    constructor(commit: Commit<Write>, full: () => Error, clock: Clock) {
        this.#commit = commit
        this.#full = full
        this.#clock = clock
    }

    push(write: Write): Promise<void> {
        if (this.#waiting.length >= MOST_WAITING) return Promise.reject(this.#full())
        return new Promise((resolve, reject) => {
            this.#waiting.push({ write, resolve, reject })
            this.#grown = true
            if (!this.#busy) this.#arm()
        })
    }

    /** Tells that there is more to commit than before. */
    grown(): void {
        this.#grown = true
    }

    /** Resolves once nothing waits any more. */
    async idle(): Promise<void> {
        if (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve))
    }

    #arm(): void {
        this.#busy = true
        this.#gather(TURNS, this.#clock.monotonic() + Math.min(this.#took, LONGEST))
    }

    #gather(turns: number, until: number): void {
        this.#grown = false
        afterTurn(() => {
            const left = until - this.#clock.monotonic()
            const isFull = this.#waiting.length >= MOST_AT_ONCE
            if (this.#grown && !isFull && (turns > 1 || left > 0)) this.#gather(turns - 1, until)
            // Who was answered last comes again in a moment: on a slow disk it is faster to wait for them.
            else if (this.#waiting.length < this.#size && left > this.#took / 2 && left > LOOK)
                this.#clock.after(LOOK, () => this.#gather(1, until))
            else void this.#next()
        })
    }

    async #next(): Promise<void> {
        const batch = this.#waiting.splice(0, MOST_AT_ONCE)
        const began = this.#clock.monotonic()
        try {
            const errors = await this.#commit(batch.map(({ write }) => write))
            this.#took = this.#clock.monotonic() - began
            this.#size = this.#waiting.length > 0 ? 0 : batch.length
            batch.forEach((entry, i) => {
                if (errors[i] === undefined) entry.resolve()
                else entry.reject(errors[i])
            })
        } catch (error) {
            for (const entry of batch) entry.reject(error)
        }
        if (this.#waiting.length > 0) return this.#arm()
        this.#busy = false
        for (const resolve of this.#idle.splice(0)) resolve()
    }
}
