import type { Profile, Step } from './document.ts'
import { during, endOf, type Manner, nextChangeIn, type Run, stepOf, targetBefore, targetOf } from './run.ts'

/** What a run is told. */
export type RunEvent =
    /** Time has passed. */
    | { type: 'tick' }
    /** Something was measured. */
    | { type: 'value'; value: number }
    | { type: 'pause' }
    | { type: 'skip' }
    | { type: 'back' }
    | { type: 'confirm' }
    | { type: 'stop' }
    /** Goes on with the time that remained, or as if it had never stopped. */
    | { type: 'resume' }
    | { type: 'continue' }
    /** Goes on with another profile that is the same up to the present step. */
    | { type: 'edit'; profile: Profile }
    /** What is played after this one. */
    | { type: 'queue'; profile: Profile }

/** What is told of a run. */
export type Told = 'set-point' | 'step' | 'late' | 'paused' | 'resumed' | 'outage' | 'edited' | 'queued' | 'next' | 'ended'

/** What a step has done by whoever runs the machine. */
export type RunEffect =
    | { do: 'tell'; what: Told }
    /** When it is to be told that time has passed; null for never. */
    | { do: 'wake'; at: number | null }

interface Draft {
    run: Run
    readonly told: Told[]
    readonly now: number
}

/** How often is written down that a run goes on, where that matters, in milliseconds. */
const PULSE = 60_000
/** Set-points are told this often at the most, in milliseconds. */
const PACE = 1000

/** Begins a profile. */
export function begin(profile: Profile, manner: Manner, value: number | null, now: number): { run: Run; effects: RunEffect[] } {
    const draft: Draft = { run: fresh(profile, { manner, value, setPoint: null }, now), told: ['step'], now }
    advance(draft)
    return finished(draft, null)
}

function fresh(profile: Profile, { manner, value, setPoint }: Pick<Run, 'manner' | 'value' | 'setPoint'>, now: number): Run {
    const run: Run = {
        ...{ profile, manner, value, setPoint, version: 1, status: 'running', begunAt: now, index: 0, since: now, from: null },
        ...{ countsFrom: null, bandSince: null, isLate: false, pausedAt: null, seenAt: now, queued: null },
    }
    return entered(run, 0, now, setPoint)
}

/** Whether something can be done with a run as it is. */
export function takes({ status, profile, index }: Run, type: RunEvent['type']): boolean {
    if (type === 'tick' || type === 'value') return true
    if (type === 'resume') return status === 'paused' || status === 'asking'
    if (type === 'continue') return status === 'asking'
    if (type === 'confirm') return status === 'running' && profile.steps[index]?.type === 'confirm'
    if (type === 'pause') return status === 'running'
    return status !== 'ended'
}

/** Whether a profile is the same as that of a run as far as that has come. */
export const keepsPast = ({ profile, index }: Run, { steps }: Profile): boolean =>
    steps.length >= index && profile.steps.slice(0, index).every((step, i) => JSON.stringify(step) === JSON.stringify(steps[i]))

/** Decides about a profile that is played. Pure: whoever calls it keeps the state and carries out the effects. What {@link takes} refuses has no effect. */
export function step(run: Run, event: RunEvent, now: number): { run: Run; effects: RunEffect[] } {
    const draft: Draft = { run, told: [], now }
    if (run.status === 'ended' && event.type !== 'value') return { run, effects: [] }
    if (run.status === 'running') notice(draft)
    if (event.type === 'value') set(draft, { value: event.value })
    advance(draft)
    const act = acts[event.type] as (draft: Draft, event: RunEvent) => void
    if (takes(draft.run, event.type)) act(draft, event)
    advance(draft)
    return finished(draft, wakeAt(run))
}

const set = (draft: Draft, change: Partial<Run>) => {
    draft.run = { ...draft.run, ...change }
}

function finished({ run, told }: Draft, before: number | null): { run: Run; effects: RunEffect[] } {
    const effects: RunEffect[] = told.filter((what, i) => told.indexOf(what) === i).map((what) => ({ do: 'tell', what }))
    const at = wakeAt(run)
    if (at !== before) effects.push({ do: 'wake', at })
    return { run, effects }
}

/** When something is due for a run by itself; null for never. */
export function wakeAt(run: Run): number | null {
    const step = stepOf(run)
    if (run.status !== 'running' || !step) return null
    const { seenAt, since, bandSince, countsFrom, manner, isLate } = run
    const end = endOf(run, step, seenAt)
    const times = [end, end === null ? null : nextChangeIn(step, run, end)]
    if (step.type === 'until' && !isLate) times.push(since + step.limit)
    if (step.type === 'hold' && countsFrom === null && bandSince !== null) times.push(bandSince + step.within!.for)
    if (manner.outage !== 'continue') times.push(seenAt + PULSE)
    const at = Math.min(...times.map((time) => time ?? Infinity))
    return at === Infinity ? null : Math.max(at, seenAt + (at === end ? 0 : PACE))
}

/** Was there a time in which nobody could do anything? */
function notice(draft: Draft): void {
    const { seenAt, manner } = draft.run
    const gap = draft.now - seenAt
    if (gap <= manner.outageAfter || manner.outage === 'continue') return
    draft.told.push('outage')
    if (manner.outage === 'resume') shift(draft, gap)
    else set(draft, { status: 'asking', pausedAt: seenAt })
}

