import type { Quality } from './metering.ts'
import { amounts, partOf, type Used } from './rollups.ts'

/** Wh up to which a counter may tell of late what was used before. */
const NOTHING = 1

/** What was used in a bucket. */
export interface Tally extends Used {
    /** W, of the readings in it; null without any. */
    least: number | null
    greatest: number | null
}

export const emptyTally = (): Tally => ({
    energy: 0,
    unshared: 0,
    priced: 0,
    cost: 0,
    perWeight: 0,
    costPerWeight: 0,
    onMs: 0,
    known: 0,
    integrated: 0,
    gap: 0,
    least: null,
    greatest: null,
})

/** Adds something to a tally. @param part of it, from 0 to 1 */
export function addTo(tally: Tally, more: Tally, part = 1): void {
    const used = part === 1 ? more : partOf(more, part)
    for (const name of amounts) tally[name] += used[name]
    if (more.least !== null && (tally.least === null || more.least < tally.least)) tally.least = more.least
    if (more.greatest !== null && (tally.greatest === null || more.greatest > tally.greatest)) tally.greatest = more.greatest
}

/** What a report tells of some time. What is not known is null, and never 0. */
export interface Figures {
    kWh: number | null
    /** Null without a tariff. */
    cost: number | null
    /** Only if some of the energy had no price. */
    unpricedKWh?: number
    /** W, by the readings. */
    minW: number | null
    /** W, by the energy. */
    meanW: number | null
    maxW: number | null
    /** That the socket was switched on, of the time of which that is known. */
    secondsOn: number | null
    /** That energy is known for. */
    secondsKnown: number
    /** Of the worst part. */
    quality: Quality | null
}

/** @param hasPrice whether there is a tariff at all */
export function figuresOf(tally: Tally, hasPrice: boolean): Figures {
    const { energy, known, gap, least, greatest } = tally
    const isKnown = known > 0 || energy > 0
    const unpriced = energy - tally.priced
    return {
        kWh: isKnown ? digits(energy / 1000, 6) : null,
        cost: isKnown && hasPrice && (energy === 0 || tally.priced > 0) ? digits(tally.cost, 6) : null,
        ...(hasPrice && unpriced > 0.001 && { unpricedKWh: digits(unpriced / 1000, 6) }),
        minW: least,
        meanW: known > 0 ? digits(energy / (known / 3_600_000), 3) : null,
        maxW: greatest,
        secondsOn: isKnown && (tally.onMs > 0 || energy <= NOTHING) ? digits(tally.onMs / 1000, 3) : null,
        secondsKnown: digits(known / 1000, 3),
        quality: gap > 0.5 ? 'gap' : tally.integrated > 0.5 ? 'integrated' : isKnown ? 'counter' : null,
    }
}

export const digits = (value: number, n: number) => Number(value.toFixed(n))

/** Powers in W, to two digits, with the milliseconds for which it was so. */
export class Powers {
    readonly #ms = new Map<number, number>()
    #all = 0

    add(watts: number, ms: number): void {
        this.#ms.set(watts, (this.#ms.get(watts) ?? 0) + ms)
        this.#all += ms
    }

    addAll(others: Powers): void {
        for (const [watts, ms] of others.#ms) this.add(watts, ms)
    }

    /** W that were not exceeded for such a part of the time; null if nothing is known. @param part from 0 to 1 */
    percentile(part: number): number | null {
        let passed = 0
        const sorted = [...this.#ms].sort(([one], [other]) => one - other)
        for (const [watts, ms] of sorted) {
            passed += ms
            if (passed >= part * this.#all * (1 - 1e-9)) return watts
        }
        return sorted.at(-1)?.[0] ?? null
    }
}
