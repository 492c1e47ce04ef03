import type { Piece, Tally } from '../energy/index.ts'

/** What was used in a bucket, by one socket or by all that were asked for: the socket is blank then. */
export type TallyOf = Tally & { socket: string; bucket: number }

/** What a socket has used in a stretch of time, in milliseconds since 1970. */
export type UsageRow = Tally & { socket: string; from: number; to: number }

/** What sockets have used by time, as it is kept. Each list is read in turns of the event loop. */
export interface Usage {
    /** Since when the rollups of each level are all there, the finest first, in milliseconds since 1970. */
    kept(): Promise<number[]>
    /**
     * Sums by bucket. A bucket may come more than once.
     * @param buckets when the first begins and how long each is, in milliseconds
     * @param isEach whether for each socket
     */
    summed(sockets: readonly string[], piece: Piece, buckets: { origin: number; length: number }, isEach: boolean): AsyncIterable<TallyOf[]>
    /** Milliseconds for which the mean power of a rollup was so, in W to two digits. */
    powers(sockets: readonly string[], piece: Piece, isEach: boolean): AsyncIterable<{ socket: string; watts: number; ms: number }[]>
    /** The rollups that begin, or are, within a piece. */
    rows(sockets: readonly string[], piece: Piece): AsyncIterable<UsageRow[]>
    /** Long stretches without a reading that reach into a piece. */
    silences(sockets: readonly string[], piece: Piece): Promise<UsageRow[]>
}
