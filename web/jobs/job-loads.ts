import { Backoff } from '../shared/backoff.ts'
import type { Refused } from '../shared/rest.ts'
import type { Range } from '../shared/time-window.ts'
import type { JobsModel } from './jobs-model.ts'
import type { JobFilter } from './service.ts'

/** Jobs of the time line that are read at the most, and in one answer. */
const MOST = 2000
const PAGE = 500

/** Reads the jobs that the live events do not tell of: of the list, and of the time that the time line shows. */
export class JobLoads {
    /** Why something could not be read, in words: what is shown may lack it. Blank if all was read. */
    trouble = ''
    /** Where the list goes on, if the server has more. */
    next: string | undefined
    /** Whether the time line has not all jobs of its time. */
    isCut = false
    readonly #model: JobsModel
    readonly #changed: () => void
    readonly #backoff = new Backoff()
    /** What could not be read, and is tried again. */
    readonly #failed = new Set<'list' | 'range'>()
    /** Answers that are waited for. */
    #pending = 0
    #filter: JobFilter = {}
    #range: Range | undefined
    /** The range that was read last: only the latest answer counts. */
    #turn = 0

    constructor(model: JobsModel, changed: () => void) {
        this.#model = model
        this.#changed = changed
    }

    /** @param after where the page before ended */
    list(filter: JobFilter, after?: string): Promise<void> {
        this.#filter = filter
        return this.#try('list', async () => {
            const next = await this.#model.load({ ...filter, after })
            if (filter === this.#filter) this.next = next
        })
    }

    range(range: Range): Promise<void> {
        this.#range = range
        const turn = ++this.#turn
        return this.#try('range', async () => {
            const { now } = this.#model
            const { from, to } = range
            // What is nearest to now matters most.
            const parts =
                now > from && now < to
                    ? [
                          { from: now, to, isAscending: true },
                          { from, to: now },
                      ]
                    : [{ ...range, isAscending: true }]
            const whole = await Promise.all(parts.map((part) => this.#pages(part, MOST / parts.length, turn)))
            if (turn === this.#turn) this.isCut = whole.includes(false)
        })
    }

    /** The time line goes on with time: reads what has come into it. */
    follow(range: Range): void {
        const known = this.#range
        if (known && Math.abs(range.to - known.to) > (range.to - range.from) / 8) void this.range(range)
    }

    again(): void {
        this.#backoff.cancel()
        if (this.#failed.has('list')) void this.list(this.#filter)
        if (this.#failed.has('range') && this.#range) void this.range(this.#range)
    }

    /** @returns whether that was all */
    async #pages(filter: JobFilter, most: number, turn: number): Promise<boolean> {
        let after: string | undefined
        for (let count = 0; count < most; count += PAGE) {
            after = await this.#model.load({ ...filter, after, limit: PAGE })
            if (after === undefined || turn !== this.#turn) return true
        }
        return false
    }

    async #try(what: 'list' | 'range', read: () => Promise<void>): Promise<void> {
        this.#pending++
        try {
            await read()
            this.#failed.delete(what)
        } catch (error) {
            this.#failed.add(what)
            this.trouble = (error as Refused).message
            if (!this.#backoff.isWaiting) this.#backoff.wait(() => this.again())
        }
        this.#pending--
        if (this.#failed.size === 0 && this.#pending === 0) this.#succeeded()
        this.#changed()
    }

    #succeeded(): void {
        this.trouble = ''
        this.#backoff.cancel()
        this.#backoff.reset()
        this.#model.dropOld()
    }
}
