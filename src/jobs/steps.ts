import { backoff } from '../lib/index.ts'
import type { Cause, HistoryEntry, JobStatus, Step } from './job.ts'
import { type JobRecord, policyOf } from './record.ts'

const LONGEST_BACKOFF = 300_000

/** What time it is: by the wall clock, and by the tasks' clock that nobody sets. Both in milliseconds since 1970. */
export interface Times {
    wall: number
    task: number
}

/** One more run of a job. */
export interface Spawn {
    dueAt: number
    /** It is due at once, beside those that are planned. */
    isExtra?: boolean
}

/** What became of a job by an event. */
export interface Stepped {
    job: JobRecord
    entries: HistoryEntry[]
    spawn?: Spawn
    /** Whether the event counted. */
    taken: boolean
    /** Why an answer does not count. */
    stray?: 'late' | 'foreign'
}

/** Nothing happens. */
export const ignored = (job: JobRecord): Stepped => ({ job, entries: [], taken: false })

/** A step that is put down in the history. */
export function moved(job: JobRecord, name: Step, now: Times, reason: string | null = null, more: Partial<HistoryEntry> = {}): Stepped {
    const { status, attempt, fence } = job
    return { job, entries: [{ at: now.wall, step: name, status, attempt, fence, reason, ...more }], taken: true }
}

/** A job ends; a repeating one goes on with its next run, which was made when this one became due. */
export function ended(
    job: JobRecord,
    status: Step & JobStatus,
    now: Times,
    reason: string | null = null,
    cause: Cause | null = null,
): Stepped {
    const none = { notBefore: null, deadlineAt: null, expiresAt: null }
    return moved({ ...job, ...none, status, reason, cause, cancelling: false, endedAt: now.wall }, status, now, reason)
}

/** An attempt has failed: it is sent again after a while, unless it was sent often enough or was to be cancelled. */
export function attemptFailed(
    job: JobRecord,
    cause: Cause,
    reason: string | null,
    now: Times,
    { again = true, wait = true } = {},
): Stepped {
    if (job.cancelling) return ended(job, 'cancelled', now, reason, 'CANCELLED')
    const policy = policyOf(job)
    if (!again || job.attempt >= policy.attempts) return ended(job, 'failed', now, reason, cause)
    const notBefore = wait ? now.task + backoff(job.attempt, policy.backoff, Math.max(LONGEST_BACKOFF, policy.backoff)) : null
    if (isOver(job, now)) return ended(job, 'expired', now, reason, 'TOO_LATE')
    return moved(waiting({ ...job, delivery: 'held', progress: null }, notBefore), cause === 'LOST' ? 'lost' : 'retry', now, reason)
}

/** A job that waits to be sent. */
export function waiting(job: JobRecord, notBefore: number | null = null): JobRecord {
    const deadlineAt = notBefore === null ? job.expiresAt : Math.min(notBefore, job.expiresAt ?? notBefore)
    return { ...job, status: 'due', notBefore, deadlineAt }
}

export const isOver = ({ expiresAt }: JobRecord, now: Times): boolean => expiresAt !== null && expiresAt <= now.task
