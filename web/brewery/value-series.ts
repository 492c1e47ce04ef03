import type { Point } from '../shared/trend.ts'

/** Points of one value that are remembered. */
const MOST = 20_000

/** One value over time: what the flow has kept, and what came while the page was open. */
export class ValueSeries {
    points: Point[] = []
    /** Those that were told live, oldest first. */
    #live: Point[] = []
    #kept: readonly Point[] = []

    add(at: number, value: number | null): void {
        if (at <= (this.#live.at(-1)?.at ?? 0)) return
        this.#live.push({ at, value })
        if (this.#live.length > MOST) this.#live = this.#live.slice(MOST / 10)
        this.points.push({ at, value })
        if (this.points.length > 2 * MOST) this.#join()
    }

    /** Takes what the flow has kept; it is thinned, so what came live counts more. */
    keep(kept: readonly Point[]): void {
        this.#kept = kept
        this.#join()
    }

    #join(): void {
        const begin = this.#live[0]?.at ?? Number.POSITIVE_INFINITY
        const last = this.#live.at(-1)?.at ?? 0
        this.points = [...this.#kept.filter(({ at }) => at < begin), ...this.#live, ...this.#kept.filter(({ at }) => at > last && at > begin)]
    }

    /** Messages were missed: what came live before is only as good as what the flow has kept. */
    interrupt(): void {
        this.#live = []
        this.#join()
    }
}
