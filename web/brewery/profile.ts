import type { Range } from '../shared/time-window.ts'

/** A profile as it is kept: its points are at dates in ISO 8601, or after seconds from its start. */
export interface ProfileDocument {
    name: string
    points?: { at?: string; after?: number; value: number }[]
    steps?: Step[]
    mode?: Mode
    end?: End
}

export const modes = ['step', 'linear'] as const
export const ends = ['hold', 'off', 'next'] as const
export type Mode = (typeof modes)[number]
export type End = (typeof ends)[number]

/** A step as the flow tells of it. Durations are seconds. */
export type Step =
    | { type: 'set'; value: number }
    | { type: 'ramp'; to: number; rate?: number; duration?: number }
    | { type: 'hold'; duration: number; band?: number; for?: number }
    | { type: 'until'; above?: number; below?: number; limit: number; late?: 'advance' | 'hold' }
    | { type: 'confirm'; text: string }
    | { type: 'at'; at: string; value: number; linear?: boolean }

/** A point of a curve; `at` in milliseconds since 1970, or since the start of the profile. */
export interface Spot {
    at: number
    value: number
}

/** A profile of points while it is edited. Never changed in place. */
export interface Draft {
    name: string
    /** Whether its points are at dates, or so long after its start. */
    kind: 'date' | 'offset'
    mode: Mode
    end: End
    points: readonly Spot[]
    /** How many points are over and stay as they are, as the profile runs. */
    fixed: number
}

/** Milliseconds between two points at the least. */
const CLOSEST = 1000

/** Undefined for a profile of steps. */
export function draftOf({ name, points, mode = 'step', end = 'hold' }: ProfileDocument): Draft | undefined {
    if (!points) return undefined
    const kind = points[0]?.after === undefined ? 'date' : 'offset'
    const spots = points.map(({ at, after = 0, value }) => ({ at: kind === 'date' ? Date.parse(at ?? '') : after * 1000, value }))
    return { name, kind, mode, end, points: spots, fixed: 0 }
}

export const documentOf = ({ name, kind, mode, end, points }: Draft): ProfileDocument => ({
    name,
    mode,
    end,
    points: points.map(({ at, value }) => (kind === 'date' ? { at: new Date(at).toISOString(), value } : { after: at / 1000, value })),
})

/**
 * The draft of a profile that runs.
 * @param step the index of the step that it is at
 * @returns undefined if it has steps that no points stand for
 */
export function draftOfRun(name: string, steps: readonly Step[], step: number, end: End = 'hold'): Draft | undefined {
    if (!areOfPoints(steps)) return undefined
    const isDated = steps[0]?.type === 'at'
    const points: Spot[] = []
    let [after, fixed, mode] = [0, 0, 'step' as Mode]
    for (const [index, one] of steps.entries()) {
        if (one.type === 'ramp' || one.type === 'hold') after += (one.duration ?? 0) * 1000
        if (one.type === 'ramp' || (one.type === 'at' && one.linear)) mode = 'linear'
        if (one.type === 'at') points.push({ at: Date.parse(one.at), value: one.value })
        else if (one.type === 'set') points.push({ at: after, value: one.value })
        else if (one.type === 'ramp') points.push({ at: after, value: one.to })
        if (one.type !== 'hold' && index < step) fixed = points.length
    }
    return { name, kind: isDated ? 'date' : 'offset', mode, end, points, fixed }
}

/** Whether steps are those that points stand for: dates, or set-points with either holds or ramps between them. */
function areOfPoints(steps: readonly Step[]): boolean {
    const isPlain = (one: Step) =>
        one.type === 'hold' ? one.band === undefined && one.duration > 0 : one.type !== 'ramp' || (one.duration ?? 0) > 0
    const kinds = steps.map(({ type }) => type).join(' ')
    return /^(at( at)*|(hold )?set(( hold set)*|( ramp)*))$/.test(kinds) && steps.every(isPlain)
}

/** Moves a point; it stays between its neighbours, and where it is if it is over. */
export function movePoint(draft: Draft, index: number, to: Spot): Draft {
    if (index < draft.fixed) return draft
    const [before, after] = [draft.points[index - 1], draft.points[index + 1]]
    const least = before ? before.at + CLOSEST : draft.kind === 'offset' ? 0 : Number.NEGATIVE_INFINITY
    const at = Math.min(Math.max(to.at, least), after ? after.at - CLOSEST : Number.POSITIVE_INFINITY)
    return { ...draft, points: draft.points.with(index, { at, value: to.value }) }
}

