import type { JobPolicy } from './policy.ts'
import type { Schedule } from './schedule.ts'

/** How far a job is. */
export const STATUSES = ['scheduled', 'due', 'sent', 'running', 'succeeded', 'failed', 'cancelled', 'expired'] as const
export type JobStatus = (typeof STATUSES)[number]

/** Its three sides, which go their own ways: a job may be due and held, as its robot is away. */
export interface Phases {
    schedule: 'scheduled' | 'due' | 'missed' | 'withdrawn'
    /** `held`: it was sent before, or its target is away, and waits for the next attempt. */
    delivery: 'unsent' | 'held' | 'sent' | 'confirmed'
    execution: 'none' | 'running' | 'cancelling' | 'succeeded' | 'failed' | 'cancelled'
}

/** More of why a job ended than its status. */
export type Cause =
    /** Its robot did not want it. */
    | 'REJECTED'
    /** Its robot tried it, and failed. */
    | 'FAILED'
    /** Nothing was heard of it in time. */
    | 'NO_ANSWER'
    /** Its robot did not know of it any more. */
    | 'LOST'
    /** It could not be handed over. */
    | 'NOT_DELIVERED'
    | 'CANCELLED'
    /** It was cancelled, and its robot did not say in time that it has ended it. */
    | 'FORCED'
    /** It fell due while nobody was there to send it. */
    | 'MISSED'
    /** It could not be sent within its time to live. */
    | 'TOO_LATE'

/** A job as somebody gives it. Times are milliseconds since 1970. */
export interface JobOrder {
    /** The address of its robot; '' for a message that any flow takes. */
    target: string
    targetName: string
    name: string
    /** What is sent. */
    payload: unknown
    schedule: Schedule
    dueAt: number
    policy: JobPolicy
}

export interface Progress {
    /** From 0 to 100. */
    percent: number | null
    text: string | null
    at: number
}

/** One run of a job, and how far it is. Times are milliseconds since 1970. */
export interface Job extends JobOrder {
    id: string
    status: JobStatus
    phases: Phases
    createdAt: number
    /** How often it was sent since it became due. */
    attempt: number
    /** Grows by one whenever it is sent: an answer that has another one is late. */
    fence: number
    /** What the runs of a repeating job have in common: the id of the first; null for a job that runs once. */
    series: string | null
    /** Counts the runs of a repeating job, from 1. */
    run: number
    /** By which whoever made it knows it again: the next one with the same key takes the place of what was not sent. */
    key: string | null
    /** Whether somebody had it run before its time. */
    forced: boolean
    cancelling: boolean
    /** When it was sent for the first time. */
    sentAt: number | null
    endedAt: number | null
    /** How long after it was due it was sent, in milliseconds. */
    lateness: number | null
    /** Later than that it is not sent any more. */
    expiresAt: number | null
    progress: Progress | null
    reason: string | null
    cause: Cause | null
    /** What came of it, as its robot says. */
    value?: unknown
}

export type Step =
    | 'scheduled'
    | 'due'
    | 'sent'
    | 'confirmed'
    | 'away'
    | 'running'
    | 'retry'
    | 'lost'
    | 'adopted'
    | 'cancelling'
    | 'succeeded'
    | 'failed'
    | 'cancelled'
    | 'expired'
    | 'forced'
    | 'late'
    | 'foreign'
    | 'revived'

/** A step of a job, and what it was then. */
export interface HistoryEntry {
    /** Milliseconds since 1970. */
    at: number
    step: Step
    status: JobStatus
    attempt: number
    fence: number
    reason: string | null
    /** How long after it was due it was sent for the first time, in milliseconds. */
    lateness?: number
}

/** What a robot says of a job. */
export interface Answer {
    /** Who says it. */
    target: string
    /** The one that is under way at that robot, if it is not given. */
    jobId?: string | undefined
    /** Of which attempt it is; of the present one, if it is not given. */
    fence?: number | undefined
    status: 'accepted' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'rejected'
    /** From 0 to 100. */
    progress?: number | undefined
    text?: string | undefined
    /** What came of it: at most 65 536 characters as JSON. */
    value?: unknown
}

/** What became of an answer: it counts, or why not. */
export interface Reported {
    job: Job | undefined
    taken: boolean
    reason?: 'late' | 'foreign' | 'unknown'
}

/** What is told on the bus. */
export type JobChanges =
    | { changes: { job: Job; step: string; reason: string | null }[] }
    | { removed: string[] }
    | { restart: { due: number; run: number; skipped: number } }
