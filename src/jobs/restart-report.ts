import type { Outcome } from './working-set.ts'

/** How many jobs fell due while nobody was there, and what became of them. */
export interface Restart {
    due: number
    run: number
    skipped: number
}

/** Counts what fell due before we began. */
export class RestartReport {
    readonly #publish: (restart: Restart) => void
    #restart: Restart | undefined
    #beganAt = 0

    constructor(publish: (restart: Restart) => void) {
        this.#publish = publish
    }

    /** @param now milliseconds since 1970 */
    begin(now: number): void {
        this.#beganAt = now
        this.#restart = { due: 0, run: 0, skipped: 0 }
    }

    /** @param isLast whether nothing more is due: then it is told */
    add(outcomes: readonly Outcome[], isLast: boolean): void {
        const restart = this.#restart
        if (!restart) return
        for (const { before, job, entries } of outcomes) {
            if (before !== 'scheduled' || job.dueAt >= this.#beganAt || !entries.some(({ step }) => step === 'due' || step === 'expired'))
                continue
            restart.due++
            if (job.status === 'expired') restart.skipped++
            else restart.run++
        }
        if (!isLast) return
        this.#restart = undefined
        if (restart.due > 0) this.#publish(restart)
    }
}
