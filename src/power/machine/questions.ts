import { LATE, NEVER } from './commands.ts'

/**
 * How often a plug was asked for its state, and how often it answered. Most plugs do not say which question an answer is to; the count
 * shows it only as long as no message was lost, doubled or asked for by others, and not until {@link LATE} after that.
 */
export interface Questions {
    readonly asked: number
    readonly answered: number
    /** In monotonic milliseconds, as all times here. */
    readonly askedAt: number
    readonly answeredAt: number
    /** Something may have been lost or doubled: the count does not show what an answer belongs to before this time. */
    readonly unsureUntil: number
    readonly isUnsure: boolean
    /** The count began when nothing had been asked for {@link LATE}: no earlier question can be answered any more. */
    readonly isExact: boolean
}

export const noQuestions = (now: number): Questions => ({
    asked: 0,
    answered: 0,
    askedAt: NEVER,
    answeredAt: NEVER,
    unsureUntil: now + LATE,
    isUnsure: true,
    isExact: false,
})

/** Whether the count shows which question an answer is to. */
export const isCounted = (q: Questions, now: number): boolean => now >= q.unsureUntil

/** Whether it does so for certain. */
export const isSure = (q: Questions, now: number): boolean => q.isExact && isCounted(q, now)

/** What was asked may have got lost, or be answered late. */
export const unsure = (q: Questions, now: number): Questions => ({ ...q, isUnsure: true, isExact: false, unsureUntil: now + LATE })

/** It is asked now; `asked` is the number of the question. @param confirm milliseconds the plug has for an answer */
export function asked(before: Questions, now: number, confirm: number): Questions {
    const isOverdue = before.answeredAt < before.askedAt && now - before.askedAt > confirm
    let q = isOverdue ? unsure(before, now) : before
    const isExact = isCounted(q, now) && now - q.askedAt >= LATE
    // What is not answered by now most likely never will be.
    if (isExact || (q.isUnsure && isCounted(q, now))) q = { ...q, isUnsure: false, isExact, answered: q.asked }
    return { ...q, askedAt: now, asked: q.asked + 1 }
}

/** Whether an answer is to none of our questions. */
export const isStray = (q: Questions, answers: number | undefined): boolean => answers === undefined && q.answered >= q.asked

/** It has answered. @param answers the question's number, if the plug says so */
export function answered(q: Questions, answers: number | undefined, now: number): Questions {
    if (isStray(q, answers)) return unsure({ ...q, answeredAt: now }, now)
    return { ...q, answeredAt: now, answered: answers === undefined ? q.answered + 1 : Math.max(q.answered, answers) }
}
