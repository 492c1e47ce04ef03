import type { Point } from '../shared/trend.ts'

/** Points of one value that are remembered. */
const MOST = 20_000

/** One value over time: what the flow has kept of a time, and what came while the page was open before and after that. */
export class ValueSeries {
    /** Oldest first. */
    points: Point[] = []
    /** Those that were told live, oldest first. */
    #live: Point[] = []
    #kept: readonly Point[] = []

    add(at: number, value: number | null): void {
        if (at <= (this.#live.at(-1)?.at ?? 0)) return
        this.#live.push({ at, value })
        if (this.#live.length > MOST) this.#live = this.#live.slice(MOST / 10)
        const isLast = at > (this.points.at(-1)?.at ?? 0)
        if (isLast) this.points.push({ at, value })
        if (!isLast || this.points.length > 2 * MOST) this.#join()
    }

    /** @param kept oldest first */
    keep(kept: readonly Point[]): void {
        this.#kept = kept
        this.#join()
    }

    /** Messages were missed: of the time before only what the flow has kept counts. */
    interrupt(): void {
        this.#live = []
        this.#join()
    }

    #join(): void {
        const [first, last] = [this.#kept[0]?.at ?? Number.POSITIVE_INFINITY, this.#kept.at(-1)?.at ?? 0]
        const [before, after] = [this.#live.filter(({ at }) => at < first), this.#live.filter(({ at }) => at > last && at > first)]
        this.points = [...before, ...this.#kept, ...after]
    }
}
