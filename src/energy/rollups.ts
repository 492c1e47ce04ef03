import type { SocketMeter } from './shares.ts'

/** Milliseconds that a row of each level is for, the finest first. */
export const LEVELS = [60_000, 900_000, 3_600_000] as const

/** Rows that a stretch is divided into at a level at the most: a longer one, in which nothing was heard of the plug, is kept whole. */
const MOST_ROWS = 60

/** What of a meter is kept by time. */
export type Booked = Pick<
    SocketMeter,
    'steps' | 'energy' | 'elapsed' | 'unshared' | 'cost' | 'priced' | 'onMs' | 'perWeight' | 'costPerWeight'
>

/** What was used in some time. Everything in it adds up. */
export interface Used {
    /** Wh; of that what was used while nobody ran, and what had a price. */
    energy: number
    unshared: number
    priced: number
    cost: number
    /** As in {@link SocketMeter}. */
    perWeight: number
    costPerWeight: number
    /** Milliseconds that the relay was on, and that energy is known for. */
    onMs: number
    known: number
    /** Milliseconds of which it is known by power and time only, and of which little is known. */
    integrated: number
    gap: number
}

export const amounts = [
    'energy',
    'unshared',
    'priced',
    'cost',
    'perWeight',
    'costPerWeight',
    'onMs',
    'known',
    'integrated',
    'gap',
] as const satisfies readonly (keyof Used)[]

/** A part of {@link Used}. */
export const partOf = (used: Used, part: number): Used => {
    const scaled = { ...used }
    for (const name of amounts) scaled[name] *= part
    return scaled
}

/** A row of one level. */
export interface Rollup extends Used {
    /** Milliseconds that it is for; negative for a stretch that is kept whole, which ends at `at`. */
    width: number
    /** When it begins, in milliseconds since 1970. */
    at: number
    /** W, of the readings in it; null without any. */
    least: number | null
    greatest: number | null
}

/** What of a meter is kept by time, as of now. */
export const booked = ({ steps, energy, elapsed, unshared, cost, priced, onMs, perWeight, costPerWeight }: SocketMeter): Booked => ({
    steps,
    energy,
    elapsed,
    unshared,
    cost,
    priced,
    onMs,
    perWeight,
    costPerWeight,
})

/** What was used from one state of a meter to another; undefined if nothing has passed. */
function usedSince(before: Booked, meter: SocketMeter): Used | undefined {
    const ms = meter.elapsed - before.elapsed
    const energy = meter.energy - before.energy
    if (ms < 0 || energy < 0 || (ms === 0 && energy === 0)) return undefined
    const since = before.elapsed
    const isGap = meter.gapAt > since
    const rise = (name: 'unshared' | 'priced' | 'cost' | 'perWeight' | 'costPerWeight' | 'onMs') => meter[name] - before[name]
    return {
        energy,
        unshared: rise('unshared'),
        priced: rise('priced'),
        cost: rise('cost'),
        perWeight: rise('perWeight'),
        costPerWeight: rise('costPerWeight'),
        onMs: rise('onMs'),
        known: isGap && energy === 0 ? 0 : ms,
        integrated: !isGap && meter.integratedAt > since ? ms : 0,
        gap: isGap ? ms : 0,
    }
}

/**
 * The rows, of all levels, of what a meter has counted since it was booked last. Their sum at each level is what it has counted; it is taken
 * to have been used evenly.
 * @param power W, of the reading that it was moved on by, if it was
 */
export function rollupsOf(before: Booked, meter: SocketMeter, power: number | null): Rollup[] {
    const used = usedSince(before, meter)
    if (!used) return []
    const [from, to] = [meter.at - (meter.elapsed - before.elapsed), meter.at]
    return LEVELS.flatMap((width) => [...divided({ from, to, width }, used, power)])
}

/** A stretch in time, cut at the borders of a level. What was read belongs to the end of it. */
function* divided({ from, to, width }: { from: number; to: number; width: number }, used: Used, power: number | null): Generator<Rollup> {
    const start = (at: number) => Math.floor(at / width) * width
    const extremes = { least: power, greatest: power }
    // What ends at a border belongs to the row before it.
    const last = Math.max(start(from), start(to - 1))
    if (last === start(from)) yield { width, at: last, ...used, ...extremes }
    else if ((last - from) / width > MOST_ROWS) yield { width: -width, at: to, ...used, ...extremes }
    else
        for (let at = start(from); at <= last; at += width) {
            const part = (Math.min(at + width, to) - Math.max(at, from)) / (to - from)
            const own = at === last ? extremes : { least: null, greatest: null }
            yield { width, at, ...partOf(used, part), ...own }
        }
}
