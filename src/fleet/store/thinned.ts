import type { HistoryPoint } from '../repository.ts'

/** Keeps the lowest and the highest value of each of equal stretches of time. */
export class Thinned {
    readonly #from: number
    readonly #width: number
    readonly #stretches: { least: HistoryPoint; greatest: HistoryPoint }[] = []

    constructor(from: number, to: number, limit: number) {
        this.#from = from
        // Plus one, so that `to` falls into the last stretch.
        this.#width = (to - from + 1) / Math.max(Math.floor(limit / 2), 1)
    }

    add(point: HistoryPoint): void {
        const index = Math.floor((point.at - this.#from) / this.#width)
        const stretch = this.#stretches[index]
        if (!stretch) this.#stretches[index] = { least: point, greatest: point }
        else if (point.value < stretch.least.value) stretch.least = point
        else if (point.value > stretch.greatest.value) stretch.greatest = point
    }

    get points(): HistoryPoint[] {
        // The list has holes for stretches without points, which flatMap skips.
        return this.#stretches.flatMap(({ least, greatest }) => {
            if (least === greatest) return [least]
            return least.at < greatest.at ? [least, greatest] : [greatest, least]
        })
    }
}
