import type { Profile, Step } from './document.ts'
import { endOf, type Run, rampTime, stepOf, targetOf } from './run.ts'

/** What is to come of a profile. Times are milliseconds since 1970. */
interface PlannedStep {
    index: number
    step: Step
    startsAt: number
    /** Null for a step whose end nobody can know, and all that come after it are counted from the present. */
    endsAt: number
    /** Whether the end is known; if not, the step is taken to end at once, or at its limit. */
    isKnown: boolean
    from: number | null
    to: number | null
}

/** The present step and those to come, as far as times are known. */
function plan(run: Run, now: number): PlannedStep[] {
    const { profile, since, index } = run
    const steps = profile.steps.slice(index)
    const planned: PlannedStep[] = []
    const clock = run.pausedAt === null ? now : run.pausedAt
    let [at, from] = [now, run.from]
    for (const [i, step] of steps.entries()) {
        const end = i === 0 ? endOf(run, step, clock) : expected(step, at, from)
        const to = targetOf(step, from)
        const isKnown = end !== null && step.type !== 'until' && (i === 0 || step.type !== 'hold' || !step.within)
        const late = i === 0 && step.type !== 'at' ? now - clock : 0
        const endsAt = Math.max(at, end === null ? at + leastOf(step) : end + late)
        planned.push({ index: index + i, step, startsAt: i === 0 ? since : at, endsAt, isKnown, from, to })
        ;[at, from] = [endsAt, to]
    }
    return planned
}

/** When a step would end that begins at a time. */
function expected(step: Step, at: number, from: number | null): number {
    if (step.type === 'ramp') return at + (from === null ? 0 : rampTime(step, from))
    return step.type === 'at' ? step.at : at + leastOf(step)
}

/** How long a step takes that nobody can know, as far as is known. */
function leastOf(step: Step): number {
    if (step.type === 'hold') return step.duration
    return step.type === 'until' && step.late === 'advance' ? step.limit : 0
}

interface Outlook {
    /** From 0 to 1; by time, as far as that is known. */
    progress: number
    /** Milliseconds until the last step is over. */
    left: number
    /** Whether there is no step whose end nobody can know. */
    isKnown: boolean
    /** When the set-point is another one next, or a ramp is at its end. */
    next: { at: number; value: number } | null
}

/** How far a run is, and what comes next. */
function outlook(run: Run, now: number): Outlook {
    if (run.status === 'ended') return { progress: 1, left: 0, isKnown: true, next: null }
    const planned = plan(run, now)
    const left = Math.max((planned.at(-1)?.endsAt ?? now) - now, 0)
    const passed = Math.max((run.pausedAt ?? now) - run.begunAt, 0)
    const change = planned.find(({ to, endsAt }) => to !== null && to !== run.setPoint && endsAt >= now)
    return {
        progress: passed + left === 0 ? 0 : passed / (passed + left),
        left,
        isKnown: planned.every(({ isKnown }) => isKnown),
        next: change ? { at: change.endsAt, value: change.to! } : null,
    }
}

/** The set-points to come, for a plot: a line from one to the next. */
export function curve(run: Run, now: number): { at: number; value: number | null }[] {
    const points: { at: number; value: number | null }[] = [{ at: now, value: run.setPoint }]
    for (const { step, startsAt, endsAt, from, to } of plan(run, now)) {
        const isLine = step.type === 'ramp' || (step.type === 'at' && step.linear)
        if (!isLine && startsAt > now) points.push({ at: startsAt, value: from })
        if (!isLine) points.push({ at: endsAt, value: from })
        points.push({ at: endsAt, value: to })
    }
    return points.filter((point, i) => point.at !== points[i - 1]?.at || point.value !== points[i - 1]?.value)
}

/** What a new version of a profile changes. */
export interface Difference {
    index: number
    before?: Step
    after?: Step
}

/** The steps that are different: what is the same at both ends is left out. */
export function difference({ steps: before }: Profile, { steps: after }: Profile): Difference[] {
    const isSame = (a: Step | undefined, b: Step | undefined) => JSON.stringify(a) === JSON.stringify(b)
    const most = Math.min(before.length, after.length)
    let first = 0
    while (first < most && isSame(before[first], after[first])) first++
    let same = 0
    while (same < most - first && isSame(before.at(-1 - same), after.at(-1 - same))) same++
    const changes: Difference[] = []
    for (let index = first; index < Math.max(before.length, after.length) - same; index++) {
        const [old, made] = [
            index < before.length - same ? before[index] : undefined,
            index < after.length - same ? after[index] : undefined,
        ]
        if (!isSame(old, made)) changes.push({ index, ...(old && { before: old }), ...(made && { after: made }) })
    }
    return changes
}

/** A step as it is read. */
export function stepView(step: Step): object {
    const iso = (at: number) => new Date(at).toISOString()
    switch (step.type) {
        case 'at':
            return { ...step, at: iso(step.at) }
        case 'hold': {
            const { within, duration, type } = step
            return { type, duration: duration / 1000, ...(within && { band: within.band, for: within.for / 1000 }) }
        }
        case 'ramp':
            return 'duration' in step ? { ...step, duration: step.duration / 1000 } : step
        case 'until':
            return { ...step, limit: step.limit / 1000 }
        default:
            return step
    }
}

/** What flows are told of a run. */
export function runView(run: Run, now: number) {
    const { profile, version, status, index, setPoint, value, begunAt, queued, isLate } = run
    const { progress, left, isKnown, next } = outlook(run, now)
    const step = stepOf(run)
    return {
        ...{ profile: profile.name, version, status, step: index, steps: profile.steps.length, setPoint, measured: value },
        ...(step && { type: step.type, ...(step.type === 'confirm' && { confirm: step.text }), ...(isLate && { late: true }) }),
        ...{ started: new Date(begunAt).toISOString(), progress: Math.round(progress * 1000) / 1000 },
        ...{ timeLeft: Math.round(left / 1000), isEstimate: !isKnown },
        next: next && { at: new Date(next.at).toISOString(), value: next.value },
        queued: queued?.name ?? null,
    }
}
