import { afterTurn, type Clock, Refusal } from '../lib/index.ts'

/** Milliseconds of a turn of the event loop that may be worked. */
const TURN = 10
/** Of those, what one job gets before the next one has its turn. */
const SLICE = 3
/** Answers that are worked on at the same time: each takes memory. */
const MOST_ANSWERS = 4
/** Answers that may wait for that. */
const MOST_WAITING = 100

/** Something to be done a little at a time: each step takes a few milliseconds at the most. */
export type Steps<T = void> = Generator<void, T, undefined>

interface Job {
    steps: Steps
    /** Is told when it is over, and why if it failed. */
    over(error?: unknown): void
}

/**
 * Does what is asked of a fleet a step at a time, all jobs by turns, and no longer in a turn of the event loop than others can wait. A job
 * that there is time for is done at once.
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

    /** @returns what ends the job, of which nobody is told */
    add(steps: Steps, over: (error?: unknown) => void): () => void {
        const job = { steps, over }
        this.#jobs.push(job)
        this.#work()
        return () => {
            this.#jobs = this.#jobs.filter((other) => other !== job)
        }
    }

    /** Works an answer out. @throws {@link Refusal} 429 `TOO_MANY_REQUESTS` when too many wait, and what the steps throw */
    async answer<T>(steps: Steps<T>): Promise<T> {
        if (this.#answers < MOST_ANSWERS) this.#answers++
        else if (this.#waiting.length >= MOST_WAITING)
            throw new Refusal(429, 'TOO_MANY_REQUESTS', `${MOST_WAITING} queries wait for an answer already`)
        else await new Promise<void>((resolve) => this.#waiting.push(resolve))
        try {
            return await new Promise<T>((resolve, reject) => {
                function* run(): Steps {
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
        const most = Math.min(SLICE, TURN - this.#spent)
        let over: (() => void) | undefined
        let took = 0
        while (!over && took < most) {
            over = step(job)
            took = this.#clock.monotonic() - start
        }
        this.#spent += took
        if (over) over()
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

/** @returns how the job ends, if it does */
function step({ steps, over }: Job): (() => void) | undefined {
    try {
        return steps.next().done ? () => over() : undefined
    } catch (error) {
        return () => over(error)
    }
}
