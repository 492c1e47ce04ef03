import type { Profile, Step } from './document.ts'

/** How a profile is played. */
export interface Manner {
    /** Set-points of a ramp are told in steps of this. */
    readonly resolution: number
    /** What is done after a time in which nobody could do anything. */
    readonly outage: 'continue' | 'resume' | 'ask'
    /** What is shorter than that many milliseconds is no outage. */
    readonly outageAfter: number
}

export type RunStatus = 'running' | 'paused' | 'asking' | 'ended'

/** A profile that is played, or was. Plain data, never changed in place; times are milliseconds since 1970. */
export interface Run {
    readonly profile: Profile
    /** Counts how often it was edited, from 1. */
    readonly version: number
    readonly status: RunStatus
    readonly manner: Manner
    readonly begunAt: number
    /** Which step it is at; the number of steps once all are over. */
    readonly index: number
    /** When the step began; later by as long as it was paused. */
    readonly since: number
    /** The set-point that the step began with; null for none. */
    readonly from: number | null
    readonly setPoint: number | null
    /** Of a hold: from when on its duration counts; null while the value has yet to come within the band. */
    readonly countsFrom: number | null
    /** Since when the value is within the band. */
    readonly bandSince: number | null
    /** The limit of an `until` is over, and it waits further. */
    readonly isLate: boolean
    /** When it was paused, or the outage began. */
    readonly pausedAt: number | null
    /** When it was last looked at. */
    readonly seenAt: number
    /** What was measured last. */
    readonly value: number | null
    /** What is played after it, if it ends so. */
    readonly queued: Profile | null
}

const HOUR = 3_600_000
/** Milliseconds that a ramp takes at the most: what is so slow that it takes longer has no date for its end. */
const LONGEST = 10 * 365 * 24 * HOUR

export const stepOf = ({ profile, index }: Pick<Run, 'profile' | 'index'>): Step | undefined => profile.steps[index]

/** What the set-point is once a step is over. */
export function targetOf(step: Step, from: number | null): number | null {
    if (step.type === 'set' || step.type === 'at') return step.value
    return step.type === 'ramp' ? step.to : from
}

/** The set-point that a step begins with; null for none. */
export const targetBefore = ({ steps }: Profile, index: number): number | null =>
    steps.slice(0, index).reduce<number | null>((from, step) => targetOf(step, from), null)

/** How long a ramp takes, in milliseconds. */
export function rampTime(step: Extract<Step, { type: 'ramp' }>, from: number): number {
    return 'rate' in step ? Math.min((Math.abs(step.to - from) / step.rate) * HOUR, LONGEST) : step.duration
}

/** When a step ends by itself; null if that is not known. */
export function endOf({ since, from, value, countsFrom }: Run, step: Step, now: number): number | null {
    switch (step.type) {
        case 'set':
            return since
        case 'at':
            return step.at
        case 'ramp':
            return since + rampTime(step, from ?? step.to)
        case 'hold':
            return countsFrom === null ? null : countsFrom + step.duration
        case 'until':
            if (value !== null && (value > (step.above ?? Infinity) || value < (step.below ?? -Infinity))) return now
            return step.late === 'advance' ? since + step.limit : null
        case 'confirm':
            return null
    }
}

/** The set-point of a step at a time, before it is over. */
export function during(step: Step, from: number | null, since: number, at: number, resolution: number): number | null {
    if (step.type === 'ramp' && from !== null) return along(from, step.to, (at - since) / rampTime(step, from), resolution)
    if (step.type === 'at' && step.linear && from !== null) return along(from, step.value, (at - since) / (step.at - since), resolution)
    return from
}

/** On the way from one set-point to another, in whole steps of the resolution. */
function along(from: number, to: number, part: number, resolution: number): number {
    const exact = from + (to - from) * Math.min(Math.max(part, 0), 1)
    const stepped = from + Math.sign(to - from) * Math.floor(Math.abs(exact - from) / resolution + 1e-9) * resolution
    return Number(stepped.toPrecision(12))
}

/** When the set-point is next another one within a step, if it is one that changes all the time. */
export function nextChangeIn(step: Step, { from, since, setPoint, manner: { resolution } }: Run, end: number): number | null {
    const target = step.type === 'ramp' ? step.to : step.type === 'at' && step.linear ? step.value : null
    if (target === null || from === null || target === from || setPoint === null) return null
    const part = (Math.abs(setPoint - from) + resolution) / Math.abs(target - from)
    return part >= 1 ? null : since + part * (end - since)
}
