import type { Priority } from './alarm.ts'

/** What can be wrong with a value that is watched. `no-data` is an alarm of its own: acknowledging it acknowledges no other. */
export const rules = ['high-high', 'high', 'low', 'low-low', 'rate', 'not-reached', 'no-data'] as const
export type Rule = (typeof rules)[number]

export const priorityOf: Readonly<Record<Rule, Priority>> = {
    'high-high': 'critical',
    high: 'high',
    low: 'high',
    'low-low': 'critical',
    rate: 'medium',
    'not-reached': 'high',
    'no-data': 'high',
}

/** What a value is held against; a rule without a number is not looked at. */
export interface Limits {
    highHigh?: number | undefined
    high?: number | undefined
    low?: number | undefined
    lowLow?: number | undefined
    /** By so much a value has to be back within a limit before the alarm is over. */
    deadband: number
    /** A value may change by so much in a minute. */
    rate?: number | undefined
    /** Reached is a set-point while the value is no further from it than that. */
    tolerance?: number | undefined
}

/** What is remembered of a value. Plain data but for the set of rules that it breaks. */
export interface Watched {
    readonly broken: ReadonlySet<Rule>
    /** The set-point of last; null while there is none. */
    readonly setPoint: number | null
    /** Of the last minute, oldest first. Times are monotonic milliseconds. */
    readonly samples: readonly { at: number; value: number }[]
}

export const unwatched = (broken: ReadonlySet<Rule>): Watched => ({ broken, setPoint: null, samples: [] })

/** What was found out by looking at a value. */
export interface Finding {
    rule: Rule
    isActive: boolean
    text: string
    value: number
}

export interface Sample {
    /** Undefined if only the set-point was told. */
    value?: number | undefined
    /** Null for none; undefined if it was not told. */
    setPoint?: number | null | undefined
}

const MINUTE = 60_000
/** Samples of a minute that are remembered. */
const MOST_SAMPLES = 60

/** Looks at a value. Pure; times are monotonic milliseconds. @returns what is to be remembered, and which rules it breaks or no longer does */
export function look(before: Watched, sample: Sample, limits: Limits, now: number): { watched: Watched; findings: Finding[] } {
    const { value } = sample
    const setPoint = sample.setPoint === undefined ? before.setPoint : sample.setPoint
    const samples = value === undefined ? before.samples : remembered(before.samples, value, now)
    if (value === undefined) return { watched: { ...before, setPoint }, findings: restarted(before, setPoint, limits) }
    const findings: Finding[] = restarted(before, setPoint, limits)
    const broken = new Set(before.broken)
    for (const [rule, isBroken, text] of looked(before.broken, value, { setPoint, rate: rateOf(samples) }, limits)) {
        if (isBroken === broken.has(rule)) continue
        if (isBroken) broken.add(rule)
        else broken.delete(rule)
        findings.push({ rule, isActive: isBroken, text, value })
    }
    return { watched: { broken, setPoint, samples }, findings }
}

/** A set-point that jumps has its time to be reached anew. */
function restarted({ broken, setPoint: before }: Watched, setPoint: number | null, { tolerance }: Limits): Finding[] {
    const isJump = setPoint !== null && before !== null && tolerance !== undefined && Math.abs(setPoint - before) > tolerance
    if (!isJump || !broken.has('not-reached')) return []
    const again = { rule: 'not-reached', text: notReached(setPoint), value: setPoint } as const
    return [
        { ...again, isActive: false },
        { ...again, isActive: true },
    ]
}

type Look = [rule: Rule, isBroken: boolean, text: string]

interface More {
    setPoint: number | null
    /** By a minute; null while that is not known. */
    rate: number | null
}

function looked(broken: ReadonlySet<Rule>, value: number, { setPoint, rate }: More, limits: Limits): Look[] {
    const { deadband, tolerance } = limits
    /** Whether a limit is passed, or was and is not yet left behind by the dead-band. */
    const over = (rule: Rule, excess: number) => excess > (broken.has(rule) ? -deadband : 0)
    const above = (rule: Rule, limit = Infinity): Look => [rule, over(rule, value - limit), `${value} is above ${limit}`]
    const below = (rule: Rule, limit = -Infinity): Look => [rule, over(rule, limit - value), `${value} is below ${limit}`]
    const isTooFast = limits.rate !== undefined && rate !== null && Math.abs(rate) > limits.rate
    const isAway = tolerance !== undefined && setPoint !== null && Math.abs(value - setPoint) > tolerance
    return [
        above('high-high', limits.highHigh),
        above('high', limits.high),
        below('low', limits.low),
        below('low-low', limits.lowLow),
        ['rate', isTooFast, `changes by ${rate === null ? '' : Number(rate.toPrecision(3))} a minute`],
        ['not-reached', isAway, setPoint === null ? '' : notReached(setPoint)],
    ]
}

const notReached = (setPoint: number) => `the set-point ${Number(setPoint.toPrecision(6))} is not reached in time`

function remembered(samples: Watched['samples'], value: number, now: number): Watched['samples'] {
    const recent = samples.filter(({ at }) => at >= now - MINUTE)
    const last = recent.at(-1)
    // Many values in a second are one.
    if (last && recent.length > 1 && now - last.at < MINUTE / MOST_SAMPLES) return recent
    return [...recent, { at: now, value }].slice(-MOST_SAMPLES - 1)
}

/** By how much it changes in a minute; null before half a minute was seen. */
function rateOf(samples: Watched['samples']): number | null {
    const [first, last] = [samples[0], samples.at(-1)]
    if (!first || !last || last.at - first.at < MINUTE / 2) return null
    return ((last.value - first.value) / (last.at - first.at)) * MINUTE
}