/** Everything that goes by time is later by so much. */
function shift(draft: Draft, ms: number): void {
    const { since, countsFrom, bandSince } = draft.run
    set(draft, { since: since + ms, countsFrom: countsFrom && countsFrom + ms, bandSince: bandSince && bandSince + ms })
}

/** Goes through the steps up to the present. */
function advance(draft: Draft): void {
    const { now } = draft
    for (let step = stepOf(draft.run); step && draft.run.status === 'running'; step = stepOf(draft.run)) {
        look(draft, step)
        const end = endOf(draft.run, step, now)
        if (end === null || end > now) {
            const { from, since, manner } = draft.run
            give(draft, during(step, from, since, now, manner.resolution))
            break
        }
        // Dates may have been over before it began.
        const at = step.type === 'at' ? end : Math.max(end, draft.run.since)
        go(draft, draft.run.index + 1, at, targetOf(step, draft.run.from))
    }
    if (draft.run.status === 'running') {
        set(draft, { seenAt: now })
        if (!stepOf(draft.run)) over(draft)
    }
}

/** Is the value within the band, and for how long? Is it late? */
function look(draft: Draft, step: Step): void {
    const { value, setPoint, countsFrom, bandSince, since, isLate } = draft.run
    const { now } = draft
    if (step.type === 'until' && !isLate && step.late === 'hold' && now >= since + step.limit && endOf(draft.run, step, now) === null) {
        set(draft, { isLate: true })
        draft.told.push('late')
    }
    if (step.type !== 'hold' || !step.within || countsFrom !== null) return
    const isIn = value !== null && setPoint !== null && Math.abs(value - setPoint) <= step.within.band
    if (!isIn) set(draft, { bandSince: null })
    else if (bandSince === null) set(draft, { bandSince: now })
    const from = draft.run.bandSince
    if (from !== null && now >= from + step.within.for) set(draft, { countsFrom: from + step.within.for })
}

function give(draft: Draft, setPoint: number | null): void {
    if (setPoint === draft.run.setPoint) return
    set(draft, { setPoint })
    draft.told.push('set-point')
}

function go(draft: Draft, index: number, at: number, from: number | null): void {
    draft.run = entered(draft.run, index, at, from)
    draft.told.push('step')
    if (from !== null) give(draft, from)
}

/** A run that has come to a step. A ramp that begins with no set-point begins at what is measured. */
function entered(run: Run, index: number, since: number, before: number | null): Run {
    const step = run.profile.steps[index]
    const from = before ?? (step?.type === 'ramp' ? run.value : null)
    const countsFrom = step?.type === 'hold' && !step.within ? since : null
    return { ...run, index, since, from, countsFrom, bandSince: null, isLate: false }
}

/** All steps are over. */
function over(draft: Draft): void {
    const { profile, queued, since } = draft.run
    if (profile.end === 'next' && queued) {
        draft.run = fresh(queued, draft.run, since)
        draft.told.push('next', 'step')
        advance(draft)
        return
    }
    set(draft, { status: 'ended' })
    if (profile.end === 'off') give(draft, null)
    draft.told.push('ended')
}

type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>

const acts: { [T in RunEvent['type']]: (draft: Draft, event: Of<T>) => void } = {
    tick() {},
    value() {},
    pause(draft) {
        set(draft, { status: 'paused', pausedAt: draft.now })
        draft.told.push('paused')
    },
    resume(draft) {
        shift(draft, draft.now - draft.run.pausedAt!)
        acts.continue(draft, { type: 'continue' })
    },
    continue(draft) {
        set(draft, { status: 'running', pausedAt: null, seenAt: draft.now })
        draft.told.push('resumed')
    },
    skip: (draft) => move(draft, draft.run.index + 1, targetOf(stepOf(draft.run)!, draft.run.from)),
    confirm: (draft) => move(draft, draft.run.index + 1, draft.run.from),
    back(draft) {
        const index = Math.max(draft.run.index - 1, 0)
        move(draft, index, targetBefore(draft.run.profile, index))
    },
    stop(draft) {
        give(draft, null)
        set(draft, { status: 'ended', pausedAt: null, seenAt: draft.now })
        draft.told.push('ended')
    },
    edit: (draft, { profile }) => edit(draft, profile),
    queue(draft, { profile }) {
        set(draft, { queued: profile })
        draft.told.push('queued')
    },
}

/** To another step, by hand. One that is paused stays so. */
function move(draft: Draft, index: number, from: number | null): void {
    go(draft, index, draft.now, from)
    pauseAnew(draft)
    if (!stepOf(draft.run)) over(draft)
}

/** The step has just begun: a pause before that takes nothing from it. */
function pauseAnew(draft: Draft): void {
    if (draft.run.pausedAt !== null) set(draft, { pausedAt: draft.now })
}

function edit(draft: Draft, profile: Profile): void {
    const { run } = draft
    if (!keepsPast(run, profile)) return
    const isOfKind = profile.steps[run.index]?.type === stepOf(run)?.type
    set(draft, { profile, version: run.version + 1 })
    const step = stepOf(draft.run)
    if (!isOfKind) {
        draft.run = entered(draft.run, run.index, draft.now, run.setPoint)
        pauseAnew(draft)
    } else if (step?.type === 'hold' && !step.within && run.countsFrom === null) {
        // It waits for no band any more.
        set(draft, { countsFrom: run.since })
    }
    draft.told.push('edited')
}
