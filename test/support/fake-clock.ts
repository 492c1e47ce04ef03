import type { Clock } from '../../src/clock/index.ts'

interface Call {
    at: number
    order: number
    run: () => void
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
    #now: number
    #order = 0
    readonly #calls = new Set<Call>()

    constructor(now = 1_700_000_000_000) {
        this.#now = now
    }

    now(): number {
        return this.#now
    }

    after(ms: number, run: () => void): () => void {
        const call = { at: this.#now + Math.max(ms, 0), order: this.#order++, run }
        this.#calls.add(call)
        return () => this.#calls.delete(call)
    }

    /** How many calls are outstanding: 0 where nothing may keep a timer. */
    get pending(): number {
        return this.#calls.size
    }

    /** Moves on, calling what falls due on the way in order, also what those calls ask for. */
    advance(ms: number): void {
        const end = this.#now + ms
        for (let next = this.#next(); next && next.at <= end; next = this.#next()) {
            this.#calls.delete(next)
            this.#now = Math.max(this.#now, next.at)
            next.run()
        }
        this.#now = end
    }

    /** Moves on as {@link advance} does, and lets promises settle after each call. */
    async advanceAsync(ms: number): Promise<void> {
        const end = this.#now + ms
        await settle()
        for (let next = this.#next(); next && next.at <= end; next = this.#next()) {
            this.#calls.delete(next)
            this.#now = Math.max(this.#now, next.at)
            next.run()
            await settle()
        }
        this.#now = end
        await settle()
    }

    /** Sets the wall clock, as an operator or NTP does: nothing falls due by it, and what is outstanding keeps its distance. */
    jump(ms: number): void {
        this.#now += ms
        for (const call of this.#calls) call.at += ms
    }

    #next(): Call | undefined {
        let first: Call | undefined
        for (const call of this.#calls) if (!first || call.at < first.at || (call.at === first.at && call.order < first.order)) first = call
        return first
    }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
