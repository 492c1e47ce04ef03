import { afterTurn, type Clock, Refusal } from '../lib/index.ts'

/** Milliseconds of each turn of the event loop for all jobs together. */
const TURN = 10
/** Milliseconds that a job runs before the next one. */
const SLICE = 3
/** Answers that are computed at the same time: each takes memory. */
const MAX_ANSWERS = 4
/** Answers that may wait. */
const MAX_WAITING = 100

/** A job in steps of a few milliseconds at most, each of which ends with a `yield`. */
export type JobSteps<T = void> = Generator<void, T, undefined>

interface Job {
    steps: JobSteps
    /** Is called at the end, with the error if there was one. */
    done(error?: unknown): void
}

/**
 * Runs jobs in time slices, in turns, so that none blocks the event loop. A job starts at once if there is time left in this turn of the
 * event loop.
 */
export class Work {
    readonly #clock: Clock
    #jobs: Job[] = []
    #spent = 0
    #isBusy = false
    #isArmed = false
    #answers = 0
    readonly #waiting: (() => void)[] = []

    constructor(clock: Clock) {
        this.#clock = clock
    }

    /** @returns cancels the job; `done` is not called then */
    add(steps: JobSteps, done: (error?: unknown) => void): () => void {
        const job = { steps, done }
        this.#jobs.push(job)
        this.#work()
        return () => {
            this.#jobs = this.#jobs.filter((other) => other !== job)
        }
    }

    /** Runs a job that computes something. @throws {@link Refusal} 429 `TOO_MANY_REQUESTS` when too many wait, and what the steps throw */
    async answer<T>(steps: JobSteps<T>): Promise<T> {
        if (this.#answers < MAX_ANSWERS) this.#answers++
        else if (this.#waiting.length >= MAX_WAITING)
            throw new Refusal(429, 'TOO_MANY_REQUESTS', `${MAX_WAITING} queries wait for an answer already`)
        else await new Promise<void>((resolve) => this.#waiting.push(resolve))
        try {
            return await new Promise<T>((resolve, reject) => {
                function* run(): JobSteps {
                    resolve(yield* steps)
                }
                this.add(run(), reject)
            })
        } finally {
            const next = this.#waiting.shift()
            if (next) next()
            else this.#answers--
        }
    }

    #work(): void {
        if (this.#isBusy) return
        this.#isBusy = true
        for (let job = this.#next(); job; job = this.#next()) this.#slice(job)
        this.#isBusy = false
    }

    #next(): Job | undefined {
        if (this.#jobs.length > 0) this.#arm()
        return this.#spent < TURN ? this.#jobs.shift() : undefined
    }

    #slice(job: Job): void {
        const start = this.#clock.monotonic()
        const limit = Math.min(SLICE, TURN - this.#spent)
        let done: (() => void) | undefined
        let took = 0
        while (!done && took < limit) {
            done = step(job)
            took = this.#clock.monotonic() - start
        }
        this.#spent += took
        if (done) done()
        else this.#jobs.push(job)
    }

    #arm(): void {
        if (this.#isArmed) return
        this.#isArmed = true
        afterTurn(() => {
            this.#isArmed = false
            this.#spent = 0
            this.#work()
        })
    }
}

/** Runs a step. @returns what to call if it was the last one */
function step({ steps, done }: Job): (() => void) | undefined {
    try {
        return steps.next().done ? () => done() : undefined
    } catch (error) {
        return () => done(error)
    }
}
