import type { Service } from './service.ts'
import type { Range } from './time-window.ts'

/** Figures of a piece of time. Null is what is not known. */
export interface Figures {
    kWh: number | null
    cost: number | null
    minW: number | null
    meanW: number | null
    maxW: number | null
}

/** What a meter said. */
export interface Measured {
    /** Milliseconds since 1970, by the clock of the server. */
    at: number
    /** W; null where the plug did not tell. */
    power: number | null
    voltage?: number | null
    current?: number | null
    /** kWh since midnight. */
    today?: number | null
}

interface Bucket extends Figures {
    from: string
    to: string
}

/** What `GET /api/energy` answers. */
interface Report {
    sockets: string[]
    total: Figures
    bucket: string
    buckets: Bucket[]
}

/** A piece of time that is one point of the plot. */
export interface Piece extends Range, Figures {}

export interface EnergyHistory {
    /** The name of the socket; blank if it is not known. */
    name: string
    pieces: Piece[]
    total: Figures | undefined
    /** Milliseconds of a piece, about. */
    step: number
    /** Up to when it is complete. */
    until: number
}

/** What is plotted: power as a line, or energy in bars. */
export type Kind = 'power' | 'energy'

/** Milliseconds of the buckets that the service knows. */
const steps = new Map([
    ['5s', 5000],
    ['15s', 15_000],
    ['1m', 60_000],
    ['5m', 300_000],
    ['15m', 900_000],
    ['h', 3_600_000],
    ['d', 86_400_000],
    ['w', 7 * 86_400_000],
    ['month', 30 * 86_400_000],
])
/** Points of a line, and bars, at the most. */
const [MOST_POINTS, MOST_BARS] = [720, 48]
/** Milliseconds of silence that are shown as a gap. */
const SILENCE = 60_000

/** Before anything was asked for, and where there is nobody to ask. */
export const noHistory: EnergyHistory = { name: '', pieces: [], total: undefined, step: 5000, until: 0 }

/** The shortest buckets with energy that are not too many for bars. */
const bars = ({ from, to }: Range): string =>
    [...steps].find(([, step]) => step >= 60_000 && (to - from) / step <= MOST_BARS)?.[0] ?? 'month'

/** @throws `Refused` */
export async function loadHistory(service: Service, kind: Kind, { from, to }: Range): Promise<EnergyHistory> {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
    const wanted = kind === 'power' ? { bucket: 'auto', points: MOST_POINTS } : { bucket: bars({ from, to }) }
    const times = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
    const { sockets, buckets, bucket, total } = await service.get<Report>('energy', { ...times, ...wanted, timeZone })
    const pieces = buckets.map((one) => ({ ...one, from: Date.parse(one.from), to: Date.parse(one.to) }))
    return { name: sockets.join(', '), pieces, total, step: steps.get(bucket) ?? 5000, until: to }
}

/**
 * The pieces of a history, and what was measured since in pieces of the same length.
 * @param readings oldest first
 */
export function withReadings({ pieces, step }: EnergyHistory, readings: readonly Measured[]): Piece[] {
    // The last piece is cut off where the history ends: it is made anew, if there are readings for it.
    const last = pieces.at(-1)
    const first = readings[0]
    const isAnew = last !== undefined && first !== undefined && first.at <= last.from
    const kept = isAnew ? pieces.slice(0, -1) : pieces
    const begin = kept.at(-1)?.to ?? 0
    const groups = Map.groupBy(
        readings.filter(({ at, power }) => at >= begin && power !== null),
        ({ at }) => Math.floor(at / step) * step,
    )
    return [
        ...kept,
        ...[...groups].flatMap(([at, some], index, all) => [...silence(all[index - 1]?.[0], at, step), pieceOf(at, step, some)]),
    ]
}

function silence(before: number | undefined, at: number, step: number): Piece[] {
    if (before === undefined || at - before - step <= SILENCE) return []
    return [{ from: before + step, to: at, kWh: null, cost: null, minW: null, meanW: null, maxW: null }]
}

function pieceOf(at: number, step: number, readings: readonly Measured[]): Piece {
    const powers = readings.map(({ power }) => power!)
    const meanW = powers.reduce((sum, power) => sum + power, 0) / powers.length
    return { from: at, to: at + step, kWh: null, cost: null, minW: Math.min(...powers), meanW, maxW: Math.max(...powers) }
}
