import { Refusal } from '../lib/index.ts'
import { answered, foreign } from './answers.ts'
import type { Answer } from './job.ts'
import { hasEnded, isInFlight, type JobRecord, policyOf, scheduleOf } from './record.ts'
import { nextRun } from './schedule.ts'
import { attemptFailed, ended, ignored, isOver, moved, type Spawn, type Stepped, type Times, waiting } from './steps.ts'

/** A job that falls due so much later than planned does so because nobody was there, in milliseconds. */
const MISSED = 5000
/** What a flow has to take a message, in milliseconds: one that was cut short is sent again after it. */
const MESSAGE_LEASE = 10_000
/** What is said of a message that is not sent again, as it would be too late. */
const CUT_SHORT = 'Node-RED ended while it was being sent: whether it has arrived is not known, and it is too late to send it again'
/** Runs that are counted to say how many were missed. */
const MOST_COUNTED = 1000

/** What came of handing an attempt over: it has left, has arrived, did not leave as the target is away, or failed. */
export type Delivered = 'sent' | 'confirmed' | 'away' | { failed: string; again?: boolean }

/** What happens to a job. */
export type JobEvent =
    /** Its time has come. @param isBehind whether a run before it still waits to be sent */
    | { type: 'due'; isBehind?: boolean }
    /** Its deadline is over. @param isSettling whether what came of sending it is just being written down */
    | { type: 'deadline'; isSettling: boolean }
    /** Its target takes it now. */
    | { type: 'send' }
    | { type: 'delivered'; fence: number; delivered: Delivered }
    | { type: 'answer'; answer: Answer }
    /** @param canAsk whether its target can be asked to end it @param unsentOnly whether it goes on if it has been sent meanwhile */
    | { type: 'cancel'; by?: string | undefined; series: boolean; canAsk: boolean; unsentOnly?: boolean }
    | { type: 'force'; by?: string | undefined; schedule: 'keep' | 'consume' }
    | { type: 'retry'; by?: string | undefined }
    /** Its target does not know of the attempt any more. */
    | { type: 'lost'; fence: number }
    /** Its target says that it runs it. */
    | { type: 'adopted'; fence: number; percent: number | null }

/**
 * What becomes of a job when something happens to it. It is pure.
 * @throws {@link Refusal} 409 `JOB_ENDED`, `JOB_NOT_ENDED`, `JOB_SENT` if somebody asks for what is too late or too early
 */
export function step(job: JobRecord, event: JobEvent, now: Times): Stepped {
    if (event.type === 'due')
        return job.status === 'scheduled' && job.dueAt <= now.wall ? due(job, event.isBehind === true, now) : ignored(job)
    if (event.type === 'deadline') return deadline(job, event.isSettling, now)
    if (event.type === 'send') return job.status === 'due' && job.notBefore === null ? sent(job, now) : ignored(job)
    if (event.type === 'delivered')
        return event.fence === job.fence && isInFlight(job) ? delivered(job, event.delivered, now) : ignored(job)
    if (event.type === 'answer')
        return event.answer.target === job.target ? answered(job, event.answer, now) : foreign(job, event.answer, now)
    if (event.type === 'cancel') return cancel(job, event, now)
    if (event.type === 'force') return force(job, event, now)
    if (event.type === 'retry') return retry(job, event.by, now)
    if (event.fence !== job.fence || !isInFlight(job)) return ignored(job)
    return event.type === 'lost' ? lost(job, now) : adopted(job, event.percent, now)
}

/** A job that waits to be sent from a time of the wall clock on. */
function ready(job: JobRecord, readyAt: number, now: Times): JobRecord {
    const { ttl } = policyOf(job)
    const expiresAt = ttl === null ? null : now.task + ttl - Math.max(now.wall - readyAt, 0)
    return waiting({ ...job, readyAt, expiresAt })
}

/** Whether it is not to be sent any more, as it was not when it was due. */
function isMissed(job: JobRecord, now: Times): boolean {
    const { misfire, grace } = policyOf(job)
    return misfire !== 'runOnce' && now.wall - (job.readyAt ?? job.dueAt) > (misfire === 'grace' ? grace : MISSED)
}

function due(job: JobRecord, isBehind: boolean, now: Times): Stepped {
    const { spawn, missed } = following(job, now)
    const reason = missed === 0 ? null : `${missed === MOST_COUNTED ? 'at least ' : ''}${missed} more runs were missed`
    const next = ready(job, job.dueAt, now)
    const late = Math.round((now.wall - job.dueAt) / 1000)
    const stepped = isMissed(job, now)
        ? ended(job, 'expired', now, `it fell due ${late} s earlier, while nobody was there to send it`, 'MISSED')
        : isBehind
          ? ended(job, 'expired', now, 'the run before it still waits to be sent', 'MISSED')
          : isOver(next, now)
            ? ended(next, 'expired', now, 'it could not be sent in time', 'TOO_LATE')
            : moved(next, 'due', now, reason)
    return { ...stepped, ...spawn }
}

/** The next run of a repeating job. Those that are over are left out, and counted. */
function following(job: JobRecord, now: Times): { spawn?: { spawn: Spawn }; missed: number } {
    if (job.series === null) return { missed: 0 }
    const schedule = scheduleOf(job)
    let missed = 0
    for (let at = nextRun(schedule, job.dueAt); at !== undefined; at = nextRun(schedule, missed < MOST_COUNTED ? at : now.wall)) {
        if (at > now.wall) return { spawn: { spawn: { dueAt: at } }, missed }
        missed++
    }
    return { missed }
}

