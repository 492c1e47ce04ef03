import { LEVELS } from './rollups.ts'

/** A time that the rollups of one level are read for. */
export interface Piece {
    /** Milliseconds, of {@link LEVELS}. */
    width: number
    from: number
    to: number
    /** Whether it begins or ends within a rollup, or the buckets do, so that rollups have to be divided. */
    isDivided: boolean
}

export interface CoverOptions {
    /** The level that is read where it is there. */
    level: number
    /** The coarsest level whose rollups are each of one bucket. */
    aligned: number
    /** Since when the rollups of each level are there. */
    kept: readonly number[]
}

/**
 * The pieces of a time, each of one level, that together are all of it and nothing twice: the ends by finer levels, and by coarser ones
 * what the finer are not there for any more.
 */
export function* cover(from: number, to: number, options: CoverOptions): Generator<Piece> {
    yield* older(from, to, options.level, options)
}

function* older(from: number, to: number, level: number, options: CoverOptions): Generator<Piece> {
    const seam = level + 1 < LEVELS.length ? within(options.kept[level]!, from, to) : from
    if (seam > from) yield* older(from, seam, level + 1, options)
    yield* inside(seam, to, level, options)
}

function* inside(from: number, to: number, level: number, options: CoverOptions): Generator<Piece> {
    const width = LEVELS[level]!
    const [first, last] = [Math.ceil(from / width) * width, Math.floor(to / width) * width]
    if (first >= last) {
        yield* finer(from, to, level, options)
        return
    }
    yield* finer(from, first, level, options)
    yield { width, from: first, to: last, isDivided: level > options.aligned }
    yield* finer(last, to, level, options)
}

/** Less than a rollup of this level, or two halves of such. */
function* finer(from: number, to: number, level: number, options: CoverOptions): Generator<Piece> {
    if (from >= to) return
    const seam = level === 0 ? to : within(options.kept[level - 1]!, from, to)
    if (seam > from) yield { width: LEVELS[level]!, from, to: seam, isDivided: true }
    if (seam < to) yield* inside(seam, to, level - 1, options)
}

const within = (at: number, from: number, to: number) => Math.min(Math.max(at, from), to)

/** The coarsest level of which each rollup lies between two borders. @param borders in milliseconds since 1970, without the ends */
export const alignedLevel = (borders: readonly number[]): number =>
    Math.max(
        0,
        LEVELS.findLastIndex((width) => borders.every((border) => border % width === 0)),
    )
