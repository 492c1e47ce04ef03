import type { Clock } from '../../src/lib/index.ts'

interface Call {
    at: number
    order: number
    run: () => void
}

/** A clock that stands still until a test moves it. Its two readings are far apart, so that nobody can take one for the other. */
export class FakeClock implements Clock {
    /** What has passed, in monotonic time. */
    #passed = 5_000_000
    /** What the wall clock is ahead of that. */
    #offset: number
    #order = 0
    readonly #calls = new Set<Call>()

    constructor(now = 1_700_000_000_000) {
        this.#offset = now - this.#passed
    }

    now(): number {
        return this.#passed + this.#offset
    }

    monotonic(): number {
        return this.#passed
    }

    after(ms: number, run: () => void): () => void {
        const call = { at: this.#passed + Math.max(ms, 0), order: this.#order++, run }
        this.#calls.add(call)
        return () => this.#calls.delete(call)
    }

    /** How many calls are outstanding: 0 where nothing may keep a timer. */
    get pending(): number {
        return this.#calls.size
    }

    /** Moves on, calling what falls due on the way in order, also what those calls ask for. */
    advance(ms: number): void {
        const end = this.#passed + ms
        for (let next = this.#next(); next && next.at <= end; next = this.#next()) {
            this.#calls.delete(next)
            this.#passed = Math.max(this.#passed, next.at)
            next.run()
        }
        this.#passed = end
    }

    /** Moves on as {@link advance} does, and lets promises settle after each call. */
    async advanceAsync(ms: number): Promise<void> {
        const end = this.#passed + ms
        await settle()
        for (let next = this.#next(); next && next.at <= end; next = this.#next()) {
            this.#calls.delete(next)
            this.#passed = Math.max(this.#passed, next.at)
            next.run()
            await settle()
        }
        this.#passed = end
        await settle()
    }

    /** Sets the wall clock forward or back, as an operator or NTP does: no other time passes, and nothing falls due by it. */
    jump(ms: number): void {
        this.#offset += ms
    }

    /** The machine sleeps: both clocks go on, and timers stand still. */
    sleep(ms: number): void {
        this.#passed += ms
        for (const call of this.#calls) call.at += ms
    }

    #next(): Call | undefined {
        let first: Call | undefined
        for (const call of this.#calls) if (!first || call.at < first.at || (call.at === first.at && call.order < first.order)) first = call
        return first
    }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