function sent(job: JobRecord, now: Times): Stepped {
    const { timeout } = policyOf(job)
    const lateness = now.wall - (job.readyAt ?? job.dueAt)
    const next: JobRecord = {
        ...job,
        status: 'sent',
        delivery: 'sent',
        attempt: job.attempt + 1,
        fence: job.fence + 1,
        deadlineAt: now.task + (job.target === '' ? MESSAGE_LEASE : timeout),
        sentAt: job.sentAt ?? now.wall,
        lateness: job.lateness ?? lateness,
    }
    return moved(next, 'sent', now, null, job.sentAt === null ? { lateness } : {})
}

function delivered(job: JobRecord, what: Delivered, now: Times): Stepped {
    if (typeof what === 'object') return attemptFailed(job, 'NOT_DELIVERED', what.failed, now, { again: what.again === true })
    if (what === 'away') return away(job, now)
    if (job.target === '') return ended(job, 'succeeded', now)
    if (what === 'sent' || job.delivery !== 'sent') return ignored(job)
    return moved({ ...job, delivery: 'confirmed' }, 'confirmed', now)
}

/** It did not leave: that is no attempt. */
function away(job: JobRecord, now: Times): Stepped {
    if (job.status !== 'sent' || job.delivery !== 'sent') return ignored(job)
    if (job.cancelling) return ended(job, 'cancelled', now, null, 'CANCELLED')
    const back = { ...job, attempt: job.attempt - 1, delivery: 'held' as const, ...(job.attempt === 1 && { sentAt: null, lateness: null }) }
    return isOver(back, now) ? ended(back, 'expired', now, 'it could not be sent in time', 'TOO_LATE') : moved(waiting(back), 'away', now)
}

function deadline(job: JobRecord, isSettling: boolean, now: Times): Stepped {
    if (job.deadlineAt === null || job.deadlineAt > now.task) return ignored(job)
    if (job.status === 'due') {
        if (isOver(job, now)) return ended(job, 'expired', now, 'it could not be sent in time', 'TOO_LATE')
        return { job: waiting(job), entries: [], taken: true }
    }
    if (!isInFlight(job)) return ignored({ ...job, deadlineAt: null })
    if (isSettling) return { job: { ...job, deadlineAt: now.task + MESSAGE_LEASE }, entries: [], taken: true }
    if (job.target === '' && (isOver(job, now) || isMissed(job, now))) return ended(job, 'failed', now, CUT_SHORT, 'NO_ANSWER')
    if (job.cancelling) return ended(job, 'cancelled', now, 'the robot did not say in time that it has ended it', 'FORCED')
    return attemptFailed(job, 'NO_ANSWER', 'its outcome was not known in time', now)
}

function cancel(job: JobRecord, { by, series, canAsk, unsentOnly }: JobEvent & { type: 'cancel' }, now: Times): Stepped {
    if (hasEnded(job)) throw new Refusal(409, 'JOB_ENDED', `the job ${job.id} has ended and cannot be cancelled any more`)
    const reason = by === undefined ? null : `by ${by}`
    if (!isInFlight(job)) {
        const stepped = ended(job, 'cancelled', now, reason, 'CANCELLED')
        return series || job.status !== 'scheduled' ? stepped : { ...stepped, ...following(job, now).spawn }
    }
    if (job.cancelling || unsentOnly) return ignored(job)
    if (!canAsk) return ended(job, 'cancelled', now, reason, 'FORCED')
    return moved({ ...job, cancelling: true, deadlineAt: now.task + policyOf(job).cancelGrace }, 'cancelling', now, reason)
}

function force(job: JobRecord, { by, schedule }: JobEvent & { type: 'force' }, now: Times): Stepped {
    if (hasEnded(job)) throw new Refusal(409, 'JOB_ENDED', `the job ${job.id} has ended and cannot be run before its time`)
    if (isInFlight(job)) throw new Refusal(409, 'JOB_SENT', `the job ${job.id} has been sent already`)
    const reason = by === undefined ? null : `by ${by}`
    if (job.status === 'due') return job.notBefore === null ? ignored(job) : moved(waiting(job), 'forced', now, reason)
    if (job.series !== null && schedule === 'keep') return { ...ignored(job), spawn: { dueAt: now.wall, isExtra: true }, taken: true }
    const { spawn } = following(job, now)
    return { ...moved({ ...ready(job, now.wall, now), forced: true }, 'forced', now, reason), ...spawn }
}

function retry(job: JobRecord, by: string | undefined, now: Times): Stepped {
    if (!hasEnded(job)) throw new Refusal(409, 'JOB_NOT_ENDED', `the job ${job.id} has not ended yet`)
    if (job.status === 'succeeded') throw new Refusal(409, 'JOB_ENDED', `the job ${job.id} has succeeded and is not tried again`)
    const none = { attempt: 0, sentAt: null, lateness: null, endedAt: null, progress: null, reason: null, cause: null, value: null }
    return moved(ready({ ...job, ...none, delivery: 'held' }, now.wall, now), 'revived', now, by === undefined ? null : `by ${by}`)
}

const lost = (job: JobRecord, now: Times): Stepped =>
    attemptFailed(job, 'LOST', 'the robot did not know of it any more', now, { wait: false })

function adopted(job: JobRecord, percent: number | null, now: Times): Stepped {
    const progress = percent === null ? job.progress : { percent, text: null, at: now.wall }
    const deadlineAt = job.cancelling ? job.deadlineAt : now.task + policyOf(job).timeout
    return moved({ ...job, status: 'running', delivery: 'confirmed', progress, deadlineAt }, 'adopted', now)
}
