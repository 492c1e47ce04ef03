import { Refused } from '../shared/rest.ts'
import type { Range } from '../shared/time-window.ts'
import type { Service } from './service.ts'
import { t } from './texts.ts'

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
    pieces: Piece[]
    total: Figures | undefined
    /** Milliseconds of a piece, about. */
    step: number
}

/** What is plotted: power as a line, or energy in bars. */
export type Kind = 'power' | 'energy'

const MINUTE = 60_000
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
const [MOST_POINTS, MOST_BARS] = [750, 48]
/** Milliseconds of silence that are shown as a gap. */
const SILENCE = 60_000

/** Before anything was asked for, and where there is nobody to ask. */
export const noHistory: EnergyHistory = { pieces: [], total: undefined, step: 5000 }

/** The shortest buckets with energy that are not too many for bars. */
const bars = ({ from, to }: Range): string =>
    [...steps].find(([, step]) => step >= MINUTE && (to - from) / step <= MOST_BARS)?.[0] ?? 'month'

/**
 * @param now by the clock of the server
 * @param socket its name, as the service tells of all that are kept together unless it is given one; blank if it is not known
 * @throws {@link Refused}
 */
export async function loadHistory(service: Service, socket: string, kind: Kind, { from, to }: Range, now: number): Promise<EnergyHistory> {
    // Of a minute that is cut off, a part of its energy would be missing.
    const range = { from, to: to < now ? to : Math.ceil(now / MINUTE) * MINUTE }
    const load = async (bucket: string) => {
        const { pieces, ...rest } = await loadBuckets(service, socket, range, bucket)
        return { ...rest, pieces: pieces.filter((piece) => piece.from < to) }
    }
    if (kind === 'energy') return load(bars(range))
    const history = await load('auto')
    // A plug that reports every few minutes only has nothing between two readings, but the mean of each minute is known.
    const hasGaps = history.step < MINUTE && history.pieces.some(({ meanW }) => meanW === null)
    return hasGaps ? { ...history, pieces: filled(history.pieces, (await load('1m')).pieces) } : history
}

async function loadBuckets(service: Service, socket: string, { from, to }: Range, bucket: string): Promise<EnergyHistory> {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
    const times = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
    const points = bucket === 'auto' ? MOST_POINTS : undefined
    const report = await service.get<Report>('energy', { ...times, bucket, points, timeZone, socket }, 'buckets')
    if (socket === '' && report.sockets.length > 1) throw new Refused(0, t('whichSocket'))
    const pieces = report.buckets.map((one) => ({ ...one, from: Date.parse(one.from), to: Date.parse(one.to) }))
    return { pieces, total: report.total, step: steps.get(report.bucket) ?? 5000 }
}

/** The pieces with longer ones where nothing is known of the shorter ones. */
function filled(pieces: readonly Piece[], longer: readonly Piece[]): Piece[] {
    const inGap = ({ from, to }: Range) =>
        longer
            .filter((one) => one.from < to && one.to > from)
            .map((one) => ({ ...one, from: Math.max(one.from, from), to: Math.min(one.to, to), kWh: null, cost: null }))
    const all = [...pieces.filter(({ meanW }) => meanW !== null), ...gaps(pieces).flatMap(inGap)]
    return all.sort((one, other) => one.from - other.from)
}

/** The pieces of which nothing is known, those side by side as one. */
export function gaps(pieces: readonly Piece[]): Range[] {
    const found: Range[] = []
    for (const { from, to, meanW, kWh } of pieces) {
        if (meanW !== null || kWh !== null) continue
        const before = found.at(-1)
        if (before && before.to >= from) before.to = to
        else found.push({ from, to })
    }
    return found
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
