import type { Answer } from './job.ts'
import { isInFlight, type JobRecord, policyOf } from './record.ts'
import { attemptFailed, ended, ignored, moved, type Stepped, type Times } from './steps.ts'

/** Answers that do not count are put down so often for a job: a robot may send any number of them. */
const MOST_STRAYS = 20

/** What its own target says of a job. */
export function answered(job: JobRecord, answer: Answer, now: Times): Stepped {
    const { fence = job.fence, status, text = null } = answer
    if (!isInFlight(job) || fence !== job.fence) return stray(job, 'late', answer, now)
    const value = answer.value === undefined ? null : JSON.stringify(answer.value)
    const told = { ...job, delivery: 'confirmed' as const, value }
    if (status === 'succeeded') return ended(told, 'succeeded', now, text)
    if (status === 'cancelled') return ended(told, 'cancelled', now, text, 'CANCELLED')
    if (status === 'rejected') return attemptFailed(told, 'REJECTED', text ?? 'the robot refused it', now, { again: false })
    if (status === 'failed') return attemptFailed(told, 'FAILED', text ?? 'the robot failed', now)
    return running(job, answer, now)
}

/** Its progress is no step: only the last one is kept. */
function running(job: JobRecord, { progress: percent, text }: Answer, now: Times): Stepped {
    const isNew = percent !== undefined || text !== undefined
    const progress = isNew ? { percent: percent ?? job.progress?.percent ?? null, text: text ?? null, at: now.wall } : job.progress
    const deadlineAt = job.cancelling ? job.deadlineAt : now.task + policyOf(job).timeout
    const next: JobRecord = { ...job, status: 'running', delivery: 'confirmed', progress, deadlineAt }
    return job.status === 'running' ? { ...ignored(next), taken: true } : moved(next, 'running', now)
}

/** What another target says of a job. */
export const foreign = (job: JobRecord, answer: Answer, now: Times): Stepped => stray(job, 'foreign', answer, now)

function stray(job: JobRecord, kind: 'late' | 'foreign', { status, fence, target, text }: Answer, now: Times): Stepped {
    const next = { ...job, strays: job.strays + 1 }
    const reason = `${target} said ${status}${fence === undefined ? '' : ` of attempt ${fence}`}${text === undefined ? '' : `: ${text}`}`
    const entries = job.strays < MOST_STRAYS ? moved(next, kind, now, reason).entries : []
    return { job: next, entries, taken: false, stray: kind }
}
