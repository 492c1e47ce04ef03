import { html, type TemplateResult } from 'lit'
import { durationText, whenText } from '../shared/times.ts'
import { endOf, groupOf, isEnded, isHeld, isWithRobot, type Job, startOf, timeOf } from './job.ts'
import { kindOf } from './lanes.ts'
import { t } from './texts.ts'

const words = ['scheduled', 'due', 'sent', 'running', 'succeeded', 'failed', 'cancelled', 'expired'] as const

/** The status in a word; one that this page does not know as the flow calls it. */
export function statusText(job: Pick<Job, 'status' | 'isAway' | 'cancelling'>): string {
    if (job.cancelling) return t('cancelling')
    if (isHeld(job)) return t('held')
    const known = words.find((word) => word === job.status)
    return known ? t(known) : job.status
}

const steps = ['confirmed', 'away', 'lost', 'adopted', 'forced', 'late', 'foreign', 'revived'] as const

/** What happened to a job, in a word. @param step a status, or one of the steps between */
export function stepText(step: string): string {
    if (step === 'retry') return t('again')
    const known = steps.find((word) => word === step)
    return known ? t(`step_${known}`) : statusText({ status: step, cancelling: step === 'cancelling' })
}

/** The status with a dot in its colour. */
export const statusChip = (job: Job): TemplateResult => html`<span class="status ${kindOf(job)}">${statusText(job)}</span>`

/** How far a job is, if that is known. */
export const percentOf = (job: Job): number | undefined =>
    isWithRobot(job) && typeof job.progress?.percent === 'number' ? Math.round(Math.min(Math.max(job.progress.percent, 0), 100)) : undefined

/** A time in its largest unit, or the largest two where it is short: `42 s`, `6 min`, `2 h 05 min`. */
export const roughly = (ms: number): string => durationText(ms < 120_000 ? ms : Math.floor(ms / 60_000) * 60_000)

/** When it is due, since when it is under way, or when it ended; and how far that is away, or how long it took. */
export function whenOf(job: Job, now: number): { time: string; note: string } {
    const due = timeOf(job.dueAt)
    if (groupOf(job) === 'waiting' || job.status === 'due') {
        const note = due > now ? t('inTime', { time: roughly(due - now) }) : t('overdue', { time: roughly(now - due) })
        return { time: whenText(due, now), note }
    }
    if (!isEnded(job)) return { time: whenText(startOf(job), now), note: t('since', { time: roughly(now - startOf(job)) }) }
    const note = job.sentAt ? t('took', { time: roughly(endOf(job, now) - startOf(job)) }) : ''
    return { time: whenText(timeOf(job.endedAt) || due, now), note }
}
