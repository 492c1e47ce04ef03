import { addTo, alignedLevel, cover, emptyTally, LEVELS, type Piece, Powers, type Tally } from '../energy/index.ts'
import type { Usage, UsageRow } from './usage.ts'

/** Rollups up to which a report is made of minutes or of quarters of an hour although hours would do. */
const MOST_FINE = 100_000
/** How often a report is begun anew because what it read was deleted meanwhile. */
const TRIES = 3

export interface TallyQuery {
    /** Their ids. */
    sockets: readonly string[]
    /** Where buckets begin and end, in milliseconds since 1970, ascending. */
    borders: readonly number[]
    /** Whether for each socket, and not for all together. */
    isEach: boolean
    /** Whether to tell for how long power was what. */
    withPowers: boolean
    /** Milliseconds since 1970: a rollup that is not over holds nothing from later. */
    now: number
}

/** What one socket, or all of them, have used in each bucket. */
export interface Tallies {
    buckets: Tally[]
    powers: Powers
}

export interface TalliesOf {
    /** By the ids of the sockets; blank for all together. */
    of: Map<string, Tallies>
    /** Milliseconds of the coarsest rollups that were read. */
    resolution: number
}

/** Sums up what sockets have used. What was read is there once, however many levels it comes from. */
export async function tallies(usage: Usage, query: TallyQuery): Promise<TalliesOf> {
    for (let tries = 1; ; tries++) {
        const kept = await usage.kept()
        const result = await sumUp(usage, query, kept)
        const after = await usage.kept()
        const isWhole = after.every((since, level) => since === kept[level] || since <= query.borders[0]!)
        if (isWhole || tries === TRIES) return result
    }
}

async function sumUp(usage: Usage, query: TallyQuery, kept: readonly number[]): Promise<TalliesOf> {
    const { sockets, borders } = query
    const [from, to] = [borders[0]!, borders.at(-1)!]
    const aligned = alignedLevel(borders.slice(1, -1))
    const fine = LEVELS.findIndex((width) => (sockets.length * (to - from)) / width <= MOST_FINE)
    const sum = new Sum(usage, query)
    const level = Math.min(aligned, fine < 0 ? LEVELS.length - 1 : fine)
    const pieces = [...cover(from, to, { level, aligned, kept })]
    for (const piece of pieces) await (piece.isDivided ? sum.divide(piece) : sum.add(piece))
    return { of: sum.of, resolution: Math.max(...pieces.map(({ width }) => width)) }
}

class Sum {
    readonly of = new Map<string, Tallies>()
    readonly #usage: Usage
    readonly #q: TallyQuery

    constructor(usage: Usage, query: TallyQuery) {
        this.#usage = usage
        this.#q = query
        for (const socket of query.isEach ? query.sockets : ['']) {
            const buckets = Array.from({ length: query.borders.length - 1 }, emptyTally)
            this.of.set(socket, { buckets, powers: new Powers() })
        }
    }

    /** Adds rollups that are each of one bucket. */
    async add(piece: Piece): Promise<void> {
        const { sockets, isEach, withPowers } = this.#q
        for (const { first, origin, length, from, to } of this.#equal(piece))
            for await (const rows of this.#usage.summed(sockets, { ...piece, from, to }, { origin, length }, isEach))
                for (const { socket, bucket, ...tally } of rows) addTo(this.of.get(socket)!.buckets[first + bucket]!, tally)
        if (withPowers)
            for await (const rows of this.#usage.powers(sockets, piece, isEach))
                for (const { socket, watts, ms } of rows) this.of.get(socket)!.powers.add(watts, ms)
        await this.#silences(piece)
    }

    /** Adds rollups of which a part is meant, or that are of several buckets. */
    async divide(piece: Piece): Promise<void> {
        for await (const rows of this.#usage.rows(this.#q.sockets, piece)) for (const row of rows) this.#share(row, piece)
        await this.#silences(piece)
    }

    async #silences(piece: Piece): Promise<void> {
        for (const row of await this.#usage.silences(this.#q.sockets, piece)) this.#share(row, piece)
    }

    /** Divides what was used in a stretch between the buckets that it reaches into, within a piece. */
    #share({ socket, from, to: until, ...tally }: UsageRow, piece: Piece): void {
        const { borders, isEach, withPowers, now } = this.#q
        // What the clock has been set back from is as long as it was.
        const to = from < now ? Math.min(until, now) : until
        const tallies = this.of.get(isEach ? socket : '')!
        const [start, end] = [Math.max(from, piece.from), Math.min(to, piece.to)]
        for (let i = indexOf(borders, start); i < tallies.buckets.length && borders[i]! < end; i++) {
            const part = (Math.min(end, borders[i + 1]!) - Math.max(start, borders[i]!)) / (to - from)
            if (part > 0) addTo(tallies.buckets[i]!, tally, part)
        }
        if (!withPowers || tally.known === 0 || end <= start) return
        tallies.powers.add(twoDigits((tally.energy * 3_600_000) / tally.known), (tally.known * (end - start)) / (to - from))
    }

    /** The parts of a piece in which buckets are of the same length. */
    *#equal(piece: Piece): Generator<{ first: number; origin: number; length: number; from: number; to: number }> {
        const { borders } = this.#q
        for (let first = indexOf(borders, piece.from); first < borders.length - 1 && borders[first]! < piece.to; ) {
            const origin = borders[first]!
            const length = borders[first + 1]! - origin
            let last = first + 1
            while (last < borders.length - 1 && borders[last + 1]! - borders[last]! === length) last++
            yield { first, origin, length, from: Math.max(origin, piece.from), to: Math.min(borders[last]!, piece.to) }
            first = last
        }
    }
}

/** As the database rounds. */
function twoDigits(watts: number): number {
    const unit = watts < 10 ? 0.1 : watts < 100 ? 1 : watts < 1000 ? 10 : watts < 10_000 ? 100 : 1000
    return Number((Math.round(watts / unit) * unit).toFixed(1))
}

/** The bucket in which a moment is. */
function indexOf(borders: readonly number[], at: number): number {
    let [low, high] = [0, borders.length - 1]
    while (high - low > 1) {
        const middle = (low + high) >> 1
        if (borders[middle]! <= at) low = middle
        else high = middle
    }
    return low
}
