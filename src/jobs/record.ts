import type { Cause, HistoryEntry, Job, JobOrder, JobStatus, Phases, Progress } from './job.ts'
import { defaultPolicy, type JobPolicy } from './policy.ts'
import type { Schedule } from './schedule.ts'

/** What stays as it was given. */
export interface JobPlan {
    id: string
    queue: string
    target: string
    targetName: string
    name: string
    /** JSON. */
    payload: string
    /** JSON. */
    schedule: string
    /** JSON. */
    policy: string
    priority: number
    series: string | null
    run: number
    createdAt: number
    dueAt: number
    key: string | null
    /** Of the package that is its payload; null if that is none. */
    path: string | null
}

/**
 * A job as it is kept. What is JSON stays text until somebody wants to see it. Times are milliseconds since 1970: those that somebody has
 * chosen, and those of the history, are of the wall clock; `notBefore`, `deadlineAt` and `expiresAt` are of the tasks' clock, which nobody sets.
 */
export interface JobRecord extends JobPlan {
    status: JobStatus
    delivery: Phases['delivery']
    cancelling: boolean
    forced: boolean
    attempt: number
    fence: number
    /** From when it waits to be sent: its place among those for the same target. */
    readyAt: number | null
    /** It is not sent before that, as an attempt has just failed. */
    notBefore: number | null
    expiresAt: number | null
    /** When something has to be done about it, if nothing has happened by then. */
    deadlineAt: number | null
    sentAt: number | null
    endedAt: number | null
    lateness: number | null
    progress: Progress | null
    reason: string | null
    cause: Cause | null
    /** JSON. */
    value: string | null
    /** How many answers came that did not count. */
    strays: number
}

/** The path of a package. */
export function pathOf(payload: unknown): string | null {
    const { path } = Object(payload)
    return typeof path === 'string' ? path : null
}

/** A job as somebody gives it. @param own what is given to it */
export function recordOf(order: JobOrder, own: Pick<JobPlan, 'id' | 'queue' | 'createdAt' | 'key'>): JobRecord {
    const { payload, schedule, policy, ...same } = order
    return freshRecord({
        ...same,
        ...own,
        payload: JSON.stringify(payload),
        schedule: JSON.stringify(schedule),
        policy: JSON.stringify(policy),
        priority: policy.priority,
        series: 'cron' in schedule ? own.id : null,
        run: 1,
        path: order.target === '' ? null : pathOf(payload),
    })
}

/** A job at its beginning. */
export const freshRecord = (plan: JobPlan): JobRecord => ({
    id: plan.id,
    queue: plan.queue,
    target: plan.target,
    targetName: plan.targetName,
    name: plan.name,
    payload: plan.payload,
    schedule: plan.schedule,
    policy: plan.policy,
    priority: plan.priority,
    series: plan.series,
    run: plan.run,
    createdAt: plan.createdAt,
    dueAt: plan.dueAt,
    key: plan.key,
    path: plan.path,
    status: 'scheduled',
    delivery: 'unsent',
    cancelling: false,
    forced: false,
    attempt: 0,
    fence: 0,
    readyAt: null,
    notBefore: null,
    expiresAt: null,
    deadlineAt: null,
    sentAt: null,
    endedAt: null,
    lateness: null,
    progress: null,
    reason: null,
    cause: null,
    value: null,
    strays: 0,
})

/** Those of jobs that have not ended. */
export const OPEN: readonly JobStatus[] = ['scheduled', 'due', 'sent', 'running']

export const isInFlight = ({ status }: Pick<JobRecord, 'status'>): boolean => status === 'sent' || status === 'running'
export const hasEnded = ({ status }: Pick<JobRecord, 'status'>): boolean => !OPEN.includes(status)

/** Few policies are in use at a time. */
const MOST_KNOWN = 1000
const known = new Map<string, JobPolicy>()

export function policyOf({ policy: text }: Pick<JobRecord, 'policy'>): JobPolicy {
    const same = known.get(text)
    if (same) return same
    if (known.size >= MOST_KNOWN) known.clear()
    const policy = { ...defaultPolicy, ...JSON.parse(text) }
    known.set(text, policy)
    return policy
}

export const scheduleOf = ({ schedule }: Pick<JobRecord, 'schedule'>): Schedule => JSON.parse(schedule)

/** A job as others see it. @param parsed what of it is at hand, and need not be read again */
export function jobOf(record: JobRecord, parsed?: Pick<Job, 'payload' | 'schedule'>): Job {
    const { value } = record
    return {
        id: record.id,
        target: record.target,
        targetName: record.targetName,
        name: record.name,
        payload: parsed ? parsed.payload : JSON.parse(record.payload),
        schedule: parsed ? parsed.schedule : JSON.parse(record.schedule),
        policy: policyOf(record),
        dueAt: record.dueAt,
        status: record.status,
        phases: phasesOf(record),
        createdAt: record.createdAt,
        attempt: record.attempt,
        fence: record.fence,
        series: record.series,
        run: record.run,
        key: record.key,
        forced: record.forced,
        cancelling: record.cancelling,
        sentAt: record.sentAt,
        endedAt: record.endedAt,
        lateness: record.lateness,
        expiresAt: record.expiresAt,
        progress: record.progress,
        reason: record.reason,
        cause: record.cause,
        ...(value !== null && { value: JSON.parse(value) }),
    }
}

function phasesOf({ status, delivery, cancelling, readyAt, cause, attempt }: JobRecord): Phases {
    const schedule =
        status === 'scheduled'
            ? 'scheduled'
            : cause === 'MISSED'
              ? 'missed'
              : status === 'cancelled' && readyAt === null
                ? 'withdrawn'
                : 'due'
    return { schedule, delivery, execution: executionOf(status, cancelling, attempt) }
}

function executionOf(status: JobStatus, cancelling: boolean, attempt: number): Phases['execution'] {
    if (status === 'succeeded') return 'succeeded'
    if (status === 'failed' || status === 'cancelled') return attempt > 0 ? status : 'none'
    if (cancelling) return 'cancelling'
    return status === 'running' ? 'running' : 'none'
}

/** The step that made a job is no row of its own. */
export const firstEntry = ({ createdAt }: Pick<JobRecord, 'createdAt'>): HistoryEntry => ({
    at: createdAt,
    step: 'scheduled',
    status: 'scheduled',
    attempt: 0,
    fence: 0,
    reason: null,
})