/** Adds a point where it belongs by its time. @returns also its index; undefined where there is one already, or where it is over */
export function addPoint(draft: Draft, spot: Spot): { draft: Draft; index: number } | undefined {
    const found = draft.points.findIndex(({ at }) => at > spot.at)
    const index = found < 0 ? draft.points.length : found
    const near = [draft.points[index - 1], draft.points[index]].some((one) => one && Math.abs(one.at - spot.at) < CLOSEST)
    if (near || index < draft.fixed) return undefined
    return { draft: { ...draft, points: draft.points.toSpliced(index, 0, spot) }, index }
}

/** The last point stays. */
export const removePoint = (draft: Draft, index: number): Draft =>
    index < draft.fixed || draft.points.length < 2 ? draft : { ...draft, points: draft.points.toSpliced(index, 1) }

/** Puts the points in order, after their times were entered one by one. */
export function sortPoints(draft: Draft): Draft {
    const rest = draft.points.slice(draft.fixed).toSorted((one, other) => one.at - other.at)
    return { ...draft, points: [...draft.points.slice(0, draft.fixed), ...rest] }
}

/** Turns dates into offsets, or back. @param start when the profile starts or started, in milliseconds since 1970 */
export function withKind(draft: Draft, kind: Draft['kind'], start: number): Draft {
    if (kind === draft.kind) return draft
    const shift = kind === 'date' ? start : -(draft.points[0]?.at ?? 0)
    return { ...draft, kind, points: draft.points.map(({ at, value }) => ({ at: at + shift, value })) }
}

/** The corners of the line that set-points follow. @param until where the last one is held to */
export function curveOf({ points, mode }: Pick<Draft, 'points' | 'mode'>, until: number): Spot[] {
    const corners = points.flatMap((point, i): Spot[] => {
        const before = points[i - 1]
        return mode === 'step' && before ? [{ at: point.at, value: before.value }, point] : [point]
    })
    const last = points.at(-1)
    return last && until > last.at ? [...corners, { at: until, value: last.value }] : corners
}

/** What a curve needs in a plot, with room around it. */
export function extentOf(spots: readonly Spot[]): { times: Range; values: { from: number; to: number } } {
    const [ats, values] = [spots.map(({ at }) => at), spots.map(({ value }) => value)]
    const [first, last] = [Math.min(...ats), Math.max(...ats)]
    const [least, greatest] = [Math.min(...values), Math.max(...values)]
    const length = last - first || 3_600_000
    const room = Math.max((greatest - least) * 0.2, 1)
    return { times: { from: first, to: last + length * 0.12 }, values: { from: least - room, to: greatest + room } }
}

/** Round numbers within a range. @param most how many there may be */
export function roundNumbers(from: number, to: number, most: number): number[] {
    const rough = (to - from) / most
    const power = 10 ** Math.floor(Math.log10(rough))
    const step = [1, 2, 5, 10].map((n) => n * power).find((one) => one >= rough) ?? 10 * power
    const first = Math.ceil(from / step - 1e-9)
    return Array.from({ length: Math.floor(to / step + 1e-9) - first + 1 }, (_, n) => Number(((first + n) * step).toPrecision(12)))
}

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]

/** How far one key moves a point in time, and what dragging rounds to: about a hundredth of what is shown. */
export const timeStep = ({ from, to }: Range): number =>
    [1000, 10_000, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR].find(
        (step) => (to - from) / step <= 150,
    ) ?? DAY

const units: Record<string, number> = { d: DAY, t: DAY, h: HOUR, m: MINUTE, min: MINUTE, s: 1000 }

/** Reads a duration such as `1 d 12 h`, `90 min`, or hours alone. @returns milliseconds; NaN if it is none */
export function parseDuration(text: string): number {
    const trimmed = text.trim().toLowerCase().replaceAll(',', '.')
    if (trimmed !== '' && Number.isFinite(Number(trimmed))) return Number(trimmed) * HOUR
    const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)\s*/g)]
    if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== trimmed) return Number.NaN
    return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit!] ?? Number.NaN), 0)
}

/** The same the other way round, to the second: `1 d 12 h`. */
export function exactDuration(ms: number): string {
    let rest = Math.round(ms / 1000) * 1000
    const parts = (
        [
            ['d', DAY],
            ['h', HOUR],
            ['min', MINUTE],
            ['s', 1000],
        ] as const
    ).flatMap(([unit, size]) => {
        const count = Math.floor(rest / size)
        rest -= count * size
        return count > 0 ? [`${count} ${unit}`] : []
    })
    return parts.join(' ') || '0'
}
