/** How long what a plug was told or asked may still be on its way, in milliseconds. */
export const LATE = 60_000

/** How long an answer that nobody here asked for makes reports unreliable, in milliseconds. */
const STRAY = 3_600_000

/** Before anything happened, in monotonic time. */
export const NEVER = Number.NEGATIVE_INFINITY

/** How a plug came to say that it is on or off: as it happened, asked by us, or by itself now and then. */
export type How = 'echo' | 'answer' | 'periodic'

/** The commands a plug was sent, and which of them may yet have an effect. Times are monotonic milliseconds. */
export interface Commands {
    /** Whether the last one was ON; null before the first. */
    readonly last: boolean | null
    readonly onAt: number
    readonly offAt: number
    /** Sent, and its echo may be yet to come, up to {@link LATE} after it was sent. */
    readonly isOnOpen: boolean
    readonly isOffOpen: boolean
    /** It is not certain that the last ON has been carried out: reports may come twice. */
    readonly isOnUnproven: boolean
    /** Until then an echo of an ON or OFF may come, also one that has come before. What is certain later ends that. */
    readonly onEchoesUntil: number
    readonly offEchoesUntil: number
    /** An ON may have been carried out, or may yet be, after all that the plug has said. */
    readonly mayBeOn: boolean
    /** When its reports last showed that it is off after an ON. */
    readonly offShownAt: number
    /** When we took over from a process that had just switched it on. */
    readonly takenOverAt: number
    /** When an answer came that nobody here had asked for: others ask as well, or two plugs share a topic. */
    readonly strayAt: number
}

export const noCommands: Commands = {
    last: null,
    onAt: NEVER,
    offAt: NEVER,
    isOnOpen: false,
    isOffOpen: false,
    isOnUnproven: false,
    onEchoesUntil: NEVER,
    offEchoesUntil: NEVER,
    mayBeOn: false,
    offShownAt: NEVER,
    takenOverAt: NEVER,
    strayAt: NEVER,
}

const isRecent = (at: number, now: number) => now - at < LATE

/** Whether a process before this one may have sent a command that is still on its way. */
export const isTakenOver = (c: Commands, now: number): boolean => isRecent(c.takenOverAt, now)

/** Whether a report may be the echo of an earlier command of this kind. */
export const mayStillEcho = (c: Commands, on: boolean, now: number): boolean =>
    on ? c.isOnOpen && isRecent(c.onAt, now) : c.isOffOpen && isRecent(c.offAt, now)

/** Whether an echo of this kind may be that of an earlier command, or the second of one that was heard. */
export const mayRepeat = (c: Commands, on: boolean, now: number): boolean => now < (on ? c.onEchoesUntil : c.offEchoesUntil)

/** Whether what the plug says may be older than our last ON. */
export const mayPredateOn = (c: Commands, now: number): boolean => mayStillEcho(c, true, now) || isTakenOver(c, now)

/** Whether only another answer can tell if the plug stays off. */
export const needsAnswer = (c: Commands, now: number): boolean => c.mayBeOn && (c.last === false || mayPredateOn(c, now))

/** Whether the last command was this one, or has lost its effect. */
export const agrees = (c: Commands, on: boolean, now: number): boolean =>
    c.last === null || c.last === on || !(c.mayBeOn || mayStillEcho(c, c.last, now))

export const sent = (c: Commands, on: boolean, now: number): Commands =>
    on
        ? { ...c, last: true, onAt: now, isOnOpen: true, isOnUnproven: true, onEchoesUntil: now + LATE, mayBeOn: true }
        : { ...c, last: false, offAt: now, isOffOpen: true, offEchoesUntil: now + LATE }

/**
 * A process before this one has switched it on.
 * @param isJustNow whether that may be yet to be carried out
 * @param isOnUnproven whether it is not certain that it has been
 */
export const takenOver = (c: Commands, isJustNow: boolean, isOnUnproven: boolean, now: number): Commands => ({
    ...c,
    last: true,
    mayBeOn: true,
    onEchoesUntil: now + LATE,
    ...((isJustNow || isOnUnproven) && { onAt: now, isOnUnproven: true }),
    ...(isJustNow && { takenOverAt: now }),
})

/**
 * The plug said so after it had carried out the last command; of two plugs on one topic that shows nothing.
 * @param isCertain whether that holds also if reports come twice
 */
export function proven(c: Commands, on: boolean, isCertain: boolean, now: number): Commands {
    if (hasStrays(c, now)) return c
    const closed = { ...c, isOnOpen: false, isOffOpen: false }
    if (!isCertain) return closed
    if (on) return { ...closed, isOnUnproven: false, offEchoesUntil: NEVER }
    return isTakenOver(c, now) ? closed : shownOff({ ...closed, onEchoesUntil: NEVER }, now)
}

/** The plug said so at some time: OFF counts only when no ON can be on its way any more. */
export function heard(before: Commands, on: boolean, how: How, now: number): Commands {
    // On, and nobody saw it go on: the OFF was another plug's, or of another time.
    const c = on && how !== 'echo' && isRecent(before.offShownAt, now) ? doubted(before, now) : before
    if (on || isTakenOver(c, now) || (c.isOnUnproven && isRecent(c.onAt, now))) return c
    const later = { ...c, onEchoesUntil: NEVER }
    // Somebody else's OFF after our ON may be another plug's: one more OFF of ours costs nothing.
    if (c.last === true || mayStillEcho(c, true, now)) return later
    return hasStrays(c, now) && mayStillEcho(c, false, now) ? later : shownOff(later, now)
}

/** An answer came that nobody here had asked for: what reports have shown may be wrong. */
export function strayAnswer(c: Commands, now: number): Commands {
    const stray = { ...c, strayAt: now }
    return c.mayBeOn || isRecent(c.offShownAt, now) ? doubted(stray, now) : stray
}

const hasStrays = (c: Commands, now: number) => now - c.strayAt < STRAY

const doubted = (c: Commands, now: number): Commands => ({
    ...c,
    mayBeOn: true,
    isOnOpen: true,
    isOffOpen: true,
    isOnUnproven: true,
    onEchoesUntil: now + LATE,
    offEchoesUntil: now + LATE,
    onAt: c.last === true ? now : c.onAt,
})

const shownOff = (c: Commands, now: number): Commands => (c.mayBeOn ? { ...c, mayBeOn: false, offShownAt: now } : c)
