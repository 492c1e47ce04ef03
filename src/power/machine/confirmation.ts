import { type Commands, type How, isTakenOver, mayRepeat, mayStillEcho } from './commands.ts'
import { isCounted, isSure, type Questions } from './questions.ts'

/** So many questions, each answered before the next, are not all answered by what was said earlier. */
const ENOUGH = 5

/**
 * A command that waits for the plug's confirmation. Reports do not say which command they are about: an echo may be that of an earlier
 * command, of a press, or the second of two. But a plug does one thing after the other: when in doubt it is asked, and answers after it
 * has carried out the command.
 */
export interface Pending {
    readonly on: boolean
    /** Who switches: an instance's id, `<emergency>` or `<timeout>`. */
    readonly owner: string
    /** The instance that ends once the plug is off. */
    readonly ends: string | null
    /** What it had been told before. */
    readonly before: Commands
    /** An earlier command of the same kind may still be echoed, such as the ON of a process that was killed. */
    readonly echoMayBeOld: boolean
    /** An echo may be that of an earlier command of the same kind, which has been echoed before or was sent by another process. */
    readonly echoMayRepeat: boolean
    /** A process before this one may have sent a command that is still on its way. */
    readonly isTakenOver: boolean
    /** The number of the question that settles the doubt; infinite if it could not be asked. */
    readonly question: number | null
    /** The plug was reached anew since: the command may have got lost, so that the opposite shows nothing. */
    readonly isReconnected: boolean
    /** The plug has had its time to settle the doubt. */
    readonly isDoubtOver: boolean
    /** Whether its last echo, and its last report of any kind, was what we want; null before the first. */
    readonly lastEchoFits: boolean | null
    readonly lastFits: boolean | null
    /** How often it was asked and said the opposite, one after the other, since it echoed that. */
    readonly opposites: number
}

export interface Verdict {
    /** Whether the plug does what we want, or the opposite. */
    isConfirmed: boolean
    /** Whether it said so after it had carried out the command. */
    isProven: boolean
    /** Unless a report has come twice, or an answer to an earlier question late. */
    isUncertain?: boolean
}

export const pendingOf = (c: Commands, on: boolean, owner: string, ends: string | null, now: number): Pending => ({
    on,
    owner,
    ends,
    before: c,
    echoMayBeOld: mayStillEcho(c, on, now) || (on && isTakenOver(c, now)),
    echoMayRepeat: mayRepeat(c, on, now),
    isTakenOver: isTakenOver(c, now),
    question: null,
    isReconnected: false,
    isDoubtOver: false,
    lastEchoFits: null,
    lastFits: null,
    opposites: 0,
})

interface RelayReport {
    on: boolean
    how: How
    /** The number of the question that this answers, if the plug says so. */
    answers?: number | undefined
}

/** What a report shows of the command. @returns `asks` if the plug is to be asked, to settle a doubt */
export function reported(
    p: Pending,
    report: RelayReport,
    q: Questions,
    now: number,
): { pending: Pending; asks: boolean; verdict?: Verdict } {
    if (report.how === 'periodic') return { pending: p, asks: false }
    const fits = report.on === p.on
    const next = report.how === 'echo' ? echoed(p, fits) : answeredTo(p, report, q, now)
    const verdict = next.verdict ?? (fits && p.isDoubtOver ? { isConfirmed: true, isProven: false } : undefined)
    return { ...next, ...(verdict && { verdict }) }
}

function echoed(p: Pending, fits: boolean): { pending: Pending; asks: boolean; verdict?: Verdict } {
    const pending = { ...p, lastFits: fits, lastEchoFits: fits, opposites: fits ? 0 : p.opposites }
    const isUncertain = p.echoMayRepeat && { isUncertain: true }
    if (fits && !p.echoMayBeOld) return { pending, asks: false, verdict: { isConfirmed: true, isProven: true, ...isUncertain } }
    return { pending, asks: p.question === null }
}

function answeredTo(p: Pending, { on, answers }: RelayReport, q: Questions, now: number): ReturnType<typeof echoed> {
    const fits = on === p.on
    const pending = { ...p, lastFits: fits }
    const isOurs = p.question !== null && (answers ?? q.answered) >= p.question
    const isUncertain = answers === undefined && !isSure(q, now) && { isUncertain: true }
    if (isOurs && (answers !== undefined || isCounted(q, now)))
        return { pending, asks: false, verdict: { isConfirmed: fits, isProven: true, ...isUncertain } }
    if (fits && p.isReconnected && !p.echoMayBeOld) return { pending, asks: false, verdict: { isConfirmed: true, isProven: false } }
    if (fits || p.lastEchoFits !== false || !isOurs) return { pending, asks: false }
    // The answer may be an old one: it is followed by another question.
    const opposites = p.opposites + 1
    return { pending: { ...pending, opposites }, asks: opposites < ENOUGH }
}

/** The time for settling the doubt is over: the plug's last word counts, unless that may be older than the command. */
export function doubtOver(p: Pending, q: Questions, now: number): { pending: Pending; verdict?: Verdict } {
    const pending = { ...p, isDoubtOver: true }
    if (p.lastFits) return { pending, verdict: { isConfirmed: true, isProven: false } }
    return isCounted(q, now) && p.lastEchoFits === false ? { pending, verdict: { isConfirmed: false, isProven: false } } : { pending }
}

/** Whether a plug whose time is up said the opposite so often that not all of it can be older than the command. */
export const isOpposite = (p: Pending): boolean => p.lastEchoFits === false && p.opposites >= ENOUGH && !p.echoMayBeOld && !p.isTakenOver
