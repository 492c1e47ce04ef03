import { afterTurn, type Clock } from '../lib/index.ts'

/** A turn of the event loop stays short whatever comes in at once. */
const MOST_AT_ONCE = 250
/** Turns that a commit is put off while each of them brings more: syncing the disk costs the same for one write as for all. */
const TURNS = 4
/** Milliseconds that it is put off at the most, where the one before took as long: a slow disk is given more at once. */
const LONGEST = 10
/** Milliseconds between two looks at whether more has come. */
const LOOK = 1
/** Milliseconds that what nobody waits for is put off, so that it holds up nothing that somebody does wait for. */
const ALONG = 100
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

/**
 * When something is committed: 'soon', with what comes in the same few turns of the event loop; 'now', at the end of this one, as nothing
 * like it follows; or 'along' with what comes next, if anything does soon.
 */
export type When = 'along' | 'soon' | 'now'

const byUrgency: readonly (When | undefined)[] = [undefined, 'along', 'soon', 'now']

/** Gathers what arrives in one turn of the event loop, or in a few while more comes with each, so that it costs one commit. */
export class CommitQueue<Write> {
    readonly #commit: Commit<Write>
    readonly #full: () => Error
    readonly #clock: Clock
    #waiting: Entry<Write>[] = []
    /** When the most urgent of what waits is to be committed; undefined if nothing waits. */
    #due: When | undefined
    #isCommitting = false
    /** Counts the waits for more: only the latest leads to a commit. */
    #wait = 0
    #grown = false
    /** How long the last commit took, in milliseconds, and when it ended. */
    #took = 0
    #endedAt = Number.NEGATIVE_INFINITY
    /** How many writes were in it, unless others had come by its end. */
    #size = 0
    #idle: (() => void)[] = []

    /** @param full makes the error for those that come while too many wait */
    constructor(commit: Commit<Write>, full: () => Error, clock: Clock) {
        this.#commit = commit
        this.#full = full
        this.#clock = clock
    }

    push(write: Write, when: When = 'soon'): Promise<void> {
        if (this.#waiting.length >= MOST_WAITING) return Promise.reject(this.#full())
        return new Promise((resolve, reject) => {
            this.#waiting.push({ write, resolve, reject })
            this.#grown = true
            if (byUrgency.indexOf(when) > byUrgency.indexOf(this.#due)) this.#begin(when)
        })
    }

    /** Tells that there is more to commit than before. */
    grown(): void {
        this.#grown = true
    }

    /** Resolves once nothing waits any more. */
    async idle(): Promise<void> {
        if (this.#due === 'along') this.#begin('now')
        if (this.#due || this.#isCommitting) await new Promise<void>((resolve) => this.#idle.push(resolve))
    }

    #begin(when: When): void {
        this.#due = when
        if (this.#isCommitting) return
        const wait = ++this.#wait
        const next = () => {
            if (wait === this.#wait) void this.#next()
        }
        if (when === 'now') queueMicrotask(next)
        else if (when === 'along') this.#clock.after(ALONG, next)
        else this.#gather(wait, TURNS, this.#clock.monotonic() + Math.min(this.#took, LONGEST))
    }

    #gather(wait: number, turns: number, until: number): void {
        this.#grown = false
        afterTurn(() => {
            if (wait !== this.#wait) return
            const now = this.#clock.monotonic()
            const left = Math.min(until, this.#endedAt + this.#took) - now
            const isFull = this.#waiting.length >= MOST_AT_ONCE
            if (this.#grown && !isFull && (turns > 1 || until > now)) this.#gather(wait, turns - 1, until)
            // Who was answered last comes again in a moment, or not for long: on a slow disk it is faster to wait for them.
            else if (this.#waiting.length < this.#size && left > this.#took / 2 && left > LOOK)
                this.#clock.after(LOOK, () => this.#gather(wait, 1, until))
            else void this.#next()
        })
    }

    async #next(): Promise<void> {
        const batch = this.#waiting.splice(0, MOST_AT_ONCE)
        if (this.#waiting.length === 0) this.#due = undefined
        this.#isCommitting = true
        this.#wait++
        const began = this.#clock.monotonic()
        try {
            const errors = await this.#commit(batch.map(({ write }) => write))
            this.#endedAt = this.#clock.monotonic()
            this.#took = this.#endedAt - began
            this.#size = this.#waiting.length > 0 ? 0 : batch.length
            batch.forEach((entry, i) => {
                if (errors[i] === undefined) entry.resolve()
                else entry.reject(errors[i])
            })
        } catch (error) {
            for (const entry of batch) entry.reject(error)
        }
        this.#isCommitting = false
        // Who waits for the queue to be empty waits for what nobody else does, too.
        if (this.#due) this.#begin(this.#due === 'along' && this.#idle.length > 0 ? 'now' : this.#due)
        else for (const resolve of this.#idle.splice(0)) resolve()
    }
}
