import type { JobChanges } from './job.ts'
import { jobOf } from './record.ts'
import type { Outcome } from './working-set.ts'

/** What is told of what became of jobs. */
export function changesOf(outcomes: readonly Outcome[]): Extract<JobChanges, { changes: unknown }>['changes'] {
    return outcomes.flatMap(({ before, job, entries }) => {
        const { step, reason } = entries[0] ?? { step: before === null ? 'scheduled' : 'running', reason: null }
        // What is of no interest to anybody, such as a deadline that was moved, is no step.
        return entries.length > 0 || before === null || job.status === 'running' ? { job: jobOf(job), step, reason } : []
    })
}
